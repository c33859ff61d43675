"""The 18-step chain that the benchmarks play: one step, three branches of five, two steps.

Every step opens by itself when it is ready and is decided by one command, so that commands and
decisions are the same number and a bare workflow with 18 updates is a fair floor.
"""

from datetime import UTC, date, datetime

from groundwork.domain.calendar import Calendar
from groundwork.domain.definition import (
    ChainDefinition,
    Department,
    Edge,
    Limit,
    Mode,
    Provenance,
    Rung,
    Stage,
    StepDefinition,
    Text,
    Trigger,
    UnitTerms,
    Variant,
    Windows,
)
from groundwork.domain.model import Actor, DefinitionRef, Launch, Role

STEPS = 18
HASH = "bench-chain-18"
LARGE_HASH = "bench-chain-large"
ALONE, PER_UNIT = 20, 3
"""Steps of the large chain: once, and once for each building."""
CALENDAR_VERSION = "bench"
PERSON = Actor(id="bench", role=Role.ADMINISTRATOR)
_SOURCE = "benchmark"


def _days(amount: int) -> Limit:
    return Limit(amount=amount, provenance=Provenance.DEFAULT, source=_SOURCE)


def _text(word: str) -> Text:
    return Text(zh=word, en=word)


_YELLOW = Rung(
    level=1,
    id="yellow",
    name=_text("yellow"),
    light="yellow",
    trigger=Trigger.SHARE_USED,
    share=70,
    days_left=1,
    recipients=("officer",),
    source=_SOURCE,
)


def _before(number: int) -> tuple[int, ...]:
    if number == 0:
        return ()
    if number <= 15:
        return (number - 1,) if (number - 1) % 5 else (0,)
    return (5, 10, 15) if number == 16 else (16,)


def step_id(number: int) -> str:
    """The id of the step of that number."""
    return f"B{number:02d}"


def definition(steps: int = STEPS) -> ChainDefinition:
    """The chain: every step takes twenty working days, with a reminder and an overdue rung."""
    return ChainDefinition(
        id="bench",
        version="1",
        name=_text("bench"),
        workflow_type="LandToConstruction",
        departments=(Department(id="office", name=_text("office"), short=_text("office")),),
        stages=(Stage(id="all", name=_text("all"), lead="office"),),
        steps=tuple(
            StepDefinition(
                id=step_id(number),
                name=_text(step_id(number)),
                stage="all",
                lead="office",
                after=tuple(Edge(step=step_id(one)) for one in _before(number)),
                promised={Variant.STANDARD: _days(20)},
                modes=(Mode.STANDARD,),
                extension=_days(10),
                output=_text("paper"),
                ex_officio=True,
            )
            for number in range(steps)
        ),
        windows=Windows(
            acceptance=_days(5),
            commitment_verification=_days(60),
            rectification=_days(10),
            max_tolerated_materials=3,
            max_tolerated_source=_SOURCE,
            cure_extension_percent=50,
            cure_extension_source=_SOURCE,
        ),
        ladder=(
            _YELLOW,
            _YELLOW.model_copy(
                update={
                    "level": 2,
                    "id": "red",
                    "light": "red",
                    "trigger": Trigger.PAST_DUE,
                    "days_past_due": 0,
                }
            ),
        ),
    )


def large_definition() -> ChainDefinition:
    """Twenty steps one after the other, then three for each building, as many as there are."""
    base = definition(ALONE + 1)
    template = base.steps[-1]
    row = [
        template.model_copy(
            update={
                "id": step_id(number),
                "name": _text(step_id(number)),
                "after": (Edge(step=step_id(number - 1)),) if number else (),
            }
        )
        for number in range(ALONE)
    ]
    spread = [
        template.model_copy(
            update={
                "id": step_id(number),
                "name": _text(step_id(number)),
                "after": (Edge(step=step_id(ALONE - 1 if number == ALONE else number - 1)),),
                "per_unit": True,
            }
        )
        for number in range(ALONE, ALONE + PER_UNIT)
    ]
    units = UnitTerms(name=_text("building"), most=99, source=_SOURCE)
    return base.model_copy(update={"id": "bench-large", "steps": (*row, *spread), "units": units})


def calendar() -> Calendar:
    """A calendar of plain weeks."""
    return Calendar(version=CALENDAR_VERSION, source=_SOURCE)


def other_calendar() -> Calendar:
    """Plain weeks as well, under another name, with a day on which nobody works."""
    shut = {date(2027, 3, 3): _text("shut")}
    return Calendar(version=f"{CALENDAR_VERSION}-2", source=_SOURCE, closed=shut)


def order(chain_id: str, project: str | None = None) -> Launch:
    """The launch of one such chain, now. Without a project's code it is the chain's id."""
    return Launch(
        chain_id=chain_id,
        project_code=project or chain_id,
        uscc="91440784MA0000015C",
        definition=DefinitionRef(id="bench", version="1", hash=HASH),
        calendar_version=CALENDAR_VERSION,
        housekeeper="bench",
        district="bench",
        key=f"launch-{chain_id}",
        by=PERSON,
        received_at=datetime.now(UTC),
    )
