"""The forms of pages, filled in with whatever people or programs may send, as several people.

Every page that can be reached is opened, and every form on it is sent again and again: some fields
as they stand, others with values of HOSTILE. Nothing may answer with 5xx, and no value may come
back as markup.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from random import Random
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from tests.browser.places import SPOTS
from tests.fuzz.stage import Stage
from tests.pages.browsing import dangling

HTML: Final = "text/html,application/xhtml+xml"
MARK: Final = "fuzzed"
"""What our own markup calls: a page in which it became a script, a handler or a link is broken."""

HOSTILE: Final[tuple[str, ...]] = (
    *("", " ", "0", "-1", "1e309", "NaN", "true", "null", "[]", "{}", "x" * 5000, "9" * 400),
    *('"><script>fuzzed()</script>', "'><script>fuzzed()</script>", '" onfocus=fuzzed() x="'),
    *('<img src=x onerror="fuzzed()">', "javascript:fuzzed()", "{{7*7}}", "${7*7}", "%s%n", "=1+1"),
    *("' OR 1=1 --", "../../etc/passwd", "a\0b", "a\r\nSet-Cookie: fuzzed=1", "\x1b[31m"),
    *("9999-12-31", "0001-01-01", "2026-02-30", "2026-13-45", "2026-04-16T25:61", "２０２６"),
    *("💩" * 50, "\u202egnp.exe", "é" * 70, "L01", "L99.Z", "B1", "p-000000000000", "\ufeff"),
)
LEFT_OUT: Final = ("/sign-out", "/sign-in")
"""Where forms end or begin a session, which the others need."""
_FIELDS: Final = frozenset({"input", "select", "textarea", "button"})
FIXED: Final = frozenset({"csrf"})
"""Kept as it stands, but for every tenth time: without it a form is refused at the door."""


@dataclass(frozen=True)
class Form:
    """A form of a page: where it is sent, and the values that it comes with."""

    page: str
    action: str
    fields: tuple[tuple[str, str], ...]
    several: bool
    """Whether it is sent in parts, with files."""


@dataclass
class Told:
    """What became of an attack."""

    pages: int = 0
    forms: int = 0
    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        answered = ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))
        return (
            f"{self.pages} pages, {self.forms} forms, sent {self.sent} times,"
            f" {len(self.wrong)} wrong; answered {answered}"
        )


class Reader(HTMLParser):
    """Gathers the links and forms of a page, and what on it would run something of ours."""

    def __init__(self, page: str, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.broken: list[str] = []
        self._page = page
        self._fields: list[tuple[str, str]] | None = None
        self._action = page
        self._several = False
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag as a browser would."""
        given = {name: value or "" for name, value in attrs}
        self._in_script = tag == "script"
        self.broken += [
            f"<{tag} {name}={value!r}>"
            for name, value in given.items()
            if MARK in value
            and (name.startswith("on") or value.strip().startswith("javascript:"))
            and name != "value"
        ]
        if tag == "a" and "href" in given:
            self.links.append(urljoin(self._page, given["href"]))
        elif tag == "form":
            self._fields = [] if given.get("method") == "post" else None
            self._action = urljoin(self._page, given.get("action", self._page))
            self._several = given.get("enctype", "").startswith("multipart/")
        elif self._fields is not None and tag in _FIELDS and given.get("name"):
            self._fields.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """Close a form."""
        self._in_script = False
        if tag == "form" and self._fields is not None:
            fields = tuple(dict.fromkeys(self._fields))
            self.forms.append(Form(self._page, self._action, fields, self._several))
            self._fields = None

    def handle_data(self, data: str) -> None:
        """Look into scripts."""
        if self._in_script and MARK in data:
            self.broken.append(f"<script>{data[:80]}")


def wrong_with(answer: httpx.Response) -> Iterator[str]:
    """What no answer may be, whatever was sent."""
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        yield f"answered {answer.status_code}"
    if "text/html" in answer.headers.get("content-type", ""):
        yield from (f"shows {one}" for one in Reader("/", answer.text).broken)
        yield from (f"leads to #{one}, which is not there" for one in dangling(answer))
    if MARK in answer.headers.get("set-cookie", ""):
        yield "sets a cookie of somebody's own making"


class Attack:
    """One person's browser, which sends what no browser would."""

    def __init__(self, stage: Stage, who: str, told: Told, chance: Random) -> None:
        self._stage, self._who, self._told, self._chance = stage, who, told, chance
        self._http = httpx.AsyncClient(
            base_url=stage.base, headers={"Accept": HTML, "Accept-Language": "en"}, timeout=60
        )
        self._seen: set[tuple[str, tuple[str, ...]]] = set()

    async def run(self, starts: Iterable[str], most_pages: int, times: int) -> None:
        """Walk from page to page and send each kind of form a number of times."""
        async with self._http:
            await self._sign_in()
            waiting, known = deque(starts), set[str]()
            while waiting and len(known) < most_pages:
                address = waiting.popleft()
                if (kind := _kind(address)) in known:
                    continue
                known.add(kind)
                answer = await self._ask("GET", address)
                if "text/html" not in answer.headers.get("content-type", ""):
                    continue
                self._told.pages += 1
                read = Reader(address, answer.text)
                waiting.extend(link for link in map(self._here, read.links) if link)
                for form in read.forms:
                    await self._fill(form, times)

    async def _sign_in(self) -> None:
        token = {"token": self._stage.demo.token(self._who), "next": "/"}
        answer = await self._http.post("/sign-in", data=token)
        assert answer.status_code == httpx.codes.SEE_OTHER, answer.text

    def _here(self, link: str) -> str | None:
        """A link as an address of this site; None for others."""
        parts = urlsplit(link)
        outside = parts.netloc and f"{parts.scheme}://{parts.netloc}" != self._stage.base
        if outside or parts.scheme not in {"", "http"} or not parts.path.startswith("/"):
            return None
        return parts.path + (f"?{parts.query}" if parts.query else "")

    async def _fill(self, form: Form, times: int) -> None:
        shape = (_kind(form.action), tuple(name for name, _ in form.fields))
        if shape in self._seen or form.action.startswith(LEFT_OUT):
            return
        self._seen.add(shape)
        self._told.forms += 1
        for _ in range(times):
            self._told.sent += 1
            await self._ask("POST", form.action, list(self._filled(form)), several=form.several)

    def _filled(self, form: Form) -> Iterator[tuple[str, str]]:
        """The form's fields with some of their values changed, left out, or sent twice."""
        for name, value in form.fields:
            if name in FIXED and self._chance.random() < 0.9:
                yield name, value
                continue
            draw = self._chance.random()
            if draw < 0.3:
                yield name, value
            elif draw < 0.9:
                yield name, self._chance.choice(HOSTILE)
            elif draw < 0.95:
                yield name, value
                yield name, self._chance.choice(HOSTILE)
        if self._chance.random() < 0.1:
            yield self._chance.choice(HOSTILE), self._chance.choice(HOSTILE)

    async def _ask(
        self,
        method: str,
        address: str,
        fields: list[tuple[str, str]] | None = None,
        *,
        several: bool = False,
    ) -> httpx.Response:
        if fields is None:
            answer = await self._http.request(method, address)
        elif several:
            parts: list[tuple[str, tuple[str | None, str]]] = [
                (name, (None, value)) for name, value in fields
            ]
            parts.append(("file", (self._chance.choice(HOSTILE)[:200] or "x", "%PDF-1.7")))
            answer = await self._http.request(method, address, files=parts)
        else:
            content = urlencode(fields, encoding="utf-8", errors="surrogatepass")
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = await self._http.request(method, address, content=content, headers=headers)
        self._told.statuses[answer.status_code] += 1
        about = f"{self._who}: {method} {address} {fields or ''}"
        self._told.wrong += [f"{one}: {about}" for one in wrong_with(answer)]
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            # Such as after ending one's own session among all others.
            await self._sign_in()
        return answer


def starts() -> dict[str, list[str]]:
    """The pages that each person of the catalogue of pages looks at."""
    found: dict[str, list[str]] = {}
    for spot in SPOTS:
        if spot.who:
            found.setdefault(spot.who, []).append(spot.path)
    return found


def _kind(address: str) -> str:
    """An address without what tells apart pages of one kind."""
    path, _, query = address.partition("?")
    path = re.sub(r"/[\w.-]*\d{6}[\w.-]*|/p-\w+|/[A-Z]\d{2}[\w.-]*", "/…", path)
    names = sorted(part.partition("=")[0] for part in query.split("&") if part)
    verb = re.search(r"(?:^|&)(?:do|verb|tab)=(\w+)", query)
    return f"{path}?{','.join(names)}{verb[1] if verb else ''}"


async def attack(stage: Stage, *, most_pages: int, times: int, seed: int) -> Told:
    """Send the forms of up to so many kinds of pages for each person, each so many times."""
    told = Told()
    for who, pages in starts().items():
        await Attack(stage, who, told, Random(seed)).run(pages, most_pages, times)
    return told
