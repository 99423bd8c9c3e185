# The commands of the project. `make demo` needs Python 3.11+ and nothing else.

VENV := .venv
PYTHON := $(VENV)/bin/python
SYSTEM_PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
PIP_INSTALL := $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes

# The locks are installed again only when they change: a second run takes seconds.
SITE := $(VENV)/site-is-installed
TOOLS := $(VENV)/tools-are-installed
TRACKER := personalize/static/personalize/tracker.js
NODE_PACKAGES := $(if $(and $(wildcard package-lock.json),$(shell command -v npm)),node_modules/.package-lock.json)

# What `check --deploy` and `makemigrations --check` load: production settings, no server contacted.
PRODUCTION := SECURE=1 DEBUG=0 DATABASE_URL=sqlite://:memory: REDIS_URL=redis://127.0.0.1:6379/0 \
	CACHE_URL=rediscache://127.0.0.1:6380/0 \
	SECRET_KEY=only-for-the-check-$$($(PYTHON) -c 'import secrets; print(secrets.token_urlsafe(50))')

.PHONY: help demo test check bench faults messages lock docs clean

help:  ## Show this list.
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

demo: $(SITE)  ## Run the reference site with Redis, a worker and content; Ctrl-C ends all of it.
	@$(PYTHON) -m cms_project.run

test: $(TOOLS) $(NODE_PACKAGES)  ## Run all tests, in two processes. PYTEST="-k name" passes options on.
	@$(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST)

check: $(TOOLS) $(NODE_PACKAGES)  ## Run every gate that is not a test.
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/lint-imports
	$(VENV)/bin/mypy
	$(PRODUCTION) $(PYTHON) manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING
	@size=$$(gzip -9 -c $(TRACKER) | wc -c); echo "$(TRACKER): $$size bytes gzipped"; test $$size -le 4096
	$(if $(NODE_PACKAGES),npm run --silent types,@echo "SKIPPED: the tracker's types (npm not found)")
	$(if $(NODE_PACKAGES),npm run --silent fresh,@echo "SKIPPED: whether the rule builder's bundle is fresh (npm not found)")

bench: $(TOOLS)  ## Measure: JSON lines. ONLY=name runs one benchmark.
	@$(PYTHON) -m benchmarks $(ONLY)

faults: $(TOOLS)  ## Do every fault to a whole site, and write docs/reference/faults.md. FAULTS_LONG=1 takes an hour.
	@$(PYTHON) -m tests.faults.table

messages: $(TOOLS)  ## Collect the texts to translate, and compile what is translated. Needs gettext.
	@cd personalize && $(abspath $(VENV))/bin/django-admin makemessages -l de --no-location --no-wrap --no-obsolete
	@cd personalize && $(abspath $(VENV))/bin/django-admin compilemessages

lock: $(TOOLS)  ## Compile the .in files into hash-checked locks. UPGRADE=1 moves to newer versions.
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url $(if $(UPGRADE),--upgrade) --extra cms \
		pyproject.toml requirements.in -o requirements.txt
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url $(if $(UPGRADE),--upgrade) \
		requirements-dev.in -o requirements-dev.txt

pictures: $(TOOLS)  ## Take the documentation's pictures anew, into docs/images/.
	@PICTURES=docs/images $(PYTHON) -m pytest -q tests/site/test_tutorial.py tests/site/test_pictures.py

docs: $(TOOLS)  ## Build the documentation into docs/_build/.
	@$(VENV)/bin/sphinx-build -q -W -b html docs docs/_build
	@echo "docs/_build/index.html"

clean:  ## Remove what was installed and built; the demo's data stay in var/.
	rm -rf $(VENV) node_modules docs/_build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(PYTHON):
	@test -n "$(SYSTEM_PYTHON)" || { echo "Python 3.11 or newer is needed and was not found on the PATH." >&2; exit 1; }
	@$(SYSTEM_PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(SYSTEM_PYTHON) cannot make virtual environments; on Debian: apt install python3-venv" >&2; exit 1; }

$(SITE): requirements.txt | $(PYTHON)
	@echo "Installing requirements.txt …"
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(TOOLS): requirements-dev.txt $(SITE)
	@echo "Installing requirements-dev.txt …"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

node_modules/.package-lock.json: package-lock.json
	@npm ci --no-audit --no-fund --silent
