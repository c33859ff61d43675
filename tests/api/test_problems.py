"""Every failure has the one shape, is documented where it happens, and is told in two languages."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from groundwork.api.errors import problem_example
from groundwork.api.frontdoor import LARGEST_BODY
from groundwork.api.problems import PROBLEMS
from groundwork.domain.rejections import Reason
from tests.api.house import PARK, PREFIX, House, project_body

MEMBERS = {"type", "title", "status", "detail", "instance", "code"}
GAP = re.compile(r"\{[a-z_]+\}")


def check_shape(response: httpx.Response) -> dict[str, Any]:
    """Hold an answer to the one shape of a problem."""
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem.keys() >= MEMBERS
    assert problem["status"] == response.status_code == PROBLEMS[problem["code"]].status
    assert problem["type"] == f"urn:groundwork:problem:{problem['code']}"
    assert problem["instance"].endswith(response.headers["x-request-id"])
    assert problem["title"]
    assert not GAP.search(problem["detail"]), problem["detail"]
    assert response.headers["content-language"] in {"zh-CN", "en"}
    assert "Accept-Language" in response.headers["vary"]
    return problem


CASES: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("housekeeper", "GET", "/nowhere", {}, "not_found"),
    ("housekeeper", "PUT", "/projects", {}, "method_not_allowed"),
    ("housekeeper", "GET", "/projects/2603-440784-04-01-000000", {}, "project_not_found"),
    ("housekeeper", "GET", "/chains/none", {}, "chain_not_found"),
    ("housekeeper", "GET", "/chains/none/timeline", {}, "chain_not_found"),
    ("housekeeper", "GET", "/chains/none/forecast", {}, "chain_not_found"),
    ("housekeeper", "GET", "/chains/none/steps/L01/explain", {}, "chain_not_found"),
    ("data_bureau", "GET", "/audit/chains/none", {}, "chain_not_found"),
    ("data_bureau", "GET", "/audit/verify?chain=none", {}, "chain_not_found"),
    ("housekeeper", "GET", "/chains?cursor=xyz", {}, "cursor_invalid"),
    ("housekeeper", "GET", "/chains?cursor=x", {}, "cursor_invalid"),
    ("housekeeper", "GET", "/projects?cursor=bnVsbA", {}, "cursor_invalid"),
    ("housekeeper", "GET", "/chains?limit=0", {}, "invalid_request"),
    ("housekeeper", "GET", "/chains?light=purple", {}, "invalid_request"),
    ("data_bureau", "GET", f"/chains/{'x' * 201}", {}, "invalid_request"),
    ("housekeeper", "GET", "/chains/%00", {}, "malformed_request"),
    ("housekeeper", "GET", "/chains?project=%00", {}, "malformed_request"),
    ("housekeeper", "GET", "/departments/moon/inbox", {}, "department_not_found"),
    ("housekeeper", "GET", "/catalogue/moon", {}, "definition_not_found"),
    ("housekeeper", "GET", "/calendars/moon", {}, "calendar_not_found"),
    ("housekeeper", "GET", "/calendar/due", {}, "invalid_request"),
    ("housekeeper", "GET", "/calendar/due?from=0&working_days=1", {}, "invalid_request"),
    ("housekeeper", "GET", "/commitments?due_to=0", {}, "invalid_request"),
    ("housekeeper", "GET", "/escalations?until=1775000000", {}, "invalid_request"),
    ("housekeeper", "GET", "/kpis?to=-1", {}, "invalid_request"),
    ("housekeeper", "GET", "/calendar/due?from=1066-10-14&working_days=1", {}, "invalid_request"),
    ("housekeeper", "POST", "/projects", {"json": {}}, "invalid_request"),
    ("housekeeper", "POST", "/projects", {"json": [1]}, "invalid_request"),
    ("housekeeper", "POST", "/projects", {"content": b"{"}, "malformed_request"),
    ("housekeeper", "POST", "/projects", {"content": b"\xff\xfe"}, "malformed_request"),
    (
        "housekeeper",
        "POST",
        "/projects",
        {"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}},
        "malformed_request",
    ),
    (
        "housekeeper",
        "POST",
        "/projects",
        {"content": b" " * (LARGEST_BODY + 1)},
        "body_too_large",
    ),
    (
        "housekeeper",
        "POST",
        "/projects",
        {"json": project_body(), "headers": {"Idempotency-Key": "short"}},
        "idempotency_key_malformed",
    ),
    (
        "housekeeper",
        "POST",
        "/projects",
        {"json": project_body(), "headers": {"Idempotency-Key": "with space"}},
        "idempotency_key_malformed",
    ),
    ("housekeeper", "POST", "/chains/none/commands/fly", {"json": {}}, "not_found"),
    (
        "housekeeper",
        "POST",
        "/chains/none/commands/receive",
        {"json": {"step": "L01"}},
        "chain_not_found",
    ),
    (
        "administrator",
        "POST",
        "/chains/none/commands/receive",
        {"json": {"step": "L01"}},
        "engine_unavailable",
    ),
    ("ops", "GET", "/projects", {}, "not_permitted"),
    (f"officer@{PARK}", "GET", "/departments/water/inbox", {}, "other_inbox"),
]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[4]}-{case[1]}")
async def test_a_failure_has_the_one_shape_and_is_documented(
    house: House, case: tuple[str, str, str, dict[str, Any], str], language: str
) -> None:
    who, method, path, more, code = case
    more = {**more, "headers": {**more.get("headers", {}), "Accept-Language": language}}
    if "content" in more:
        more["headers"].setdefault("Content-Type", "application/json")
    response = await house.ask(who, method, path, **more)
    problem = check_shape(response)
    assert problem["code"] == code
    is_chinese = re.search(r"[一-鿿]", problem["detail"])
    assert bool(is_chinese) == (language == "zh")
    documented = documented_responses(house, method, path)
    if documented is not None:
        assert str(response.status_code) in documented
        examples = documented[str(response.status_code)]["content"]["application/problem+json"]
        assert code in examples["examples"]


def documented_responses(house: House, method: str, path: str) -> dict[str, Any] | None:
    """What OpenAPI says an address answers with; None for one that does not exist."""
    plain = PREFIX + path.partition("?")[0]
    for template, methods in house.app.openapi()["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(pattern, plain) and method.lower() in methods:
            responses: dict[str, Any] = methods[method.lower()]["responses"]
            return responses
    return None


@pytest.mark.parametrize("path", ["/projects", "/chains", "/people", "/chains/x/commands/accept"])
async def test_every_write_needs_a_key(house: House, path: str) -> None:
    response = await house.http.post(
        PREFIX + path,
        json={"code": 1},
        headers={"Authorization": f"Bearer {house.tokens['administrator']}"},
    )
    problem = check_shape(response)
    assert (response.status_code, problem["code"]) == (400, "idempotency_key_required")


async def test_an_address_names_every_method_that_it_has(house: House) -> None:
    documented = house.app.openapi()["paths"]
    for path, methods in documented.items():
        if not path.startswith(PREFIX):
            continue
        other = next(one for one in ("PUT", "PATCH", "DELETE") if one.lower() not in methods)
        response = await house.ask("administrator", other, path.removeprefix(PREFIX))
        assert (response.status_code, check_shape(response)["code"]) == (405, "method_not_allowed")
        named = set(response.headers["allow"].split(", "))
        # A page may stand at the address too.
        assert {method.upper() for method in methods} <= named, path


async def test_every_value_to_correct_is_named_without_repeating_it(house: House) -> None:
    body = project_body(name="", extra="机密", uscc=7)
    problem = check_shape(await house.post("housekeeper", "/projects", body))
    named = {(error["in"], error["pointer"], error["code"]) for error in problem["errors"]}
    assert named == {
        ("body", "#/name", "string_too_short"),
        ("body", "#/extra", "extra_forbidden"),
        ("body", "#/uscc", "string_type"),
    }
    assert "机密" not in str(problem)


async def test_a_stream_is_cut_off_at_the_same_size(house: House) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 1024 + 8):
            yield b" " * 1024

    response = await house.ask(
        "housekeeper",
        "POST",
        "/projects",
        content=endless(),
        headers={"Content-Type": "application/json"},
    )
    assert check_shape(response)["code"] == "body_too_large"


@pytest.mark.parametrize(
    "content",
    [
        b'{"code": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"code": NaN, "name": Infinity}',
        b'{"code": ' + b"9" * 5000 + b"}",
        b'{"code": 1e999}',
        b'"text"',
        b"null",
        b"",
    ],
)
async def test_odd_json_is_refused_like_any_other(house: House, content: bytes) -> None:
    response = await house.ask(
        "housekeeper",
        "POST",
        "/projects",
        content=content,
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code in {400, 422}
    check_shape(response)


async def test_strange_names_of_fields_do_no_harm(house: House) -> None:
    content = b'{"' + b"x" * 5000 + b'": 1, "a/b~c": 1}'
    response = await house.ask(
        "housekeeper",
        "POST",
        "/projects",
        content=content,
        headers={"Content-Type": "application/json"},
    )
    pointers = [error["pointer"] for error in check_shape(response)["errors"]]
    assert "#/a~1b~0c" in pointers
    assert max(map(len, pointers)) < 200


async def test_a_defect_tells_a_number_and_nothing_else(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("机密 password=hunter2")

    monkeypatch.setattr(house.resources, "projects", type("P", (), {"get": break_down})())
    response = await house.get("data_bureau", "/projects/2603-440784-04-01-000000")
    problem = check_shape(response)
    assert (response.status_code, problem["code"]) == (500, "internal_error")
    assert "hunter2" not in response.text
    # Where a test before has set logging up, entries go another way.
    logged = capsys.readouterr().out + caplog.text
    assert "RuntimeError" in logged
    assert response.headers["x-request-id"] in logged
    assert "hunter2" not in logged


def test_every_reason_of_the_law_is_a_problem() -> None:
    assert {reason.value for reason in Reason} <= PROBLEMS.keys()


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_speaks_both_languages(code: str) -> None:
    info = PROBLEMS[code]
    assert set(GAP.findall(info.detail.zh)) <= {
        *GAP.findall(info.detail.en),
        "{detail_zh}",
        "{grounds_zh}",
    }
    for text in (info.title.zh, info.detail.zh):
        assert text in {"{finding}", "{reason}"} or re.search(r"[一-鿿]", text)
    for text in (info.title.en, info.detail.en):
        assert not re.search(r"[一-鿿]", text)
    assert problem_example(code)["status"] == info.status


async def test_the_caller_may_name_the_request(house: House) -> None:
    response = await house.get("housekeeper", "/nowhere", headers={"X-Request-ID": "ticket-4711"})
    assert response.headers["x-request-id"] == "ticket-4711"
    odd = await house.get("housekeeper", "/nowhere", headers={"X-Request-ID": "a b"})
    assert odd.headers["x-request-id"] != "a b"


async def test_answers_are_not_kept_by_others(house: House) -> None:
    response = await house.get("housekeeper", "/projects")
    assert response.headers["cache-control"] == "no-store"


def test_the_page_of_errors_says_what_the_code_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (.+?) · (.+?) \| (.+?) \|$", page, re.MULTILINE)
    assert {row[0]: (int(row[1]), row[2], row[3]) for row in rows} == {
        code: (info.status, info.title.zh, info.title.en) for code, info in PROBLEMS.items()
    }
