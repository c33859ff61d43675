"""A browser without a screen: keeps cookies, reads forms, follows nothing by itself."""

import re
from collections.abc import Mapping
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from httpx import Response

from tests.api.house import House

HTML = "text/html,application/xhtml+xml"


def dangling(answer: Response) -> set[str]:
    """Where links within a page lead, such as those of a summary of mistakes, and nothing is."""
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return set()
    return set(re.findall(r'href="#([^"]+)"', answer.text)) - set(
        re.findall(r'\sid="([^"]+)"', answer.text)
    )


class Browser:
    """One person's browser on the pages of a house."""

    def __init__(self, house: House, headers: Mapping[str, str] | None = None) -> None:
        self.house = house
        self.cookies: dict[str, str] = {}
        self._headers = dict(headers or {})

    async def get(self, path: str, *, accept: str = HTML) -> Response:
        """Open an address."""
        return await self._ask("GET", path, accept)

    async def post(self, path: str, *, accept: str = HTML, **fields: Any) -> Response:
        """Send a form: a list is a field with several values."""
        return await self._ask("POST", path, accept, fields)

    async def send(self, page: str, path: str, **fields: Any) -> Response:
        """Open a page, and send a form of it with what stands hidden in every form."""
        return await self.post(path, **await self.fields(page), **fields)

    async def fields(self, page: str) -> dict[str, str]:
        """What the forms of a page carry hidden: mark and nonce."""
        text = (await self.get(page)).text
        pattern = r'<input type="hidden" name="(csrf|nonce)" value="([^"]*)">'
        return {name: unescape(value) for name, value in re.findall(pattern, text)}

    async def _ask(
        self, method: str, path: str, accept: str, fields: Mapping[str, Any] | None = None
    ) -> Response:
        headers = {"accept": accept, "accept-language": "zh-CN", **self._headers}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={one}" for name, one in self.cookies.items())
        content = None
        if fields is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
            content = urlencode(fields, doseq=True)
        answer = await self.house.http.request(method, path, headers=headers, content=content)
        assert not dangling(answer), (path, dangling(answer))
        # The house keeps no cookies: they would be sent for a browser that has none.
        self.house.http.cookies.clear()
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer


async def signed_in(house: House, who: str, **headers: str) -> Browser:
    """The browser of somebody of the cast, such as `housekeeper` or `officer@park-committee`."""
    browser = Browser(house, headers)
    answer = await browser.post("/sign-in", token=house.tokens[who], next="/")
    assert answer.status_code == 303, answer.text
    return browser
