"""The credit bureau behind HTTP: one of the two adapters of `CreditSource`. See docs/credit.md.

    BureauError
    ├── BureauUnavailable     no answer, or not in time: it is worth trying again at once
    ├── BureauRefused         the bureau does not accept our token, address or request
    ├── BureauConflict        it keeps another report under the same id
    └── BureauUnreadable      it answered, but not what the protocol says

It never guesses: what is not a whole and sound answer is an error that names its remedy. Messages
hold no subject, no record and no token.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Final, NamedTuple
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from groundwork.domain.base import Frozen
from groundwork.domain.credit import CreditAnswer, CreditQuestion, CreditRecord, CreditReport
from groundwork.domain.definition import Text
from groundwork.runtime.settings import Settings, SettingsError

LARGEST_ANSWER: Final = 1024 * 1024
FIRST_PAUSE_SECONDS: Final = 0.2
"""Before the first further attempt; each later one waits twice as long."""
MOST_KEPT: Final = 1024

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_OK: Final = frozenset({200, 201, 204})
_CONFLICT: Final = 409
_TRANSIENT: Final = frozenset({408, 425, 429, *range(500, 600)})


class BureauError(Exception):
    """The credit bureau did not do what was asked: `text` says why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.text = Text(zh=zh, en=en)


class BureauUnavailable(BureauError):
    """No answer, or not in time."""


class BureauRefused(BureauError):
    """The bureau does not accept our token, address or request."""


class BureauConflict(BureauError):
    """The bureau keeps another report under the same id."""


class BureauUnreadable(BureauError):
    """The bureau answered, but not what the protocol says."""


class _Told(Frozen):
    """The body of an answer."""

    subjects: tuple[str, ...]
    records: tuple[CreditRecord, ...]


class _Kept(NamedTuple):
    answer: CreditAnswer
    until: float


class Bureau:
    """Asks the bureau and reports to it. Close it with `aclose`."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError when there is no usable address or token."""
        self._url = _url(settings)
        self.source = f"bureau:{self._url.host}"
        self._timeout = settings.credit_timeout
        self._attempts = 1 + settings.credit_retries
        self._lifetime = settings.credit_cache_seconds
        self._kept: dict[tuple[str, ...], _Kept] = {}
        token = _token(settings)
        self._http = httpx.AsyncClient(
            headers={"Accept": "application/json", "Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {token}"} if token else {}),
            timeout=self._timeout,
            # A proxy meant for the world outside would not find this machine.
            trust_env=self._url.host not in _LOOPBACK,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def look_up(self, question: CreditQuestion) -> CreditAnswer:
        """The records of the subjects; an answer of a moment ago may serve again.

        `asked_at` always tells when the bureau itself was asked. Raises BureauError.
        """
        kept = self._kept.get(question.subjects)
        if kept is not None and time.monotonic() < kept.until:
            return kept.answer
        asked_at = datetime.now(UTC)
        content = await self._patiently("POST", "look-ups", question)
        answer = self._answer(question, content, asked_at)
        self._keep(answer)
        return answer

    async def file(self, report: CreditReport) -> None:
        """Hand over a report, once per id. Raises BureauError."""
        await self._patiently("PUT", f"reports/{quote(report.id, safe='')}", report)
        self._forget(report.record.subject)

    def _answer(self, question: CreditQuestion, content: bytes, asked_at: datetime) -> CreditAnswer:
        try:
            told = _Told.model_validate_json(content, strict=True)
            if told.subjects != question.subjects:
                raise _unreadable("subjects")
            for record in told.records:
                _check_days(record)
            return CreditAnswer(asked_at=asked_at, source=self.source, **dict(told))
        except ValidationError as error:
            # Where, never what: the answer is about somebody.
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            place = [str(part) for part in first["loc"] if isinstance(part, int) or part in _NAMES]
            raise _unreadable(".".join(place) or "-") from None

    def _keep(self, answer: CreditAnswer) -> None:
        now = time.monotonic()
        over = [asked for asked, kept in self._kept.items() if kept.until <= now]
        too_many = max(0, len(self._kept) - MOST_KEPT + 1)
        for asked in {*over, *list(self._kept)[:too_many]}:
            del self._kept[asked]
        if self._lifetime:
            self._kept[answer.subjects] = _Kept(answer, now + self._lifetime)

    def _forget(self, subject: str) -> None:
        for asked in [asked for asked in self._kept if subject in asked]:
            del self._kept[asked]

    async def _patiently(self, method: str, path: str, body: BaseModel) -> bytes:
        pause = FIRST_PAUSE_SECONDS
        for _ in range(self._attempts - 1):
            try:
                return await self._once(method, path, body)
            except BureauUnavailable:
                await asyncio.sleep(pause)
                pause *= 2
        return await self._once(method, path, body)

    async def _once(self, method: str, path: str, body: BaseModel) -> bytes:
        try:
            async with asyncio.timeout(self._timeout):
                status, content = await self._exchange(method, path, body)
        except (httpx.RequestError, TimeoutError) as error:
            raise BureauUnavailable(
                f"信用平台 {self._url.host} 未能答复（{type(error).__name__}），系统将自动重试；"
                "持续不通的，请检查网络及 GROUNDWORK_CREDIT_URL。",
                f"The credit bureau {self._url.host} did not answer ({type(error).__name__}). It"
                " will be tried again; if it stays silent, check the network and"
                " GROUNDWORK_CREDIT_URL.",
            ) from None
        if status in _OK:
            return content
        raise self._refusal(status)

    async def _exchange(self, method: str, path: str, body: BaseModel) -> tuple[int, bytes]:
        address = f"{self._url}/{path}"
        content = b""
        async with self._http.stream(method, address, content=body.model_dump_json()) as response:
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > LARGEST_ANSWER:
                    raise _unreadable(f"> {LARGEST_ANSWER} B")
        return response.status_code, content

    def _refusal(self, status: int) -> BureauError:
        if status in _TRANSIENT:
            return BureauUnavailable(
                f"信用平台 {self._url.host} 暂不可用（{status}），系统将自动重试；"
                "持续不可用的，请联系平台运维。",
                f"The credit bureau {self._url.host} cannot answer now ({status}). It will be"
                " tried again; if that lasts, tell its operators.",
            )
        if status == _CONFLICT:
            return BureauConflict(
                "信用平台已有同一编号、内容不同的报告，请与平台核对后由平台更正。",
                "The credit bureau keeps another report under this id: compare the two and have"
                " the bureau correct its own.",
            )
        return BureauRefused(
            f"信用平台 {self._url.host} 拒绝了请求（{status}），请检查 GROUNDWORK_CREDIT_URL 和"
            "令牌（GROUNDWORK_CREDIT_TOKEN）。",
            f"The credit bureau {self._url.host} refused the request ({status}): check"
            " GROUNDWORK_CREDIT_URL and the token in GROUNDWORK_CREDIT_TOKEN.",
        )


_NAMES: Final = frozenset({*CreditAnswer.model_fields, *CreditRecord.model_fields})


def bureau(settings: Settings) -> Bureau | None:
    """The bureau, if one is connected. Raises SettingsError."""
    return Bureau(settings) if settings.credit_url else None


def check_bureau(settings: Settings) -> None:
    """Raise SettingsError when a bureau is named that cannot be used."""
    if settings.credit_url:
        _url(settings)
        _token(settings)


def _check_days(record: CreditRecord) -> None:
    for day in (record.ends_on, record.repaired_on):
        if day is not None and day < record.decided_on:
            raise _unreadable("decided_on > ends_on / repaired_on")


def _unreadable(where: str) -> BureauUnreadable:
    return BureauUnreadable(
        f"信用平台的答复不符合约定（{where}），不能采用；请平台按 docs/credit.md 更正。",
        f"The answer of the credit bureau is not as agreed ({where}) and cannot be used: have the"
        " bureau correct it after docs/credit.md.",
    )


def _url(settings: Settings) -> httpx.URL:
    try:
        url = httpx.URL((settings.credit_url or "").rstrip("/"))
    except httpx.InvalidURL:
        url = httpx.URL()
    if not url.host or url.query or url.fragment or url.userinfo:
        raise SettingsError(
            "GROUNDWORK_CREDIT_URL 不能使用，应如 https://credit.example/api。 "
            "GROUNDWORK_CREDIT_URL cannot be used: write it like https://credit.example/api, "
            "without a query or a password."
        )
    return url


def _token(settings: Settings) -> str | None:
    file = settings.credit_token_file
    if file is not None:
        try:
            token = file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            token = ""
    elif settings.credit_token is not None:
        token = settings.credit_token.get_secret_value().strip()
    else:
        return None
    if not token or not token.isascii() or not token.isprintable():
        raise SettingsError(
            "信用平台令牌无法读取，请检查 GROUNDWORK_CREDIT_TOKEN 或 "
            "GROUNDWORK_CREDIT_TOKEN_FILE。 "
            "The credit bureau's token cannot be read: check GROUNDWORK_CREDIT_TOKEN or "
            "GROUNDWORK_CREDIT_TOKEN_FILE."
        )
    return token
