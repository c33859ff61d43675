"""`python -m bench.static PORT FILE`: serve a file's bytes as JSON, as bare as FastAPI can."""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response


def create_app(body: bytes) -> FastAPI:
    """An application that answers every path with the same bytes."""
    app = FastAPI(openapi_url=None)

    @app.get("/{path:path}")
    async def answer(path: str) -> Response:
        return Response(body, media_type="application/json")

    return app


if __name__ == "__main__":
    port, file = sys.argv[1:]
    uvicorn.run(
        create_app(Path(file).read_bytes()),
        port=int(port),
        log_config=None,
        access_log=False,
        server_header=False,
    )
