# One image, two processes: the command chooses `api` or `worker` (see docker-compose.yml).

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
RUN python -m venv .venv
COPY requirements.lock ./
RUN .venv/bin/pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml LICENSE ./
COPY src src
RUN .venv/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --no-create-home groundwork && \
    install --directory --owner groundwork /documents && \
    install --directory --owner groundwork --mode 700 /keys
WORKDIR /app
COPY --from=build /app/.venv .venv
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1
USER groundwork
ENTRYPOINT ["groundwork"]
CMD ["api"]
