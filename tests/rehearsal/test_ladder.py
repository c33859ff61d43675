"""On the real engine cards climb, are answered, appealed and stopped as the pure core foretells."""

from datetime import timedelta
from pathlib import Path

import pytest

from groundwork.catalogue.loader import load_chain
from groundwork.domain import events as ev
from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.rules import Rules
from groundwork.rehearsal.driver import Played, play
from groundwork.rehearsal.rehearse import rules_for
from groundwork.rehearsal.room import RehearsalRoom
from tests.catalogue.planting import Plot
from tests.rehearsal.scripts import plan_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

LADDERS = "ladder: default-1.1.0\nladders:\n  steps: {L03: hotline-1.0.0}\n"


@pytest.fixture(scope="module")
def carded_rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """On the newer ladders, L01 has eight days and may stop, and L03 has eight hours."""
    folder = Path(tmp_path_factory.mktemp("carded"))
    plot = (
        Plot(folder)
        .plant("ladder: default-1.0.0\n", LADDERS)
        .in_step("L01", "promised: 1\n", "promised: 8\n    stops: [publicity]\n")
        .in_step("L03", "promised: 10\n", "promised: 8 h\n")
    )
    assert plot.harvest() == []
    return rules_for(load_chain(plot.file))


def story(played: Played, step: str) -> list[tuple[str, str]]:
    """What happened to the cards and the clock of a step: rung or type, and the local moment."""
    told = []
    for event in played.events:
        kind = event.rung if isinstance(event, ev.EscalationFired) else event.type
        about = getattr(event, "step", "") or getattr(event, "escalation", "")
        if about.partition("-")[0] == step:
            told.append((kind, f"{event.at.astimezone(SHANGHAI):%m-%d %H:%M}"))
    return told


CARDS = """\
until: 2025-04-30
actions:
  - {when: 2025-03-03 09:00, do: receive L01}
  - {when: 2025-03-03 10:00, do: accept L01}
  - when: 2025-03-12 14:00
    do: stop_clock L01
    reason: publicity
    basis: 公示
    planned_end: 2025-03-21
  - {when: 2025-03-18 09:00, do: resume_clock L01, reason: publicity}
  - {when: 2025-03-20 09:00, do: acknowledge L01-red, by: data_bureau}
  - when: 2025-03-21 10:00
    do: appeal_escalation L01-yellow_card
    by: officer@park-committee
    reason: 系统停机
  - when: 2025-03-21 15:00
    do: annul_escalation L01-yellow_card
    by: liaison_leader
    reason: 停机属实
  - when: 2025-03-26 10:00
    do: appeal_escalation L01-red_card
    by: section_head@park-committee
    reason: 并未逾期
  - when: 2025-03-26 16:00
    do: uphold_escalation L01-red_card
    by: business_environment_office
    reason: 台账显示已逾期
  - when: 2025-04-03 10:00
    do: appeal_escalation L01-red_card
    by: officer@park-committee
    reason: 再次申诉
"""


async def test_a_busy_step_climbs_is_stopped_and_appealed_in_the_order_foretold(
    room: RehearsalRoom, carded_rules: Rules, tmp_path: Path
) -> None:
    played = await play(room, plan_of(tmp_path, CARDS, carded_rules))
    assert played.events == played.plan.events
    assert played.chain == played.plan.chain
    assert played.agrees
    assert list(played.refused.values()) == ["already_appealed"]
    assert story(played, "L01")[3:] == [
        ("yellow", "03-11 00:00"),
        ("clock_stopped", "03-12 14:00"),
        ("clock_resumed", "03-18 09:00"),
        ("red", "03-20 00:00"),
        ("escalation_acknowledged", "03-20 09:00"),
        ("yellow_card", "03-21 00:00"),
        ("escalation_appealed", "03-21 10:00"),
        ("escalation_annulled", "03-21 15:00"),
        ("red_card", "03-25 00:00"),
        ("escalation_appealed", "03-26 10:00"),
        ("escalation_upheld", "03-26 16:00"),
        ("referral", "03-27 00:00"),
        ("answer_overdue", "03-28 00:00"),
    ]
    referral = played.chain.escalations["L01-referral"]
    assert referral.referred is None, "weeks passed, and no person decided it"


async def test_an_hour_ladder_fires_to_the_minute(
    room: RehearsalRoom, carded_rules: Rules, tmp_path: Path
) -> None:
    text = (
        "until: 2025-03-31\n"
        "steps:\n"
        "  L01: [2025-03-03 09:00, L01 received, L01 received]\n"
        "actions:\n"
        "  - {when: 2025-03-04 09:07, do: receive L03}\n"
        "  - {when: 2025-03-04 09:23, do: accept L03}\n"
    )
    played = await play(room, plan_of(tmp_path, text, carded_rules))
    assert played.events == played.plan.events
    accepted = next(e for e in played.events if isinstance(e, ev.StepAccepted) and e.step == "L03")
    hour = timedelta(hours=1)
    waited = [(one.rung, (one.at - accepted.accepted_at) / hour) for one in fired(played, "L03")]
    assert waited == [("yellow", 4), ("red", 8), ("yellow_card", 9)]


def fired(played: Played, step: str) -> list[ev.EscalationFired]:
    """The rungs that a step reached."""
    events = (one for one in played.events if isinstance(one, ev.EscalationFired))
    return [one for one in events if one.step == step]
