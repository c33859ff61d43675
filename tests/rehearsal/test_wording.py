"""Every event has its words, and they name what the event tells."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_args

import pytest

from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.credit import CreditKind, CreditRecord, CreditReport, Severity
from groundwork.domain.definition import Mode, StopReason, Text
from groundwork.domain.model import (
    SYSTEM,
    Chain,
    Commitment,
    Deficiency,
    DefinitionRef,
    Escalation,
    Light,
    Role,
    WaitingOn,
)
from groundwork.domain.names import MODES, RESULTS, ROLES
from groundwork.domain.rules import Rules
from groundwork.domain.stops import Stop
from groundwork.rehearsal.moments import HAPPENINGS
from groundwork.rehearsal.plan import make_plan
from groundwork.rehearsal.sentences import SENTENCES
from groundwork.rehearsal.typical import typical_script
from groundwork.rehearsal.wording import Wording, day
from tests.rehearsal.scripts import START

KINDS = {kind.model_fields["type"].default: kind for kind in get_args(get_args(ev.AnyEvent)[0])}
DAY = local_date(START)
REPORT = CreditReport(
    id="r",
    record=CreditRecord(
        id="r",
        subject="91440784MA0000015C",
        kind=CreditKind.OVERDUE_COMMITMENT,
        severity=Severity.GENERAL,
        decided_on=DAY,
    ),
)
FACTS: Mapping[str, Any] = MappingProxyType(
    {
        "step": "L16",
        "deficiency": "L16-deed-tax-receipt",
        "commitment": "L16-commitment",
        "escalation": "L16-red",
        "assignee": "p-1",
        "former": None,
        "whom": WaitingOn.APPLICANT,
        "material": "deed-tax-receipt",
        "mode": Mode.STANDARD,
        "materials": (),
        "items": ("甲", "乙"),
        "accept_by": None,
        "accepted_at": START,
        "limit": None,
        "due_on": DAY,
        "due_before": START,
        "cure_by": DAY,
        "cure_before": START,
        "stop": Stop(
            reason=StopReason.HEARING, basis="b", approver="a", since=START, planned_end=DAY
        ),
        "stop_index": 0,
        "planned_end": DAY,
        "amount": 3,
        "approver": "a",
        "level": 2,
        "light": Light.RED,
        "rung": "red",
        "recipients": ("director",),
        "result": "fail",
        "steps": (),
        "obligations": ("甲",),
        "referred": False,
        "reason": "理由",
        "cause": "L16-red",
        "ground": "理由",
        "answer": "答复",
        "unit": "B1",
        "into": "B2",
        "name": "1号厂房",
        "moved": {},
        "document": "特1号",
        "without_equipment": False,
        "gate": "production",
        "missing": (),
        "departments": ("water",),
        "department": "water",
        "kind": "disagree",
        "round": 1,
        "reply_on": DAY,
        "reply_before": START,
        "visit_on": DAY,
        "visited_on": DAY,
        "days_left": 3,
        "grounds": (Text(zh="甲", en="a"),),
        "check": "credit-1",
        "occasion": "signing",
        "subjects": ("91440784MA0000015C",),
        "eligible": True,
        "grade": "A",
        "source": "register",
        "version": "cn-2027.1",
        "previous": "cn-2026.1",
        "terms": (),
    }
)
REFERENCE = DefinitionRef(id="land-to-construction", version="1.1.0", hash="0" * 64)
OTHERWISE: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "unit_added": {"steps": {}},
        "commitment_breached": {"kind": "overdue"},
        "credit_filing_due": {"report": REPORT},
        "credit_filed": {"report": REPORT.id},
        "credit_filing_skipped": {"report": REPORT.id},
        "definition_adopted": {"definition": REFERENCE, "previous": REFERENCE},
        "credit_answered": {"grounds": {"commitment": (Text(zh="甲", en="a"),)}},
    }
)
"""What a name means in one kind of event only."""


@pytest.fixture(scope="module")
def chain(rules: Rules) -> Chain:
    """A chain with one of everything."""
    fresh = make_plan(typical_script(rules, START), rules).chain
    lacking = Deficiency(
        id="L16-deed-tax-receipt",
        step="L16",
        material="deed-tax-receipt",
        opened_at=START,
        cure_by=DAY,
        cure_before=START,
    )
    promise = Commitment(
        id="L16-commitment",
        step="L16",
        obligations=("甲",),
        signed_at=START,
        due_on=DAY,
        due_before=START,
    )
    card = Escalation(
        id="L16-red",
        step="L16",
        level=2,
        rung="red",
        light=Light.RED,
        at=START,
        recipients=("director",),
    )
    return fresh.model_copy(
        update={
            "deficiencies": {lacking.id: lacking},
            "commitments": {promise.id: promise},
            "escalations": {card.id: card},
        }
    )


def test_every_kind_of_event_has_a_sentence_and_no_sentence_is_left_over() -> None:
    assert SENTENCES.keys() == KINDS.keys()


def test_every_word_of_a_script_belongs_to_a_kind_of_event() -> None:
    assert HAPPENINGS.keys() <= KINDS.keys()


@pytest.mark.parametrize("kind", [name for name in KINDS if name != "chain_launched"])
def test_a_sentence_tells_what_happened_in_both_languages(
    kind: str, chain: Chain, rules: Rules
) -> None:
    facts = {**FACTS, **OTHERWISE.get(kind, {})}
    wanted = KINDS[kind].model_fields.keys() & facts.keys()
    event = KINDS[kind](seq=2, at=START, by=SYSTEM, **{name: facts[name] for name in wanted})
    told = Wording(rules.definition).sentence(event, chain)
    assert told.zh != told.en
    assert "{" not in told.zh + told.en
    if "reason" in wanted:
        assert "理由" in told.zh
    about_a_step = {"step", "deficiency", "commitment", "escalation"} & wanted
    assert told.zh.startswith("L16 ") is bool(about_a_step)


def test_every_role_mode_and_result_has_a_name() -> None:
    assert ROLES.keys() == {role.value for role in Role}
    assert MODES.keys() == {mode.value for mode in Mode}
    assert len(RESULTS) == 3


def test_a_date_says_its_weekday() -> None:
    assert day(DAY, "zh") == "3月3日(周一)"
    assert day(DAY, "en") == "Mon 3 Mar"
