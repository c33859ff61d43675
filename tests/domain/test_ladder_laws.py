"""Laws of the ladder: whatever is stopped, resumed and waited for, and whoever keeps silent."""

from datetime import datetime, timedelta
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain import events as ev
from groundwork.domain.definition import StopReason, Unanswered
from groundwork.domain.model import Chain, StepState
from tests.domain.ladders import HOTLINE
from tests.domain.small import STEPS, limit, rung
from tests.domain.worlds import Play, rules_of

HOUR = timedelta(hours=1)
EARLY = (
    # Cards while the limit still runs: only then can a clock stop on an unanswered card.
    rung(1, "yellow", share=20, answer_within=limit(1), unanswered=Unanswered.NEXT),
    rung(2, "amber", share=60, answer_within=limit(1), unanswered=Unanswered.NEXT),
    rung(3, "red", days_past_due=0, answer_within=limit(1), unanswered=Unanswered.MARK),
    rung(4, "referral", days_past_due=2, human_decides=True),
)
STOPS = (StopReason.EXPERT_REVIEW, StopReason.PUBLICITY)
LAW = settings(max_examples=60, derandomize=True)

acts = st.lists(
    st.tuples(
        st.sampled_from(("stop", "resume", "wait")), st.sampled_from(STOPS), st.integers(1, 90)
    ),
    max_size=12,
)


def played(steps: list[tuple[str, StopReason, int]]) -> Play:
    """A02 with ten working days, stopped and resumed as it comes; what is refused is left out."""
    play = Play(rules_of(*STEPS, ladder=EARLY)).settle("A01").receive("A02").accept("A02")
    for what, reason, hours in steps:
        play.now += hours * HOUR
        if what == "wait":
            play.wait(play.now.isoformat(timespec="seconds").removesuffix("+08:00"))
            continue
        command = (
            cmd.StopClock(
                step="A02",
                reason=reason,
                basis="XK45",
                planned_end=play.now.date() + timedelta(days=1 + hours % 9),
            )
            if what == "stop"
            else cmd.ResumeClock(step="A02", reason=reason)
        )
        answer = core.handle(play.rules, play.chain, play.envelope(command))
        if isinstance(answer, core.Accepted):
            play.chain = answer.chain
            play.events.extend(answer.events)
    return play


def rungs_within_stops(events: list[ev.AnyEvent], key: str) -> list[ev.AnyEvent]:
    """Rungs that fired between the beginning of a stop and the end of the last open one."""
    wrong: list[ev.AnyEvent] = []
    open_stops = 0
    since: datetime | None = None
    spans: list[tuple[datetime | None, datetime | None]] = []
    for event in events:
        if isinstance(event, ev.ClockStopped) and event.step == key:
            since = event.at if open_stops == 0 else since
            open_stops += 1
        elif isinstance(event, ev.ClockResumed) and event.step == key:
            open_stops -= 1
            if open_stops == 0:
                spans.append((since, event.at))
    if open_stops:
        spans.append((since, None))
    for event in events:
        if isinstance(event, ev.EscalationFired) and event.step == key:
            for begun, over in spans:
                assert begun is not None
                if begun < event.at and (over is None or event.at < over):
                    wrong.append(event)
    return wrong


@given(acts)
@LAW
def test_no_rung_fires_between_a_stop_and_its_end(steps: list[tuple[str, StopReason, int]]) -> None:
    play = played(steps)
    play.events.extend(core.tick(play.rules, play.chain, play.now + 900 * HOUR).events)
    assert rungs_within_stops(play.events, "A02") == []


def test_the_law_above_would_notice() -> None:
    play = played([("stop", STOPS[0], 5)])
    fired = core.tick(play.rules, play.chain, play.now + 5000 * HOUR).events
    rungs = (one for one in fired if isinstance(one, ev.EscalationFired))
    late = next(one for one in rungs if one.step == "A02")
    moved = late.model_copy(update={"at": play.now + HOUR})
    assert rungs_within_stops([*play.events, moved], "A02") == [moved]


def test_an_unanswered_card_leads_on_only_when_the_stop_has_ended() -> None:
    # The card of Wednesday asks for an answer by Thursday; the clock stands until Tuesday.
    play = Play(rules_of(*STEPS, ladder=EARLY)).settle("A01").at("2026-03-02 10:00")
    play.receive("A02").accept("A02").wait("2026-03-04 09:00")
    play.stop("A02", "2026-03-10").wait("2026-03-20 09:00")
    assert play.rungs("A02")[:2] == [
        ("yellow", "2026-03-04 00:00"),
        ("amber", "2026-03-11 00:00"),
    ]
    assert play.escalation("A02-amber").because == "A02-yellow"


@given(
    st.lists(
        st.tuples(st.integers(1, 60), st.integers(1, 12), st.one_of(st.none(), st.integers(1, 99))),
        min_size=2,
        max_size=2,
    )
)
@LAW
def test_stops_commute(spans: list[tuple[int, int, int | None]]) -> None:
    """Two stops for different reasons come to the same in whichever order they were asked for."""

    def stop_both(order: tuple[int, ...]) -> Chain:
        play = Play(rules_of(*STEPS, ladder=EARLY)).settle("A01").receive("A02").accept("A02")
        begun = play.now + 10 * HOUR
        for index in order:
            _, days, _ = spans[index]
            play.now = begun
            planned_end = begun.date() + timedelta(days=days)
            play.do(
                cmd.StopClock(
                    step="A02", reason=STOPS[index], basis="XK45", planned_end=planned_end
                )
            )
        ends = sorted(
            (begun + resumed * HOUR, index)
            for index, (_, days, resumed) in enumerate(spans)
            if resumed is not None and resumed < 24 * days
        )
        for moment, index in ends:
            play.now = moment
            play.do(cmd.ResumeClock(step="A02", reason=STOPS[index]))
        return core.tick(play.rules, play.chain, begun + 900 * HOUR).chain

    one, other = (stop_both(order) for order in permutations(range(2)))
    climbed = [
        [(card.rung, card.at, card.because) for card in chain.escalations.values()]
        for chain in (one, other)
    ]
    assert climbed[0] == climbed[1]
    assert one.steps["A02"].due_on == other.steps["A02"].due_on


@given(st.integers(0, 60 * 24 * 3), st.integers(1, 60 * 8), st.integers(1, 6))
@LAW
def test_hour_clocks_fire_to_the_minute_also_after_a_stop(begins: int, ran: int, days: int) -> None:
    minute = timedelta(minutes=1)
    play = Play(rules_of(*STEPS, ladder=HOTLINE)).settle("A01")
    play.now += begins * minute
    accepted = play.now
    play.receive("A10").accept("A10")
    before_stop = [(rung_share, accepted + rung_share) for rung_share in (4 * HOUR, 8 * HOUR)]
    play.now += ran * minute
    stopped_at = play.now
    answer = core.handle(
        play.rules,
        play.chain,
        play.envelope(
            cmd.StopClock(
                step="A10",
                reason=StopReason.INSPECTION,
                basis="XK45",
                planned_end=stopped_at.date() + timedelta(days=days),
            )
        ),
    )
    pause = timedelta(0)
    if isinstance(answer, core.Accepted):
        play.chain = answer.chain
        stop = play.chain.steps["A10"].clock
        assert stop is not None
        pause = stop.stops[0].ends - stopped_at
    chain = core.tick(play.rules, play.chain, stopped_at + 400 * HOUR).chain
    fired = {card.rung: card.at for card in chain.escalations.values() if card.step == "A10"}
    expected = {
        name: at if at <= stopped_at else at + pause
        for name, at in zip(("yellow", "red"), (at for _, at in before_stop), strict=True)
    }
    card_at = accepted + 9 * HOUR
    expected["yellow_card"] = card_at if card_at <= stopped_at else card_at + pause
    assert fired == expected


@given(st.integers(1, 24 * 900))
@LAW
def test_no_passing_of_time_refers_anybody(hours: int) -> None:
    play = Play(rules_of(*STEPS, ladder=EARLY)).settle("A01").receive("A02").accept("A02")
    passed = core.tick(play.rules, play.chain, play.now + hours * HOUR)
    assert not any(isinstance(event, ev.ReferralDecided) for event in passed.events)
    assert all(card.referred is None for card in passed.chain.escalations.values())
    assert passed.chain.steps["A02"].state is StepState.ACCEPTED
