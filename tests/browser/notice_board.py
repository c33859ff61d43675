"""A small site on the real application: pages that show a table of the test's database, live.

`python -m tests.browser.notice_board` serves it, with the settings of the API. Whoever bears the
cookie `token` is signed in with it. `/board` shows the rows of table `board`, which tests change.
"""

import sys
from html import escape
from uuid import uuid4

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import text
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from groundwork.api.__main__ import serve
from groundwork.api.app import create_app
from groundwork.api.errors import Problem
from groundwork.api.pages.assets import asset
from groundwork.api.resources import Resources
from groundwork.api.visit import Recipient
from groundwork.runtime.loop import run
from groundwork.runtime.settings import Settings, load_settings
from groundwork.store.engine import autocommit

CSP = {"Content-Security-Policy": "default-src 'self'"}

PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>Board</title><link rel="icon" href="/icon">
<script src="{merge}" defer></script><script src="{live}" data-worker="{worker}" defer></script>
</head><body data-live-position="{position}" data-live-reader="{reader}"
 data-live-text-updated="内容已更新" data-live-text-sign-in="请重新登录"
 data-live-text-kept="已填写的内容">
<div id="announcer" role="status" aria-live="polite"></div>
<main>{general}
<section id="news" data-live="people chains" data-announce="{title}">
<h1>{title}</h1>
<details><summary>More</summary><p>{title}</p></details>
<p><a href="/board?plain">Plain</a> <a href="/board?other" data-key="other">Other</a></p>
<div id="scroller" tabindex="0"><ul>{rows}</ul></div>
</section>
<section id="desk" data-live="people"><h2>{title}</h2>{form}</section>
<section id="aside" data-live="credit"><p>{title}</p></section>
</main></body></html>"""

FORM = """<form method="post" action="/board">
<input type="hidden" name="nonce" value="{secret}">
<input type="hidden" name="csrf" value="{secret}">
<label>Reason <textarea name="reason"></textarea></label>
<label>Result <select name="result"><option>yes</option><option>no</option></select></label>
<button>Send</button></form>"""

SIGN_IN = """<!doctype html>
<title>Sign in</title><link rel="icon" href="/icon"><h1>Sign in</h1>"""

ROW = """<li data-key="{number}"><label>
<input type="checkbox" name="pick" value="{number}" data-keep> Row {number}</label></li>"""


class CookieSignsIn:
    """Lets the cookie `token` count as a bearer token."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        token = Request(scope).cookies.get("token") if scope["type"] == "http" else None
        if token:
            MutableHeaders(scope=scope)["authorization"] = f"Bearer {token}"
        await self._app(scope, receive, send)


def site(settings: Settings) -> FastAPI:
    """The application with the board in it."""
    app = create_app(settings)
    loads = 0

    @app.get("/board")
    async def board(visit: Recipient, general: bool = False) -> Response:
        nonlocal loads
        loads += 1
        position = visit.resources.live.position
        async with autocommit(visit.resources.database) as connection:
            rows = await connection.execute(text("SELECT key, value FROM board"))
            shown = {row.key: row.value for row in rows}
        listed = "".join(ROW.format(number=escape(one)) for one in shown["rows"].split())
        page = PAGE.format(
            merge=asset("live-merge.js"),
            live=asset("live.js"),
            worker=asset("live-worker.js"),
            position=position,
            reader=visit.actor.id,
            title=escape(shown["title"]),
            rows=listed,
            general='<div data-live-note="" hidden></div>' if general else "",
            form=FORM.format(secret=uuid4().hex) if shown["form"] == "yes" else "",
        )
        return HTMLResponse(page, headers=CSP)

    @app.get("/count")
    async def count(request: Request) -> dict[str, int]:
        resources: Resources = request.app.state.resources
        return {"streams": len(resources.live._readers), "loads": loads}

    @app.get("/sign-in")
    async def sign_in() -> Response:
        return HTMLResponse(SIGN_IN, headers=CSP)

    @app.get("/icon")
    async def icon() -> Response:
        return Response(status_code=204)

    @app.exception_handler(Problem)
    async def to_sign_in(request: Request, problem: Problem) -> Response:
        if request.url.path == "/board":
            return RedirectResponse("/sign-in", 303)
        return Response(status_code=problem.status_code)

    app.add_middleware(CookieSignsIn)
    return app


if __name__ == "__main__":
    chosen = load_settings()
    sys.exit(run(serve(site(chosen), chosen)))
