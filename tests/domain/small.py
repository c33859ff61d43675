"""A small chain that has one of everything, and short words to build others with."""

from functools import cache
from typing import Any

from groundwork.domain.definition import (
    ChainDefinition,
    Department,
    Edge,
    Exemption,
    Limit,
    LimitUnit,
    Material,
    Mode,
    Phase,
    Provenance,
    Route,
    Rung,
    Stage,
    StatutoryLimit,
    StepDefinition,
    StopReason,
    Text,
    Trigger,
    Variant,
    Windows,
)

WORKING, DAYS, HOURS = LimitUnit.WORKING_DAYS, LimitUnit.CALENDAR_DAYS, LimitUnit.HOURS
STANDARD, COMMITTED = Mode.STANDARD, Mode.COMMITMENT
TOLERANT, EXEMPT = Mode.DEFICIENCY_TOLERANT, Mode.EXEMPT


def text(words: str) -> Text:
    return Text(zh=words, en=words)


def limit(amount: int, unit: LimitUnit = WORKING, provenance: str = "promised") -> Limit:
    return Limit(amount=amount, unit=unit, provenance=Provenance(provenance), source="XK42")


def statute(amount: int, unit: LimitUnit = WORKING, **particulars: Any) -> StatutoryLimit:
    return StatutoryLimit(
        amount=amount,
        unit=unit,
        provenance=Provenance.STATUTORY,
        source="《行政许可法》第四十二条",
        **particulars,
    )


def material(name: str, cure: int | None = None, unit: LimitUnit = WORKING) -> Material:
    return Material(id=name, name=text(name), cure=limit(cure, unit) if cure else None)


def step(
    key: str, *after: str, promised: Limit | int | None = None, **facts: Any
) -> StepDefinition:
    """A step led by the desk unless told otherwise; on the fast variant it takes a day at most."""
    if isinstance(promised, int):
        promised = limit(promised)
    promises = {}
    if promised is not None:
        fast = promised.model_copy(update={"amount": min(promised.amount, 1)})
        promises = {Variant.STANDARD: promised, Variant.FAST: fast}
    return StepDefinition(
        **{
            "id": key,
            "name": text(f"step {key}"),
            "stage": "one",
            "lead": "desk",
            "after": tuple(Edge(step=other) for other in after),
            "promised": promises,
            "modes": (STANDARD,),
            "materials": (material("form"),),
            "extension": limit(10),
            "output": text("paper"),
            **facts,
        }
    )


def rung(level: int, name: str, **facts: Any) -> Rung:
    late = facts.keys() & {"days_past_due", "hours_past_due"}
    trigger = Trigger.PAST_DUE if late else Trigger.SHARE_USED
    light = "yellow" if level == 1 else "red"
    return Rung(
        **{
            "level": level,
            "id": name,
            "name": text(name),
            "light": light,
            "trigger": trigger,
            "recipients": ("officer",),
            "source": "P",
            **facts,
        }
    )


LADDER = (
    rung(1, "yellow", share=70, days_left=1),
    rung(2, "red", days_past_due=0, recipients=("deputy_leader", "data_bureau")),
    rung(3, "yellow_card", days_past_due=1, answer_within=limit(1)),
    rung(4, "red_card", days_past_due=3, supervision_order=True),
    rung(5, "referral", days_past_due=5, human_decides=True),
)

EXEMPTION = Exemption(when=text("only to be filed"), source="HP")

STEPS = (
    step("A01", promised=2, materials=(material("form"), material("plan"))),
    step(
        "A02",
        "A01",
        promised=10,
        lead="review",
        consulted=("desk",),
        modes=(STANDARD, COMMITTED, TOLERANT),
        pre_review=True,
        materials=(
            material("drawing"),
            material("pipeline", 10),
            material("survey", 30, DAYS),
            material("opinion", 5),
            material("photo", 5),
        ),
        stops=(StopReason.EXPERT_REVIEW, StopReason.PUBLICITY),
        statutory=(
            statute(20),
            statute(60, DAYS, case=text("for a report")),
            statute(10, at_least=True),
            statute(15, part=text("notice")),
            statute(3, LimitUnit.MONTHS),
        ),
    ),
    step(
        "A03",
        "A01",
        promised=7,
        modes=(STANDARD, COMMITTED, TOLERANT, EXEMPT),
        exemption=EXEMPTION,
        # A later edit made a material of a red-line step curable: the red line must hold.
        never_tolerable=True,
        materials=(material("report"), material("annex", 10)),
    ),
    step("A04", "A01", promised=3, ex_officio=True, stops=(StopReason.HEARING,)),
    step("A05", "A02", promised=3, conversion_gate=True, materials=(material("award"),)),
    step("A06", "A02", lead="enterprise", applicant_owned=True),
    step("A07", "A06", modes=(STANDARD, COMMITTED)),
    step(
        "A08",
        "A03",
        "A05",
        "A07",
        promised=3,
        modes=(STANDARD, TOLERANT),
        materials=(material("file"), material("wages", 15)),
        phases=(Phase(id="A", name=text("pit")), Phase(id="B", name=text("frame"))),
    ),
    step("A09", "A08.A", promised=1),
    step("A10", "A01", promised=limit(8, HOURS), stops=(StopReason.INSPECTION,)),
    step("A11", "A01", promised=limit(30, DAYS)),
)


@cache
def small_definition() -> ChainDefinition:
    """Eleven steps that have one of everything."""
    names = ("desk", "review", "enterprise")
    return ChainDefinition(
        id="small",
        version="1.0.0",
        name=text("a small chain"),
        workflow_type="Small",
        departments=tuple(Department(id=n, name=text(n), short=text(n)) for n in names),
        stages=(Stage(id="one", name=text("one"), lead="desk"),),
        steps=STEPS,
        routes=(
            Route(
                id="main",
                name=text("main"),
                steps=("A01", "A02", "A05", "A08", "A09"),
                working_days=19,
                source="P",
            ),
        ),
        windows=Windows(
            acceptance=limit(5, provenance="statutory"),
            commitment_verification=limit(60, DAYS, "default"),
            rectification=limit(10, provenance="default"),
            max_tolerated_materials=3,
            max_tolerated_source="P",
            cure_extension_percent=50,
            cure_extension_source="P",
        ),
        ladder=LADDER,
    )
