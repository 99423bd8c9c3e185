"""The house rules that a tool can see: sizes, names, mirrors, docstrings (STYLE of the project)."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "personalize"
OURS = ("personalize", "cms_project", "tests", "benchmarks")

FILE_LINES = 400
FUNCTION_LINES = 50

# Entry points are tested through what calls them; declarations alone need no test.
ENTRY_POINTS = {"admin", "api", "apps", "management", "migrations", "templatetags", "urls", "views"}
ENTRY_POINTS |= {"testing"}  # a suite that others subclass

EMPTY_WORDS = {"utils", "helpers", "common", "core", "misc", "manager", "handler", "processor"}
EMPTY_NAMES = {"data", "info", "obj"}
EMPTY_PREFIXES = ("do_", "handle_", "new_")
EMPTY_SUFFIXES = ("_v2", "_info", "_obj", "_utils", "_helper", "_helpers", "_handler", "_processor")
NAMES_OF_OTHERS = {"handle_exception"}  # DRF calls it
# Django, DRF and django CMS name these parameters; an override has to keep them.
SIGNATURES_OF_OTHERS = {"admin", "api", "cms", "cache.py"}

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b")
PATH_OF_A_MACHINE = re.compile(r"(?<![\w.])/(work|root|home|Users)/\w")
TEXTS = {".py", ".js", ".html", ".css", ".md", ".toml", ".json", ".yaml", ".yml", ".txt", ".in"}
BUILT = {"node_modules", "_build", "var", "__pycache__", ".venv", "rule-builder.js"}


@cache
def python_files() -> tuple[Path, ...]:
    found = chain.from_iterable((ROOT / folder).rglob("*.py") for folder in OURS)
    return tuple(sorted(path for path in found if "migrations" not in path.parts))


def package_files() -> list[Path]:
    return [path for path in python_files() if path.is_relative_to(PACKAGE)]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions_in(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def place(path: Path, node: ast.AST | None = None) -> str:
    return f"{path.relative_to(ROOT)}{f':{node.lineno}' if node else ''}"


def test_no_file_is_longer_than_its_limit():
    lines = {place(path): len(path.read_text().splitlines()) for path in python_files()}
    assert {name: count for name, count in lines.items() if count > FILE_LINES} == {}


def test_no_function_is_longer_than_its_limit():
    too_long = [
        f"{place(path, function)} {function.name}"
        for path in python_files()
        for function in functions_in(path)
        if function.end_lineno - function.lineno + 1 > FUNCTION_LINES
    ]
    assert too_long == []


def test_every_file_begins_by_saying_what_it_is_for():
    silent = [
        place(path)
        for path in python_files()
        if path.read_text().strip() and not ast.get_docstring(tree_of(path))
    ]
    assert silent == []


def test_every_package_of_the_app_says_what_it_takes_in_and_hands_on():
    empty = [path for path in package_files() if not path.read_text().strip()]
    assert [place(path) for path in empty] == []


def _has_logic(path: Path) -> bool:
    return any(not function.name.startswith("__") for function in functions_in(path))


def test_every_module_with_logic_has_its_mirror_test():
    missing = []
    for path in package_files():
        inside = path.relative_to(PACKAGE)
        is_entry = bool({part.removesuffix(".py") for part in inside.parts} & ENTRY_POINTS)
        if path.name == "__init__.py" or is_entry or not _has_logic(path):
            continue
        mirror = ROOT / "tests" / inside.parent / f"test_{path.name}"
        if not mirror.exists():
            missing.append(place(mirror))
    assert missing == []


def test_every_test_folder_is_a_package():
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert [place(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_only_models_and_admin_import_in_their_package_file():
    importing = [
        place(path)
        for path in package_files()
        if path.name == "__init__.py"
        and path.parent.name not in {"models", "admin"}
        and any(isinstance(node, ast.Import | ast.ImportFrom) for node in tree_of(path).body)
    ]
    assert importing == []


def test_no_module_has_an_empty_name():
    empty = EMPTY_WORDS | EMPTY_NAMES
    assert [place(path) for path in python_files() if path.stem in empty] == []


def _is_empty_name(name: str) -> bool:
    return name.startswith(EMPTY_PREFIXES) or name.endswith(EMPTY_SUFFIXES) or name in EMPTY_NAMES


def _empty_names(path: Path) -> Iterator[str]:
    keeps_signatures = bool(SIGNATURES_OF_OTHERS & set(path.relative_to(ROOT).parts))
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ClassDef) and node.name.lower().endswith(tuple(EMPTY_WORDS)):
            yield f"{place(path, node)} {node.name}"
    for function in functions_in(path):
        if _is_empty_name(function.name) and function.name not in NAMES_OF_OTHERS:
            yield f"{place(path, function)} {function.name}()"
        for node in [] if keeps_signatures else ast.walk(function):
            name = getattr(node, "arg", None) or getattr(node, "id", None)
            if isinstance(node, ast.arg | ast.Name) and name in EMPTY_NAMES:
                yield f"{place(path, node)} {name}"


def test_no_class_function_or_variable_has_an_empty_name():
    assert list(chain.from_iterable(_empty_names(path) for path in package_files())) == []


def _texts() -> Iterator[Path]:
    for folder in (*OURS, "docs", ".ci", "templates", "static"):
        for path in (ROOT / folder).rglob("*"):
            is_ours = (
                path.suffix in TEXTS and not BUILT & set(path.parts) and path != Path(__file__)
            )
            if is_ours and ".min." not in path.name:
                yield path


@pytest.mark.parametrize("pattern", [UNFINISHED, PATH_OF_A_MACHINE], ids=["unfinished", "a path"])
def test_no_file_holds_what_belongs_nowhere(pattern):
    found = [
        f"{place(path)}:{number}: {line.strip()[:80]}"
        for path in _texts()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []
