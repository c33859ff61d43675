"""From an event to notices: by data alone, for whatever type of event."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from groundwork.domain.addressing import Address
from groundwork.domain.definition import Text
from groundwork.domain.model import Role
from groundwork.domain.notices import Notice, NoticeBook, NoticeRule, Setting, left, plan
from tests.domain.worlds import Play, small_rules

SETTING = Setting("东湖智造一期", "https://x.example/chains/1", date(2026, 3, 3))
SOURCES = {"P": {"provenance": "default", "text": "test"}}


def rule(**changes: Any) -> dict[str, Any]:
    return {
        "id": "one",
        "event": "step_ready",
        "tell": ["officer"],
        "title": {"zh": "{project}：{step}", "en": "{project}: {step}"},
        "body": {"zh": "{due}，{left} {link}", "en": "{due}, {left} {link}"},
        "source": "P",
    } | changes


def book(*rules: dict[str, Any]) -> NoticeBook:
    return NoticeBook.model_validate(
        {"id": "t", "version": "1", "sources": SOURCES, "rules": rules, "digests": {}}
    )


def planned(event: dict[str, Any], *rules: dict[str, Any]) -> tuple[Notice, ...]:
    return plan(book(*rules), event, Play().chain, small_rules(), SETTING)


def test_an_event_of_a_type_that_no_rule_names_plans_nothing() -> None:
    assert planned({"type": "unit_finished", "seq": 9, "unit": "B1"}, rule()) == ()


def test_a_rule_for_a_type_of_event_that_nobody_knew_is_a_line_of_data() -> None:
    new = rule(event="unit_finished", tell=["housekeeper", "ops"])
    (notice,) = planned({"type": "unit_finished", "seq": 9, "step": "A01"}, new)
    assert [address.role for address in notice.to] == [Role.HOUSEKEEPER, Role.OPS]
    assert notice.title.zh.startswith("东湖智造一期：A01")


def test_a_desk_is_told_in_the_department_that_leads_the_step() -> None:
    (notice,) = planned({"type": "step_ready", "step": "A01"}, rule())
    assert notice.to == (Address(role=Role.OFFICER, department="desk"),)


def test_recipients_are_those_the_event_names_and_strangers_among_them_are_left_out() -> None:
    event = {
        "type": "escalation_fired",
        "step": "A01",
        "recipients": ["section_head", "governor", "liaison_leader"],
    }
    (notice,) = planned(event, rule(event="escalation_fired", tell=["recipients"]))
    assert [one.role for one in notice.to] == [Role.SECTION_HEAD, Role.LIAISON_LEADER]


def test_a_condition_narrows_a_rule() -> None:
    failed = rule(event="step_decided", when={"result": "fail"})
    event = {"type": "step_decided", "step": "A01", "result": "pass"}
    assert planned(event, failed) == ()
    assert len(planned(event | {"result": "fail"}, failed)) == 1


def test_the_date_is_the_events_own_with_its_weekday_and_what_is_left() -> None:
    event = {"type": "step_ready", "step": "A01", "due_on": "2026-03-06"}
    (notice,) = planned(event, rule())
    assert notice.due_on == date(2026, 3, 6)
    assert notice.body.zh == "2026年3月6日（周五），还剩3个工作日 https://x.example/chains/1"
    assert notice.body.en.startswith("Fri 6 Mar 2026, 3 working days left")


def test_the_last_day_of_an_acceptance_window_is_the_day_before_it_is_over() -> None:
    event = {"type": "step_ready", "step": "A01", "accept_by": "2026-03-09T16:00:00Z"}
    (notice,) = planned(event, rule())
    assert notice.due_on == date(2026, 3, 9)


@pytest.mark.parametrize(
    ("today", "zh", "en"),
    [
        (date(2026, 3, 6), "今日到期", "due today"),
        (date(2026, 3, 5), "还剩1个工作日", "1 working day left"),
        (date(2026, 3, 10), "已超期2个工作日", "overdue by 2 working days"),
    ],
)
def test_what_is_left_is_counted_in_working_days(today: date, zh: str, en: str) -> None:
    assert left(small_rules().calendar, today, date(2026, 3, 6)) == Text(zh=zh, en=en)


@pytest.mark.parametrize(
    "changes",
    [
        {"tell": ["mayor"]},
        {"tell": []},
        {"title": {"zh": "{name_of_person}", "en": "x"}},
        {"source": "nowhere"},
    ],
)
def test_a_rule_with_a_mistake_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        book(rule(**changes))


def test_two_rules_of_one_id_are_refused() -> None:
    with pytest.raises(ValidationError, match="same id"):
        book(rule(), rule())


def test_a_name_in_braces_in_a_project_is_only_text() -> None:
    setting = SETTING._replace(project_name="{link} {0}")
    event = {"type": "step_ready", "step": "A01"}
    (notice,) = plan(book(rule()), event, Play().chain, small_rules(), setting)
    assert notice.title.zh.startswith("{link} {0}：A01")
    assert NoticeRule.model_validate(rule()).fits(event)


def test_a_clause_is_left_out_where_nothing_stands_in_its_gaps() -> None:
    words = {"zh": "{step}[，期限：{due}，{left}][说明：{answer}]。", "en": "{step}[, due: {due}]."}
    (dated,) = planned(
        {"type": "step_ready", "step": "A01", "due_on": "2026-03-04"}, rule(body=words)
    )
    assert dated.body.zh == "A01 step A01，期限：2026年3月4日（周三），还剩1个工作日。"
    assert dated.body.en == "A01 step A01, due: Wed 4 Mar 2026."
    (undated,) = planned({"type": "step_ready", "step": "A01"}, rule(body=words))
    assert (undated.body.zh, undated.body.en) == ("A01 step A01。", "A01 step A01.")


@pytest.mark.parametrize("wording", ["{step}[, due: {due}", "[[{due}]]", "{due}]"])
def test_brackets_that_do_not_pair_are_refused(wording: str) -> None:
    with pytest.raises(ValidationError, match="brackets do not pair"):
        book(rule(body={"zh": wording, "en": wording}))
