"""Logs are readable by people or machines and hold no secret, whoever wrote them."""

import ast
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from hypothesis import example, given
from hypothesis import strategies as st
from temporalio.exceptions import ApplicationError

from groundwork.runtime.logs import configure_logging, line_relay
from groundwork.runtime.redaction import MASK, SAFE_NAMES, redact
from groundwork.runtime.settings import load_settings
from groundwork.store.errors import StoreError

SECRET = "s3cret-word"
SOURCES = Path(__file__).parents[2] / "src"


class Broken(io.StringIO):
    """A stream whose reader is gone."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged(stream: io.StringIO) -> dict[str, object]:
    """The last entry of a JSON log."""
    entry: dict[str, object] = json.loads(stream.getvalue().splitlines()[-1])
    return entry


class TestJson:
    @pytest.fixture(autouse=True)
    def configured(self, stream: io.StringIO) -> None:
        configure_logging(load_settings(log_format="json"), stream=stream)

    def test_our_own_and_the_libraries_entries_look_alike(self, stream: io.StringIO) -> None:
        structlog.stdlib.get_logger("groundwork.worker").info("started", chains=3)
        ours = logged(stream)
        logging.getLogger("temporalio").warning("retrying %s", "record", extra={"attempt": 2})
        theirs = logged(stream)
        assert (ours["event"], ours["level"], ours["chains"]) == ("started", "info", 3)
        assert (theirs["event"], theirs["level"], theirs["attempt"]) == (
            "retrying record",
            "warning",
            2,
        )
        assert ours.keys() & theirs.keys() >= {"event", "level", "logger", "timestamp"}

    def test_a_field_that_nobody_vouched_for_is_masked_at_any_depth(
        self, stream: io.StringIO
    ) -> None:
        log = structlog.stdlib.get_logger("groundwork.api")
        log.info("request", name="李建国", where={"Authorization": SECRET, "step": "L07"}, size=12)
        entry = logged(stream)
        assert entry["name"] == "***"
        assert entry["where"] == {"Authorization": "***", "step": "L07"}
        assert entry["size"] == 12
        logging.getLogger("library").warning("odd", extra={"phone": 13800138000, "note": SECRET})
        assert (logged(stream)["phone"], logged(stream)["note"]) == ("***", "***")

    def test_an_event_is_not_told_twice(self, stream: io.StringIO) -> None:
        said = {"color_message": "\x1b[36mrunning\x1b[0m", "step": "L07"}
        logging.getLogger("uvicorn.error").warning("running", extra=said)
        assert logged(stream).keys() == {"event", "level", "logger", "step", "timestamp"}

    @pytest.mark.parametrize("level", ["info", "debug"])
    def test_addresses_that_are_asked_are_not_logged(self, stream: io.StringIO, level: str) -> None:
        configure_logging(load_settings(log_format="json", log_level=level), stream=stream)
        taken = httpx.MockTransport(lambda _request: httpx.Response(204))
        with httpx.Client(transport=taken) as http:
            http.post(f"https://receiver.example/hooks/{SECRET}?key={SECRET}")
        assert SECRET not in stream.getvalue()

    def test_an_exception_is_logged_without_what_a_library_says(self, stream: io.StringIO) -> None:
        try:
            try:
                raise ValueError(f"input was {SECRET}")
            except ValueError as error:
                raise StoreError("the database refused") from error
        except StoreError:
            structlog.stdlib.get_logger("groundwork.store").exception("no database")
            logging.getLogger("temporalio.activity").exception("activity failed")
        assert SECRET not in stream.getvalue()
        told = str(logged(stream)["exception"])
        assert "builtins.ValueError" in told
        assert "groundwork.store.errors.StoreError: the database refused" in told
        assert "test_logs.py" in told

    def test_what_an_activity_says_is_ours_and_still_without_numbers(
        self, stream: io.StringIO
    ) -> None:
        try:
            raise ApplicationError("信用平台未能答复 13800138000", type="BureauUnavailable")
        except ApplicationError:
            logging.getLogger("temporalio.activity").exception("Completing activity as failed")
        assert "信用平台未能答复 ***" in str(logged(stream)["exception"])

    def test_chinese_stays_readable(self, stream: io.StringIO) -> None:
        structlog.stdlib.get_logger("groundwork.worker").info("预演完成")
        assert "预演完成" in stream.getvalue()


def test_people_get_lines_and_only_what_is_severe_enough(stream: io.StringIO) -> None:
    configure_logging(load_settings(log_level="warning"), stream=stream)
    log = structlog.stdlib.get_logger("groundwork.worker")
    log.info("too small to tell")
    log.warning("told", step="L07")
    assert "too small" not in stream.getvalue()
    assert "told" in stream.getvalue()
    assert "step=L07" in stream.getvalue()


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"postgresql://u:{SECRET}@db.example/x", "postgresql://u:***@db.example/x"),
        (f"Authorization: Bearer {SECRET}", "Authorization: Bearer ***"),
        (f"password={SECRET}, host=db", "password=***, host=db"),
        (f"client_secret={SECRET}&code=1", "client_secret=***&code=1"),
        (f"/token?access_token={SECRET} 200", "/token?access_token=*** 200"),
        (f'{{"refresh_token": "{SECRET}"}}', '{"refresh_token": "***"}'),
        ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ6aGFuZyJ9.c2lnbmF0dXJl 过期", "*** 过期"),
        ("证件号11010519491231002X有误", "证件号***有误"),
        ("请致电13800138000。", "请致电***。"),
        ("写给 li.jianguo@example.cn 即可", "写给 *** 即可"),
        ("gw_DtNR6tgixd3VojsMDHY6A6YC7CRDZ8Hg2A4zPY4Iauo", "***"),
    ],
)
def test_secrets_and_personal_numbers_are_masked(text: str, clean: str) -> None:
    assert redact(text) == clean


WORD = st.text("abcxyz019-_", min_size=1, max_size=8)
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True)
TOP_LEVEL = st.sampled_from(["cn", "com", "museum", "xn--fiqs8s", "中国"])
DOMAIN = st.one_of(
    st.tuples(st.lists(LABEL, min_size=1, max_size=4), TOP_LEVEL).map(
        lambda parts: ".".join([*parts[0], parts[1]])
    ),
    st.ip_addresses(v=4).map(lambda address: f"[{address}]"),
)
MAIL = st.tuples(st.lists(WORD, min_size=1, max_size=3).map(".".join), DOMAIN).map("@".join)
NUMBER = st.integers(0, 999_999)
NAMED = st.tuples(
    st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), NUMBER, NUMBER, NUMBER
).map(lambda parts: f"{parts[0]}@{parts[1]}.{parts[2]}.{parts[3]}")
BEFORE = st.sampled_from(["", " ", "邮箱:", "mailto:", "<", "=", '"'])
BEHIND = st.sampled_from(["", " ", "。", ">", ",", '"', ". ", ".\n", "已发布"])


@given(BEFORE, MAIL, BEHIND)
@example("", "li@1.2.0.com", "")
@example("", "1@163.com", "")
def test_every_mail_address_is_masked(before: str, address: str, behind: str) -> None:
    local = address.partition("@")[0]
    assert f"{local}@" not in redact(before + address + behind)


@given(BEFORE, NAMED, BEHIND)
def test_no_definition_is_taken_for_a_mail_address(before: str, named: str, behind: str) -> None:
    text = f"{before}{named}{behind}"
    assert redact(text) == text


@pytest.mark.parametrize(
    "word", ["x", "a-", "token", "eyJ-", "a.b", "1", "bearer ", "x@", "x@1.", "x@1.2.", "@1.1"]
)
def test_a_long_word_keeps_no_log_waiting(word: str) -> None:
    assert redact(word * 200_000).startswith((word[0], MASK))


@pytest.mark.parametrize(
    "text",
    [
        "land-to-construction.2603-440784-04-01-558123",
        "91440784MA4W12345X",
        "01a2006e-35a7-74cc-ae16-dc4530f895fc",
        "2026-11-21T23:26:14.463438Z",
        "http://127.0.0.1:8400/api/v1/chains",
        "4,000,000,000",
    ],
)
def test_what_operators_need_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_every_field_of_our_own_entries_is_vouched_for() -> None:
    written = {
        (path.name, keyword.arg)
        for path in SOURCES.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "log"
        for keyword in call.keywords
        if keyword.arg is not None
    }
    assert len(written) > 20
    assert not {(name, field) for name, field in written if field not in SAFE_NAMES}


class TestTheRelay:
    def test_marks_each_line_with_its_process(self) -> None:
        stream = io.StringIO()
        relay = line_relay(load_settings(), stream=stream)
        relay("api", "serving")
        relay("postgres", f"password={SECRET}")
        assert stream.getvalue() == "api      | serving\npostgres | password=***\n"

    def test_keeps_json_json(self) -> None:
        stream = io.StringIO()
        relay = line_relay(load_settings(log_format="json"), stream=stream)
        relay("worker", '{"event": "started", "level": "info"}')
        relay("postgres", "FATAL:  no")
        relay("api", "[1, 2]")
        assert [json.loads(line) for line in stream.getvalue().splitlines()] == [
            {"process": "worker", "event": "started", "level": "info"},
            {"process": "postgres", "event": "FATAL:  no"},
            {"process": "api", "event": "[1, 2]"},
        ]

    def test_does_not_stop_a_process_whose_lines_nobody_reads(self) -> None:
        line_relay(load_settings(), stream=Broken())("api", "serving")
