"""`python -m bench.driver PORT FILE`: answer with what a statement finds, as barely as possible.

The file's first line is the database's address, the rest a statement whose rows hold JSON first.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response
from psycopg import AsyncConnection, ClientCursor, connect
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from bench import http
from groundwork.store.api_reads import HotLists
from groundwork.store.engine import database_url


class Overheard(HotLists):
    """Lists that tell which statement they were read by last."""

    async def _fetch(self, statement: bytes, parameters: dict[str, object]) -> list[TupleRow]:
        self.last = statement, parameters
        return await super()._fetch(statement, parameters)


def plain(url: str) -> str:
    """The database's address as the driver takes it."""
    return database_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def spelled_out(url: str, asked: tuple[bytes, dict[str, object]]) -> str:
    """A statement with its parameters in it."""
    with connect(plain(url)) as connection:
        return ClientCursor(connection).mogrify(*asked)


def create_app(url: str, statement: bytes) -> FastAPI:
    """An application that answers every path with what the statement finds."""
    pool: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
        url, kwargs={"autocommit": True}, min_size=1, max_size=http.CONNECTIONS, open=False
    )

    @asynccontextmanager
    async def connected(_app: FastAPI) -> AsyncIterator[None]:
        async with pool:
            yield

    app = FastAPI(openapi_url=None, lifespan=connected)

    @app.get("/{path:path}")
    async def answer(path: str) -> Response:
        async with pool.connection() as connection:
            rows = await (await connection.execute(statement)).fetchall()
        return Response(f"[{','.join(row[0] for row in rows)}]", media_type="application/json")

    return app


if __name__ == "__main__":
    port, file = sys.argv[1:]
    address, _, asked = Path(file).read_text("utf-8").partition("\n")
    uvicorn.run(
        create_app(address, asked.encode()),
        port=int(port),
        log_config=None,
        access_log=False,
        server_header=False,
    )
