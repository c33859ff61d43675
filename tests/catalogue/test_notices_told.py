"""What the published rules tell of chains that are really played: to whom, and in which words."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from groundwork.catalogue.notices import load_notices
from groundwork.domain import commands as cmd
from groundwork.domain.addressing import Address
from groundwork.domain.credit import CreditKind
from groundwork.domain.model import SYSTEM, Role
from groundwork.domain.notices import Notice, Setting, plan
from groundwork.domain.rules import Rules
from tests.domain.acceptance import FIRM, WATER, AcceptancePlay, bad_credit
from tests.domain.newer import newer, promised
from tests.domain.small import COMMITTED, TOLERANT, step
from tests.domain.test_cards import ANSWER, APPEAL, YELLOW, carded
from tests.domain.test_commitments import RECTIFY, granted, in_force, verify
from tests.domain.test_gates import ready_to_produce
from tests.domain.test_joint import PUT_RIGHT, asked
from tests.domain.test_replanning import adopt, with_off
from tests.domain.test_replanning import play as played
from tests.domain.test_units import ADD_B3, DROP_B2, MERGE
from tests.domain.worlds import OFFICE, Play, actor, rules_of

BOOK = load_notices()
SETTING = Setting("东湖智造一期", "https://x.example/chains/1", date(2026, 3, 2))
KEY = "U04.B1"
HEAD = actor(Role.SECTION_HEAD, "desk")
GIVE_A01 = cmd.Assign(step="A01", assignee="person-7", reason="knows the site")


def told(play: Play) -> dict[str, Notice]:
    """Every notice of a play by its rule, the last one of each."""
    notices: dict[str, Notice] = {}
    for event in play.events:
        body = event.model_dump(mode="json")
        for notice in plan(BOOK, body, play.chain, play.rules, SETTING):
            notices[notice.rule] = notice
    return notices


def desks(notice: Notice) -> set[str]:
    return {one.department for one in notice.to if one.department is not None}


def roles(notice: Notice) -> set[Role]:
    return {one.role for one in notice.to}


def objected() -> AcceptancePlay:
    play = asked().do(cmd.ScheduleVisit(step=KEY, visit_on=date(2026, 3, 3)))
    return play.wait("2026-03-06 00:00")


def barred() -> AcceptancePlay:
    modes = {"U03.B1": COMMITTED, "U01.B1": TOLERANT}
    play = AcceptancePlay(modes=modes, records=(bad_credit(),))
    return play.planned()


def merged() -> AcceptancePlay:
    return AcceptancePlay().planned().do(ADD_B3).receive("U01.B2").do(MERGE)


def dropped() -> AcceptancePlay:
    return AcceptancePlay().planned().receive("U02.B2").do(DROP_B2)


def overdue() -> Play:
    return in_force().wait("2026-08-20 09:00")


def appealed() -> Play:
    return carded().do(ANSWER).do(APPEAL).do(cmd.UpholdEscalation(escalation=YELLOW, reason="no"))


def closed() -> AcceptancePlay:
    return ready_to_produce().do(cmd.Annul(step="U06.B1", reason="forged report"))


PLAYS: dict[str, Callable[[], Play]] = {
    "objected": objected,
    "barred": barred,
    "merged": merged,
    "dropped": dropped,
    "overdue": overdue,
    "appealed": appealed,
    "closed": closed,
    "carded to the end": lambda: carded("2026-03-20 09:00"),
    "rectified": lambda: granted().do(verify(RECTIFY)),
}


@pytest.mark.parametrize("name", PLAYS)
def test_every_notice_is_whole_in_both_languages_and_names_no_person(name: str) -> None:
    play = PLAYS[name]()
    notices = told(play)
    assert len(notices) > 2
    for notice in notices.values():
        if not notice.to:
            continue  # such as an application to the enterprise itself
        for words in (notice.title, notice.body):
            for said in (words.zh, words.en):
                assert "{" not in said
                assert "person-" not in said
                assert "officer-" not in said
                assert "—" not in said, notice.rule


def test_those_consulted_are_asked_and_their_silence_is_told() -> None:
    notices = told(objected())
    opened = notices["consultation_opened"]
    assert desks(opened) == {"review", "water"}
    assert opened.due_on == date(2026, 3, 5)
    assert "desk" in opened.body.zh
    assert desks(notices["silence_counted"]) == {"desk", "review", "water"}
    visit = notices["site_visit_scheduled"]
    assert desks(visit) == {"desk", "review", "water"}
    assert Role.PROJECT_MANAGER in roles(visit)
    assert "2026年3月3日" in visit.title.zh


def test_an_opinion_is_told_to_who_leads_the_step() -> None:
    assert desks(told(asked().say(KEY, WATER))["opinion_given"]) == {"desk"}


def test_what_is_to_be_put_right_on_site_is_told_to_the_applicant_at_once() -> None:
    play = asked().say(KEY, WATER)
    notices = told(play.wait("2026-03-06 00:00").visit(KEY).do(PUT_RIGHT))
    asked_for = notices["site_rectification_requested"]
    assert asked_for.urgent
    assert roles(asked_for) == {Role.HOUSEKEEPER, Role.PROJECT_MANAGER}


def test_bad_credit_is_told_once_for_each_occasion() -> None:
    assert "credit_barred_at_launch" in told(barred())
    firm = bad_credit(FIRM, CreditKind.FAILED_REPORT)
    play = AcceptancePlay(modes={"U03.B1": COMMITTED}, records=(firm,)).planned()
    play.receive("U03.B1", "application").draft("U03.B1", FIRM)
    play.do(cmd.SignCommitment(step="U03.B1"))
    assert {one for one in told(play) if "credit" in one or "refused" in one} == {
        "commitment_refused"
    }


def test_a_promise_is_told_from_its_letter_to_its_breach() -> None:
    notices = told(overdue())
    assert {"commitment_drafted", "commitment_in_force", "commitment_reminded"} <= notices.keys()
    assert {"commitment_due", "commitment_breached"} <= notices.keys()
    assert notices["commitment_reminded"].urgent
    assert "U03.B1" in notices["commitment_in_force"].title.en


def test_a_card_is_told_with_the_day_to_explain_it_by_and_its_appeal_to_who_decides() -> None:
    notices = told(appealed())
    assert "2026年3月9日" in notices["escalation_fired"].body.zh
    assert roles(notices["escalation_appealed"]) == {
        Role.BUSINESS_ENVIRONMENT_OFFICE,
        Role.LIAISON_LEADER,
    }
    assert "yellow_card" in notices["escalation_upheld"].title.en
    assert {Role.OFFICER, Role.DIRECTOR} <= roles(notices["escalation_upheld"])


def test_a_supervision_order_and_a_referral_are_called_so() -> None:
    notices = told(carded("2026-03-20 09:00"))
    assert "督办单" in notices["supervision_order_issued"].title.zh
    assert "研判" in notices["referral_to_decide"].body.zh
    assert "red_card" not in notices["escalation_fired"].title.en


def test_gates_and_units_are_told_by_their_names() -> None:
    notices = told(closed())
    assert notices["gate_opened"].title.en.endswith("production is open for Workshop 1")
    assert notices["gate_closed"].urgent
    ended = told(merged())["units_merged"]
    assert ended.title.zh.endswith("Workshop 2并入Workshop 1")
    assert desks(ended) == {"desk"}
    assert desks(told(dropped())["unit_dropped"]) == {"review"}


def test_another_calendar_is_told_to_those_whose_dates_moved_and_to_nobody_else() -> None:
    later = with_off("2026-03-03")
    game = played(later).receive("A01").accept("A01").at("2026-03-02 12:00")
    notice = told(adopt(game, later))["calendar_adopted"]
    assert Address(role=Role.OFFICER, department="desk") in notice.to
    assert desks(notice) == {"desk"}
    assert "2026年3月4日（周三） → 2026年3月5日（周四）" in notice.body.zh
    far = with_off("2026-09-01")
    game = played(far).receive("A01").accept("A01").at("2026-03-02 12:00")
    assert "calendar_adopted" not in told(adopt(game, far))


def test_newer_rules_are_told_to_those_whose_dates_moved() -> None:
    game = played().receive("A01").accept("A01").at("2026-03-02 12:00")
    changed = newer(game.rules.definition, edit=promised("A01", 4))
    game.rules = replace(game.rules, definitions={"newer": changed}.__getitem__)
    game.do(cmd.AdoptDefinition(version=changed.version, hash="newer"), SYSTEM)
    game.rules = game.rules.of(game.chain)
    notice = told(game)["definition_adopted"]
    assert desks(notice) == {"desk"}
    assert "2026年3月4日（周三） → 2026年3月6日（周五）" in notice.body.zh


def test_a_consultation_whose_reply_day_moved_is_told_to_those_who_must_reply() -> None:
    later = with_off("2026-03-04")
    play = asked()
    play.rules = Rules(play.rules.definition, play.rules.calendar, lambda _version: later)
    notice = told(adopt(play.at("2026-03-02 12:00"), later))["calendar_adopted"]
    assert desks(notice) == {"desk", "review", "water"}


def test_a_step_without_a_limit_is_told_without_an_empty_date() -> None:
    play = Play(rules_of(step("A01")))
    play.do(GIVE_A01, HEAD).receive("A01").accept("A01")
    notices = told(play)
    accepted = notices["step_accepted"].body
    assert accepted.zh.startswith("desk已受理A01 step A01。项目")
    assert accepted.en.startswith("desk accepted A01 step A01. Project")
    assert "期限" not in notices["step_assigned"].body.zh
    dated = told(Play().do(GIVE_A01, HEAD).receive("A01").accept("A01"))["step_accepted"].body
    assert "A01，办结期限：2026年3月4日（周三），还剩2个工作日。项目" in dated.zh
    assert "A01. Due: Wed 4 Mar 2026, 2 working days left. Project" in dated.en


def test_who_gets_a_step_is_told_and_the_rest_of_the_desk_is_not() -> None:
    notices = told(Play().do(GIVE_A01, HEAD).receive("A01"))
    someone = Address(role=Role.OFFICER, department="desk", person="person-7")
    assert notices["step_assigned"].to == notices["step_received"].to == (someone,)


def test_those_with_an_application_in_hand_are_told_of_the_end() -> None:
    play = Play().receive("A01").do(cmd.TerminateChain(reason="land not won"), OFFICE)
    assert desks(told(play)["chain_terminated"]) == {"desk"}
    untouched = Play().do(cmd.TerminateChain(reason="land not won"), OFFICE)
    assert desks(told(untouched)["chain_terminated"]) == set()


def test_an_enterprise_that_leads_a_step_has_no_desk_to_tell() -> None:
    play = Play().settle("A01").settle("A02").receive("A06")
    received = told(play)["step_received"]
    assert received.step == "A06"
    assert received.to == ()
