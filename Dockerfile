# The reference site: one image for web, worker and beat.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1
WORKDIR /site
RUN useradd --create-home site && mkdir -p var/media && chown -R site var

COPY requirements.txt .
RUN pip install --require-hashes -r requirements.txt

COPY manage.py ./
COPY personalize personalize
COPY cms_project cms_project
COPY templates templates
COPY static static
RUN SECURE=1 SECRET_KEY=only-for-collectstatic DATABASE_URL=sqlite://:memory: \
    python manage.py collectstatic --noinput -v0 && chown -R site var

USER site
EXPOSE 8000
CMD ["gunicorn", "cms_project.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4"]
