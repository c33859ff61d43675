"""Two small chains: a site that is licensed in phases, and halls that are built on it and used."""

from typing import Any

from groundwork.domain.definition import (
    BreachKind,
    ChainDefinition,
    ConditionKind,
    Consequence,
    Department,
    Gate,
    GateCondition,
    JointTerms,
    Material,
    Mode,
    Phase,
    PromiseTerms,
    Stage,
    Text,
    UnitTerms,
    VisitTerms,
)
from groundwork.domain.facts import UnitChoice
from tests.api.house import PARK, REFORM, House
from tests.domain.small import DAYS, limit, small_definition, step

HALLS = (UnitChoice(id="B1", name="1号厂房"), UnitChoice(id="B2", name="2号厂房"))
UNITS = [one.model_dump() for one in HALLS]


def text(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


_DEPARTMENTS = (
    Department(id=PARK, name=text("园区管委会", "Park committee"), short=text("园区", "Park")),
    Department(id=REFORM, name=text("发展和改革局", "Reform"), short=text("发改局", "Reform")),
)
_STAGES = (Stage(id="one", name=text("一", "one"), lead=PARK),)


def _definition(facts: dict[str, Any]) -> ChainDefinition:
    """The small chain with other facts; made anew, for a copy would keep what it looked up."""
    return ChainDefinition(**{**dict(small_definition()), **facts})


def site() -> ChainDefinition:
    """One step, which may be licensed in two phases; decided as soon as somebody likes."""
    return _definition(
        {
            "id": "test-site",
            "name": text("试验场地", "Test site"),
            "workflow_type": "LandToConstruction",
            "departments": _DEPARTMENTS,
            "stages": _STAGES,
            "routes": (),
            "steps": (
                step(
                    "S01",
                    lead=PARK,
                    ex_officio=True,
                    name=text("施工许可", "Construction licence"),
                    phases=(
                        Phase(id="A", name=text("基坑", "Pit")),
                        Phase(id="B", name=text("主体", "Frame")),
                    ),
                ),
            ),
        }
    )


def halls() -> ChainDefinition:
    """The chain after it: a plan of the halls, joint acceptance of each, and a gate to its use."""
    return _definition(
        {
            "id": "test-halls",
            "name": text("试验厂房", "Test halls"),
            "workflow_type": "CompletionToProduction",
            "follows": "test-site",
            "departments": _DEPARTMENTS,
            "stages": _STAGES,
            "routes": (),
            "steps": (
                step(
                    "H01",
                    lead=PARK,
                    ex_officio=True,
                    confirms_units=True,
                    name=text("验收计划", "Plan"),
                    materials=(
                        Material(
                            id="licence",
                            name=text("施工许可证", "Licence"),
                            output_of="test-site/S01",
                        ),
                    ),
                ),
                step(
                    "H02",
                    "H01",
                    promised=10,
                    lead=PARK,
                    consulted=(REFORM,),
                    per_unit=True,
                    joint=True,
                    name=text("竣工验收", "Acceptance"),
                    modes=(Mode.STANDARD, Mode.DEFICIENCY_TOLERANT),
                    materials=(
                        Material(id="form", name=text("申请表", "Form")),
                        Material(
                            id="drawing", name=text("=竣工图", "=Drawing"), cure=limit(20, DAYS)
                        ),
                    ),
                ),
                step(
                    "H03",
                    "H01",
                    promised=5,
                    lead=REFORM,
                    name=text("投产备案", "Filing"),
                    modes=(Mode.COMMITMENT, Mode.STANDARD),
                ),
            ),
            "promises": PromiseTerms(
                undertakings=(text("属实", "true"),),
                undertakings_source="P",
                reminders_source="P",
                verification=limit(60, DAYS),
                officers=1,
                officers_source="P",
                publication=limit(5),
                consequences=dict.fromkeys(BreachKind, Consequence.RECHECK),
                consequences_source="P",
            ),
            "joint": JointTerms(
                reply=limit(3),
                reinspection=limit(3),
                silence_source="P",
                visit=VisitTerms(officers=2, source="P"),
            ),
            "units": UnitTerms(name=text("厂房", "hall"), most=3, source="P"),
            "gates": (
                Gate(
                    id="use",
                    name=text("投用门", "Use"),
                    permits=text("可以使用", "It may be used"),
                    conditions=(
                        GateCondition(
                            id="accepted",
                            name=text("已验收", "Accepted"),
                            kind=ConditionKind.STEP,
                            step="H02",
                            source="P",
                        ),
                        GateCondition(
                            id="equipment",
                            name=text("特种设备", "Equipment"),
                            kind=ConditionKind.EQUIPMENT,
                            holder=PARK,
                            source="P",
                        ),
                    ),
                    closes_chain=True,
                ),
            ),
        }
    )


async def consulted(house: House) -> str:
    """A running chain of two halls, the first of which is handed in for joint acceptance."""
    chain = await house.launch(chain="test-halls", units=UNITS)
    hall = {"step": "H02.B1"}
    for verb, fields in (
        ("decide", {"step": "H01", "result": "pass"}),
        ("receive", {**hall, "materials": ["form", "drawing"]}),
        ("accept", hall),
    ):
        response = await house.act("administrator", chain, verb, **fields)
        assert response.status_code == 200, response.text
    return chain
