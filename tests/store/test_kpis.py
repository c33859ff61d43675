"""Figures of effect: what SQL says of recorded plays is what the events say, counted by hand."""

import random
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.batch import RecordBatch
from groundwork.domain.calendar import local_date
from groundwork.domain.courts import step_split
from groundwork.domain.definition import ChainDefinition, LimitUnit, Text
from groundwork.domain.kpis import Measure
from groundwork.domain.model import ChainState, DefinitionRef, StepState
from groundwork.domain.rules import Rules
from groundwork.store import kpis
from groundwork.store.kpis import Asked, Ground, KpiFilter, Kpis, Tally
from groundwork.store.projects import Projects
from groundwork.store.recorder import Recorder
from tests.domain.worlds import Play, moment, rules_in_catalogue
from tests.store.conftest import Execute
from tests.store.histories import OFFICER, History, eventful, project

ROUTE = ("L02", "L14", "L15", "L07", "L17", "L11", "L20", "L22")
LATER = "2026-12-31"
EVER = KpiFilter(date(2026, 1, 1), date(2027, 12, 31), date(2027, 12, 31))
DAY = timedelta(days=1)


def rules() -> Rules:
    """Land to construction, where the planning bureau is shut for two days in March."""
    plain = rules_in_catalogue("land-to-construction", "1.0.0")
    shut = {date(2026, 3, day): Text(zh="搬迁", en="Moving") for day in (12, 13)}
    changes = {"version": "cn-test", "closed_for": {plain.step("L07").lead: shut}}
    return Rules(plain.definition, plain.calendar.model_copy(update=changes))


class Cast(NamedTuple):
    """What was played and what it is reckoned with."""

    plays: list[Play]
    kpis: Kpis
    ground: Ground


def finished(seed: int, rules: Rules, *, steps: int = 100) -> Play:
    """A chain at random: people are slow, ask for corrections, stop clocks and fail."""
    chance = random.Random(seed)
    code = f"2603-440784-04-01-{seed:06}"
    pin = DefinitionRef(id=rules.definition.id, version="1.0.0", hash="of-the-play")
    play = Play(
        rules,
        chain_id=f"{rules.definition.id}.{code}",
        project_code=code,
        definition=pin,
        phases={"L20": ("A", "C")} if seed % 2 else {},
    )

    def later(most: int) -> None:
        play.wait((play.now + chance.randint(0, most) * DAY).strftime("%Y-%m-%d %H:%M"))

    done = 0
    while ready := [k for k, one in play.chain.steps.items() if one.state is StepState.READY]:
        if (done := done + 1) > steps:
            break
        later(1)
        key = chance.choice(ready)
        play.receive(key)
        definition = rules.step(key)
        if not definition.applicant_owned:
            if definition.materials and chance.random() < 0.3:
                items = (definition.materials[0].id,)
                play.do(cmd.RequestCorrection(step=key, items=items))
                later(2)
                play.do(cmd.SubmitCorrection(step=key, materials=items))
            later(2)
            if play.step(key).state in {StepState.RECEIVED, StepState.CORRECTED}:
                play.accept(key)
            later(6)
            due = play.step(key).due_on
            if due and local_date(play.now) < due and definition.stops and chance.random() < 0.7:
                until = (play.now + chance.randint(1, 9) * DAY).date().isoformat()
                reason = chance.choice(definition.stops)
                play.stop(key, until, reason)
                later(12)
                if play.step(key).state is StepState.STOPPED:
                    play.resume(key, reason)
            later(5)
        play.decide(key)
    return play


@pytest.fixture
async def cast(engine: AsyncEngine) -> Cast:
    """Some chains that are over and some that are not, recorded as the worker records them."""
    law = rules()
    plays = [finished(seed, law, steps=100 if seed % 4 else 9) for seed in range(1, 9)]

    def find(_: str) -> ChainDefinition:
        return law.definition

    for play in plays:
        await Projects(engine).create(project(play.chain.launch.project_code))
        batch = RecordBatch(chain_id=play.chain.id, recorded_at=play.now, events=tuple(play.events))
        await Recorder(engine, find).record(batch)
    kpis = Kpis(engine)
    pins = await kpis.pins()
    assert (set(pins.calendars), set(pins.definitions)) == ({"cn-test"}, {"of-the-play"})
    ground = Ground({"cn-test": law.calendar}, pins.first, {"of-the-play": ROUTE}, "L22")
    return Cast(plays, kpis, ground)


class Told(NamedTuple):
    """A step as its events tell it."""

    play: Play
    key: str
    accepted: date
    decided: date
    days: int
    stopped: int
    corrected: bool

    @property
    def department(self) -> str:
        return self.play.rules.step(self.key).lead


def told(play: Play) -> list[Told]:
    """The decided steps of a play, day by day, from nothing but its events."""
    accepted: dict[str, date] = {}
    stops: dict[str, list[list[date]]] = {}
    corrected: set[str] = set()
    found = []
    for event in play.events:
        match event:
            case ev.StepAccepted():
                accepted[event.step] = local_date(event.accepted_at)
            case ev.CorrectionRequested():
                corrected.add(event.step)
            case ev.ClockStopped():
                first = local_date(event.stop.since)
                stops.setdefault(event.step, []).append([first, event.stop.planned_end])
            case ev.ClockResumed() if not event.automatic:
                stops[event.step][event.stop_index][1] = local_date(event.at)
            case ev.StepDecided() if event.step in accepted:
                first, last = accepted[event.step], local_date(event.at)
                calendar = play.rules.calendar_of(event.step)
                days = [first + n * DAY for n in range(1, (last - first).days + 1)]
                working = [day for day in days if calendar.is_working_day(day)]
                mine = stops.get(event.step, [])
                stood = sum(any(a < day <= b for a, b in mine) for day in working)
                asked = event.step in corrected
                took = len(working) - stood
                found.append(Told(play, event.step, first, last, took, stood, asked))
            case _:
                pass
    return found


def all_told(plays: Iterable[Play]) -> list[Told]:
    return [one for play in plays for one in told(play)]


def spread(tallies: list[Tally], *names: str) -> Counter[Any]:
    """How often which of these occurs together."""
    counts: Counter[Any] = Counter()
    for one in tallies:
        counts[tuple(getattr(one, name) for name in names)] += one.number
    return counts


async def test_steps_take_the_days_that_their_events_tell(cast: Cast) -> None:
    tallies = await cast.kpis.tallies(Measure.STEP_TIME, EVER, cast.ground)
    expected = Counter(
        (one.key[:3], one.department, one.decided.replace(day=1), one.days, one.stopped,
         one.corrected)
        for one in all_told(cast.plays)
    )  # fmt: skip
    shown = spread(tallies, "step", "department", "month", "value", "stopped", "hit")
    assert shown == expected
    assert any(one.stopped for one in tallies)
    assert any(one.hit for one in tallies)


async def test_answers_are_remembered_until_the_record_grows(
    cast: Cast, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Measure] = []
    tallies_of = kpis._tallies

    async def counted(*asked: Any) -> list[Tally]:
        read.append(asked[1])
        return await tallies_of(*asked)

    monkeypatch.setattr(kpis, "_tallies", counted)
    monkeypatch.setattr(kpis, "_REMEMBERED", 2)

    async def ask(*measures: Measure) -> list[Measure]:
        read.clear()
        for one in measures:
            await cast.kpis.tallies(one, EVER, cast.ground)
        return list(read)

    steps, chains, span = Measure.STEP_TIME, Measure.CHAIN_TIME, Measure.SPAN
    assert await ask(steps, chains, steps, span) == [steps, chains, span]
    # What was asked for longest ago made room, not what was read first.
    assert await ask(steps) == []
    assert await ask(chains) == [chains]
    await Projects(engine).create(project("2603-440784-04-01-000099"))
    play = finished(99, rules(), steps=1)
    batch = RecordBatch(chain_id=play.chain.id, recorded_at=play.now, events=tuple(play.events))
    await Recorder(engine, lambda _: rules().definition).record(batch)
    assert await ask(steps, steps) == [steps]


async def test_what_took_long_to_read_holds_for_a_while_and_says_as_of_when(
    cast: Cast, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kpis, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr(kpis, "KEPT_TIMES", 1_000_000)
    asked = [Asked(Measure.STEP_TIME, EVER, cast.ground)]
    (before,) = await cast.kpis.all_tallies(asked)
    (again,) = await cast.kpis.all_tallies(asked)
    assert again.tallies == before.tallies
    assert again.as_of > before.as_of, "nothing was recorded since: it is true now"
    await Projects(engine).create(project("2603-440784-04-01-000098"))
    play = finished(98, rules(), steps=1)
    batch = RecordBatch(chain_id=play.chain.id, recorded_at=play.now, events=tuple(play.events))
    await Recorder(engine, lambda _: rules().definition).record(batch)
    (kept,) = await cast.kpis.all_tallies(asked)
    assert kept == before
    (fresh,) = await Kpis(engine).all_tallies(asked)
    assert sum(one.number for one in fresh.tallies) > sum(one.number for one in kept.tallies)


async def test_the_pulse_beats_with_each_batch_and_with_nothing_else(
    recorder: Recorder, execute: Execute
) -> None:
    async def beats() -> int:
        ((beats,),) = await execute("SELECT sum(beats) FROM record_pulse")
        return int(beats)

    for number, batch in enumerate(eventful().batches(4), start=1):
        await recorder.record(batch)
        await recorder.record(batch)  # what is on record already changes nothing
        assert await beats() == number
    await execute("UPDATE chain SET updated_at = now()")
    await execute("UPDATE step SET level = level")
    assert await beats() == number


async def test_steps_take_the_days_that_the_law_counts(cast: Cast) -> None:
    page = await cast.kpis.cases(Measure.STEP_TIME, EVER, cast.ground, limit=1000)
    shown = {(row["chain_id"], row["item"]): row for row in page.items}
    compared = 0
    for play in cast.plays:
        for key, step in play.chain.steps.items():
            limit = step.clock.limit if step.clock else None
            if step.decision is None or limit is None or limit.counts_first_day:
                continue
            if limit.unit is not LimitUnit.WORKING_DAYS:
                continue
            split = step_split(play.rules, play.chain, key, moment(f"{LATER} 12:00"))
            row = shown[play.chain.id, key]
            assert split is not None
            assert (row["value"], row["stopped"]) == (split.department_days, split.stopped_days)
            compared += 1
    assert compared > 50


async def test_a_route_adds_up_its_steps_once_all_are_settled(cast: Cast) -> None:
    page = await cast.kpis.cases(Measure.ROUTE_TIME, EVER, cast.ground, limit=1000)
    expected = {}
    for play in cast.plays:
        first: dict[str, Told] = {}
        for one in sorted(told(play), key=lambda one: (one.decided, one.key)):
            first.setdefault(one.key.partition(".")[0], one)
        if set(ROUTE) <= set(first):
            way = [first[key] for key in ROUTE]
            days, stopped = sum(one.days for one in way), sum(one.stopped for one in way)
            expected[play.chain.id] = (days, stopped, max(one.decided for one in way))
    shown = {row["chain_id"]: (row["value"], row["stopped"], row["ended"]) for row in page.items}
    assert shown == expected
    assert 0 < len(expected) < len(cast.plays)


async def test_running_chains_are_never_counted_as_finished(cast: Cast) -> None:
    over = [play for play in cast.plays if play.state() is ChainState.COMPLETED]
    page = await cast.kpis.cases(Measure.CHAIN_TIME, EVER, cast.ground, limit=1000)
    expected = {}
    for play in over:
        assert play.chain.finished_at is not None
        begin, end = local_date(play.chain.launched_at), local_date(play.chain.finished_at)
        days = [begin + n * DAY for n in range(1, (end - begin).days + 1)]
        expected[play.chain.id] = sum(play.rules.calendar.is_working_day(day) for day in days)
    assert {row["chain_id"]: row["value"] for row in page.items} == expected
    assert await cast.kpis.running(EVER) == len(cast.plays) - len(over) > 0
    span = await cast.kpis.cases(Measure.SPAN, EVER, cast.ground, limit=1000)
    for row in span.items:
        assert row["value"] == (row["ended"] - row["began"]).days
    assert {row["chain_id"] for row in span.items} >= set(expected)


async def test_open_steps_are_late_once_their_day_has_passed(cast: Cast) -> None:
    expected: Counter[Any] = Counter()
    today = date(2027, 6, 1)
    for one in cast.plays:
        for key, step in one.chain.steps.items():
            if step.due_on is None:
                continue
            if step.decision is not None:
                hit = local_date(step.decision.at) <= step.due_on
            elif step.state in {StepState.ACCEPTED, StepState.IN_REVIEW, StepState.RESUMED}:
                hit = False
            else:
                continue
            expected[one.rules.step(key).lead, hit] += 1
    which = EVER._replace(today=today)
    tallies = await cast.kpis.tallies(Measure.ON_TIME, which, cast.ground)
    assert spread(tallies, "department", "hit") == expected
    assert {hit for _, hit in expected} == {True, False}


async def test_a_step_that_nobody_decides_becomes_late(engine: AsyncEngine) -> None:
    law = rules()
    play = Play(law, definition=DefinitionRef(id=law.definition.id, version="1.0.0", hash="h"))
    play.receive("L01").accept("L01")
    await Projects(engine).create(project(play.chain.launch.project_code))
    batch = RecordBatch(chain_id=play.chain.id, recorded_at=play.now, events=tuple(play.events))
    await Recorder(engine, lambda _: law.definition).record(batch)
    due, kpis = play.step("L01").due_on, Kpis(engine)
    assert due is not None
    ground = Ground({"cn-test": law.calendar}, date(2026, 3, 2))

    async def rate(today: date) -> Counter[Any]:
        which = EVER._replace(today=today)
        return spread(await kpis.tallies(Measure.ON_TIME, which, ground), "hit")

    assert await rate(due) == Counter()
    assert await rate(due + DAY) == Counter({(False,): 1})
    assert (await kpis.lights())[law.step("L01").lead] == {"green": 1}
    # What was told is told anew as soon as something happens.
    play.decide("L01")
    batch = RecordBatch(chain_id=play.chain.id, recorded_at=play.now, events=tuple(play.events))
    await Recorder(engine, lambda _: law.definition).record(batch)
    assert await rate(due + DAY) == Counter({(True,): 1})


async def test_a_period_keeps_what_ended_in_it(cast: Cast) -> None:
    everything = all_told(cast.plays)
    days = sorted(one.decided for one in everything)
    since, until = days[len(days) // 4], days[len(days) // 2]
    which = EVER._replace(since=since, until=until)
    tallies = await cast.kpis.tallies(Measure.STEP_TIME, which, cast.ground)
    expected = Counter((one.days,) for one in everything if since <= one.decided <= until)
    assert spread(tallies, "value") == expected
    department = everything[0].department
    tallies = await cast.kpis.tallies(
        Measure.STEP_TIME, EVER._replace(department=department), cast.ground
    )
    assert sum(one.number for one in tallies) == sum(
        one.department == department for one in everything
    )


async def test_pages_of_cases_hold_every_case_once(cast: Cast) -> None:
    seen, cursor = [], None
    while True:
        page = await cast.kpis.cases(
            Measure.STEP_STOPPED, EVER, cast.ground, cursor=cursor, limit=7
        )
        seen += [(row["ended"], row["chain_id"], row["item"]) for row in page.items]
        if (cursor := page.next) is None:
            break
    expected = sorted(
        (one.decided, one.play.chain.id, one.key) for one in all_told(cast.plays) if one.stopped
    )
    assert seen == expected
    assert len(seen) > 7


async def test_escalations_are_counted_by_level(cast: Cast) -> None:
    tallies = await cast.kpis.tallies(Measure.ESCALATIONS, EVER, cast.ground)
    expected = Counter(
        (one.level, one.state not in {"annulled", "reversed"})
        for play in cast.plays
        for one in play.chain.escalations.values()
    )
    assert spread(tallies, "level", "hit") == expected
    assert expected


async def test_promises_are_kept_broken_or_late(recorder: Recorder, engine: AsyncEngine) -> None:
    history = History()
    for step in ("L01", "L02", "L03"):
        history.open(step).tolerate(step).promise(step)
    history.add(ev.CureSubmitted, by=OFFICER, deficiency="L01-d1", document="doc-1")
    history.add(ev.CureConfirmed, by=OFFICER, deficiency="L01-d1")
    history.add(ev.DeficiencyLapsed, deficiency="L02-d1")
    history.add(ev.CommitmentFulfilled, by=OFFICER, commitment="L01-c1")
    history.add(ev.CommitmentBreached, by=OFFICER, commitment="L02-c1", reason="faults")
    await recorder.record(history.batch())
    kpis, ground = Kpis(engine), Ground({}, None)
    # L03's material may still come on its last day, and its promise is not due.
    on_the_day = EVER._replace(today=date(2026, 3, 20))
    cures = await kpis.tallies(Measure.CURES, on_the_day, ground)
    assert spread(cures, "step", "hit") == {("L01", True): 1, ("L02", False): 1}
    cures = await kpis.tallies(Measure.CURES, EVER, ground)
    assert spread(cures, "step", "hit")["L03", False] == 1
    commitments = await kpis.tallies(Measure.COMMITMENTS, EVER, ground)
    assert spread(commitments, "step", "hit") == {("L01", True): 1, ("L02", False): 1}
