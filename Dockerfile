# One image for every process: the command chooses `api`, `worker` or `prepare`
# (docker-compose.yml, deploy/kubernetes). docs/deployment.md says how it is meant to run.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
RUN python -m venv .venv
COPY requirements-image.lock ./
RUN .venv/bin/pip install --no-deps --require-hashes --requirement requirements-image.lock
COPY pyproject.toml LICENSE ./
COPY src src
# Afterwards nothing is left with which more could be installed.
RUN .venv/bin/pip install --no-deps --no-build-isolation . \
    && .venv/bin/pip uninstall --yes hatchling pip setuptools

FROM python:3.11-slim-bookworm
RUN groupadd --system --gid 10001 groundwork \
    && useradd --system --uid 10001 --gid groundwork --no-create-home groundwork \
    && install --directory --owner groundwork --group groundwork --mode 700 /documents \
    && install --directory --owner groundwork --group groundwork --mode 700 /keys
COPY --from=build /app/.venv /app/.venv
# Everything that is written lies in /documents, /keys and /tmp: the rest may be read-only.
WORKDIR /tmp
ENV PATH=/app/.venv/bin:$PATH \
    HOME=/tmp \
    GROUNDWORK_HOST=0.0.0.0 \
    GROUNDWORK_LOG_FORMAT=json \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8400
# Of the API; workers answer on the port of their metrics.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('GROUNDWORK_PORT', '8400') + '/healthz', timeout=4)"]
ENTRYPOINT ["groundwork"]
CMD ["api"]
