"""The API as one signed-in person speaks to it.

A write keeps its idempotency key through every retry, so that it is carried out once, whatever
happens to the answers.
"""

import contextlib
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Concatenate, Final, ParamSpec
from urllib.parse import urlsplit

import typer

from groundwork.console import tokens
from groundwork.console.faults import Fault, Misuse, Unreachable
from groundwork.console.options import SCREEN, option, with_options
from groundwork.console.screen import Language, Screen

P = ParamSpec("P")
Json = dict[str, Any]

PREFIX: Final = "/api/v1"
ANSWER_SECONDS: Final = 10.0
PATIENCE_SECONDS: Final = 30.0
"""How long a write is tried again, and its receipt asked for, before the command gives up."""
PAUSE_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 0.2
ACCEPTED: Final = 202
UNAVAILABLE: Final = 503
KEY: Final = "Idempotency-Key"
PANEL: Final = "Where and who"
_STYLE_LINK: Final = re.compile(r'<link rel="stylesheet" href="(?P<address>/assets/[^"]+)">')
LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        help="Address of the API; else that of the running `groundwork up`.",
        rich_help_panel=PANEL,
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        help="Bearer token; better set GROUNDWORK_TOKEN, which others cannot see.",
        rich_help_panel=PANEL,
    ),
]
As = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="NAME",
        help="Act as the person whose token is saved under this name; else the administrator.",
        rich_help_panel=PANEL,
    ),
]

ADDRESS: Final = (
    option("api_url", Url, None),
    option("bearer", Token, None),
    option("acting_as", As, None),
)


class ProblemFault(Fault):
    """The API refused the request, or could not carry it out."""

    def __init__(self, problem: Json) -> None:
        super().__init__(_sentence(problem))
        self.problem = problem


class Interrupted(Unreachable):
    """No answer came, or part of the system is down: a write may have been carried out or not."""


@dataclass(frozen=True)
class Desk:
    """Where a command turns to: an API, and who asks there."""

    screen: Screen
    url: str
    token: str
    closing: contextlib.ExitStack
    """Whoever opened the desk closes it with this."""
    temporal_ui: str | None = None
    namespace: str = "default"
    patience: float = field(default=PATIENCE_SECONDS)

    def get(self, path: str, **query: Any) -> Json:
        """Read something. Raises ProblemFault, Unreachable."""
        return self._answer("GET", path, query=query)[1]

    def all(self, path: str, **query: Any) -> list[Json]:
        """Every item of a list, page after page. Raises ProblemFault, Unreachable."""
        items: list[Json] = []
        cursor = None
        while True:
            page = self.get(path, **query, cursor=cursor, limit=200)
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                return items

    def ask(self, path: str, body: Json) -> Json:
        """Ask with a body what would be, without changing it. Raises ProblemFault, Unreachable."""
        return self._answer("POST", path, body=body)[1]

    def save_to(self, path: str, file: Path, **query: Any) -> int:
        """Write an answer to a file, whole or not at all; how many bytes.

        What stood in the file before is replaced. Raises as `save`, and OSError.
        """
        fresh = file.with_name(f"{file.name}~new")
        try:
            with fresh.open("wb") as output:
                self.save(path, output, **query)
            size = fresh.stat().st_size
            fresh.replace(file)
        finally:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
        return size

    def save(self, path: str, output: BinaryIO, **query: Any) -> None:
        """Write a long answer to a file as it comes. Raises ProblemFault, Unreachable."""
        import httpx

        known = {name: value for name, value in query.items() if value is not None}
        try:
            with self._http.stream("GET", PREFIX + path, params=known) as response:
                if response.is_error:
                    response.read()
                    self._told(response)
                for part in response.iter_bytes():
                    output.write(part)
        except httpx.ConnectError:
            raise self._nobody_there() from None
        except httpx.TransportError:
            raise Interrupted(f"{self.url} 没有答复。 {self.url} does not answer.") from None

    def send_part(self, path: str, offset: int, data: bytes) -> Json:
        """Send bytes of an upload from an offset on. Raises ProblemFault, Interrupted."""
        headers = {KEY: new_key(), "Upload-Offset": str(offset)}
        return self._told(self._send("PATCH", path, headers=headers, content=data))

    def write(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        key: str | None = None,
        *,
        on_behalf_of: str | None = None,
        follow: bool = True,
    ) -> Json:
        """Change something, once, and return the answer; `on_behalf_of` names whom one acts for.

        Who may not ask for receipts does not `follow` them: the engine's answer is enough.

        Raises ProblemFault, Unreachable. After the latter the same key may be used again.
        """
        key = key or new_key()
        named = {"On-Behalf-Of": on_behalf_of} if on_behalf_of else {}
        status, content, headers = self._persist(method, path, body, {KEY: key} | named)
        if status == ACCEPTED and not follow:
            return _carried_out(content)
        if status == ACCEPTED:
            return self._await_receipt(headers["location"], content)
        return content

    def _persist(
        self, method: str, path: str, body: Json | None, headers: Mapping[str, str]
    ) -> tuple[int, Json, Mapping[str, str]]:
        """Send a write until it is answered, with the same key every time."""
        until = time.monotonic() + self.patience
        try:
            return self._answer(method, path, body=body, headers=headers)
        except Interrupted:
            pass
        with self.screen.busy("服务暂未答复，正在重试…", "No answer yet; trying again…"):
            while True:
                time.sleep(PAUSE_SECONDS)
                try:
                    return self._answer(method, path, body=body, headers=headers)
                except Interrupted as fault:
                    if time.monotonic() > until:
                        raise Unreachable(_unknown(str(fault), headers[KEY])) from None

    def _await_receipt(self, location: str, content: Json) -> Json:
        """Ask what became of a write until it is known and to be seen."""
        path = location.removeprefix(PREFIX)
        until = time.monotonic() + self.patience
        with self.screen.busy("等待流程引擎答复…", "Waiting for the engine…"):
            while not content["projected"] and time.monotonic() < until:
                if content["status"] == "refused":
                    raise ProblemFault(content["problem"])
                time.sleep(LOOK_SECONDS)
                with contextlib.suppress(Interrupted):
                    content = self.get(path)
        return _carried_out(content)

    def _answer(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Json, Mapping[str, str]]:
        response = self._send(method, path, query=query, body=body, headers=headers)
        return response.status_code, self._told(response), response.headers

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Any:
        import httpx

        known = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            return self._http.request(
                method,
                PREFIX + path,
                params=known,
                json=body,
                headers=headers,
                content=content,
            )
        except httpx.ConnectError:
            raise self._nobody_there() from None
        except httpx.TransportError:
            raise Interrupted(f"{self.url} 没有答复。 {self.url} does not answer.") from None

    def paper(self, path: str) -> str:
        """A paper as one HTML text, its style within. Raises ProblemFault, Unreachable."""
        text = self._text(PREFIX + path)
        link = _STYLE_LINK.search(text)
        if link is None:
            return text
        style = self._text(link["address"])
        return f"{text[: link.start()]}<style>\n{style}</style>{text[link.end() :]}"

    def _text(self, address: str) -> str:
        response = self._open(address)
        if response.is_error:
            self._told(response)
        text: str = response.text
        return text

    def public(self, address: str) -> Json:
        """Read what stands outside the JSON API's prefix. Raises ProblemFault, Unreachable."""
        return self._told(self._open(address))

    def _open(self, address: str) -> Any:
        import httpx

        try:
            return self._http.get(address)
        except httpx.ConnectError:
            raise self._nobody_there() from None
        except httpx.TransportError:
            raise Interrupted(f"{self.url} 没有答复。 {self.url} does not answer.") from None

    def _told(self, response: Any) -> Json:
        content = _json(response.content)
        if content is None or (response.is_error and "code" not in content):
            raise Unreachable(
                f"{self.url} 不是 Groundwork 的接口。 {self.url} is not an API of Groundwork."
            )
        if response.status_code == UNAVAILABLE:
            raise Interrupted(_sentence(content))
        if response.is_error:
            raise ProblemFault(content)
        return content

    @cached_property
    def _http(self) -> Any:
        import httpx

        client = httpx.Client(
            base_url=self.url,
            timeout=ANSWER_SECONDS,
            # A proxy meant for the world outside would not find this machine.
            trust_env=urlsplit(self.url).hostname not in LOOPBACK,
            headers={
                "Authorization": f"Bearer {self.token}",
                "Accept-Language": self.screen.language,
            },
        )
        return self.closing.enter_context(client)

    def _nobody_there(self) -> Unreachable:
        return Unreachable(
            f"无法连接 {self.url}，请先运行 groundwork up，或用 --url 指定地址。 "
            f"Nobody listens at {self.url}: run `groundwork up`, or name the address with --url."
        )


@dataclass(frozen=True)
class Door:
    """The way to a desk, for commands that can do without one."""

    url: str | None
    token: str | None
    as_: str | None
    screen: Screen
    closing: contextlib.ExitStack

    def desk(self) -> Desk:
        """The desk that the options describe.

        Raises Misuse, Fault (no such token), SettingsError, Unreachable (no address).
        """
        from groundwork.runtime.demonstration import in_use
        from groundwork.runtime.settings import load_settings
        from groundwork.runtime.whereabouts import running_up

        if self.token and self.as_:
            raise Misuse("--token 与 --as 只能选择一个。 Give either --token or --as, not both.")
        settings = in_use(load_settings())
        up = running_up(settings.data_dir)
        address = self.url or (up.api_url if up else None) or settings.public_url
        if address is None:
            raise Unreachable(
                f"{settings.data_dir} 中没有正在运行的 groundwork up，请先启动，"
                f"或用 --url 指定地址。 "
                f"No `groundwork up` runs on {settings.data_dir}: start it, or name the address "
                f"of an API with --url or GROUNDWORK_PUBLIC_URL."
            )
        given = self.token
        if given is None and self.as_ is None and settings.token is not None:
            given = settings.token.get_secret_value()
        return Desk(
            screen=self.screen,
            url=address.rstrip("/"),
            token=given or tokens.load(settings.data_dir, self.as_ or tokens.ADMINISTRATOR),
            closing=self.closing,
            temporal_ui=up.temporal_ui_url if up else settings.temporal_ui_url,
            namespace=settings.namespace,
        )


@contextlib.contextmanager
def _door(
    api_url: str | None,
    bearer: str | None,
    acting_as: str | None,
    language: Language,
    as_json: bool,
) -> Iterator[Door]:
    with contextlib.ExitStack() as closing:
        yield Door(api_url, bearer, acting_as, Screen(language, as_json), closing)


@contextlib.contextmanager
def _desk(**options: Any) -> Iterator[Desk]:
    with _door(**options) as door:
        yield door.desk()


def signed_in(command: Callable[Concatenate[Desk, P], None]) -> Callable[..., None]:
    """Give a command the options that say where to turn and who asks, and the desk they make."""
    return with_options(command, (*ADDRESS, *SCREEN), _desk)


def maybe_signed_in(command: Callable[Concatenate[Door, P], None]) -> Callable[..., None]:
    """Give a command the same options, and the way to a desk that it may do without."""
    return with_options(command, (*ADDRESS, *SCREEN), _door)


def new_key() -> str:
    """A fresh idempotency key."""
    return f"cli-{uuid.uuid4().hex}"


def _json(content: bytes) -> Json | None:
    """The object in an answer, empty where the answer is; None for anything else."""
    import orjson

    try:
        parsed = orjson.loads(content or b"{}")
    except orjson.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _carried_out(content: Json) -> Json:
    """An answer of a write that is carried out, even where the record is late."""
    if content["status"] == "pending":
        raise Unreachable(_unknown(content.get("note") or "", content["key"]))
    return content


def _unknown(why: str, key: str) -> str:
    return (
        f"{why} 请求可能已执行；稍后可用 --key {key} 重试，不会重复执行。 "
        f"The request may have been carried out: try again later with --key {key}, "
        f"which never does it twice."
    ).lstrip()


def _sentence(problem: Json) -> str:
    """A problem in one line: what is wrong, each field to correct, and its code."""
    detail = str(problem.get("detail") or problem.get("title") or problem)
    errors = problem.get("errors", [])[1:]
    rest = " ".join(f"{one.get('pointer') or one.get('name')}: {one['detail']}" for one in errors)
    return f"{detail} {rest}".rstrip() + f" [{problem.get('code', '?')}]"
