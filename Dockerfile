# syntax=docker/dockerfile:1
# One image for web, worker, scheduler and migrations; docker-compose.yml says which is which.

FROM python:3.13-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

# Before the source, so that a change of ours does not fetch everything anew. Wheels alone, each with its hash: nothing
# is compiled and nothing of a package runs while it is installed. The environment has no pip of its own.
COPY requirements/run.txt requirements/run.txt
RUN python -m venv --without-pip /opt/venv \
 && pip --python /opt/venv/bin/python install --no-cache-dir --no-deps --require-hashes --only-binary=:all: \
      -r requirements/run.txt

COPY manage.py ./
COPY diagnostics diagnostics
COPY expcert expcert
COPY static static
COPY templates templates
# The secret key that the settings make on the way stays behind in this stage.
RUN EXPCERT_DATA_DIR=/tmp/build EXPCERT_STATIC_ROOT=/app/staticfiles \
      /opt/venv/bin/python manage.py collectstatic --no-input \
 && /opt/venv/bin/python -m compileall -q /opt/venv /app


FROM python:3.13-slim

# The number is fixed, so that a volume made by one image belongs to the next one too.
RUN groupadd --gid 10001 expcert \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin expcert \
 && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/expcert

COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    EXPCERT_DATA_DIR=/var/lib/expcert \
    EXPCERT_STATIC_ROOT=/app/staticfiles \
    EXPCERT_BIND=0.0.0.0:8000

WORKDIR /app
USER 10001:10001
VOLUME ["/var/lib/expcert"]
EXPOSE 8000

HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=8)"]

CMD ["gunicorn", "-c", "python:expcert.operations.gunicorn_settings", "expcert.wsgi:application"]
