"""Units with their gates, consultations and credit look-ups, in the caller's language."""

from typing import Any, Final

from groundwork.api.languages import Language, said
from groundwork.domain.definition import ChainDefinition, StepDefinition, Text
from groundwork.domain.facts import Consultation, CreditCheck, Unit
from groundwork.domain.gates import GateStatus, gates_of
from groundwork.domain.model import Chain, Step
from groundwork.domain.names import OPINIONS
from groundwork.domain.rules import Rules

Json = dict[str, Any]

_WAITING: Final = Text(zh="等待信用核查", en="waiting for credit")
_UNKNOWN: Final = Text(
    zh="查询已由运维跳过，信用未知：须重新核查，或按一般方式办理",
    en="operations skipped the look-up, so credit is unknown: look it up again, or handle as usual",
)


def department_view(definition: ChainDefinition, department: str, language: Language) -> Json:
    """A department with its names."""
    one = definition.department(department)
    return {"id": one.id, "name": said(one.name, language), "short": said(one.short, language)}


def units_view(rules: Rules, chain: Chain, language: Language) -> list[Json]:
    """The units of a chain with their gates, merged and dropped ones included."""
    return [
        {
            "id": unit.id,
            "name": unit.name,
            "state": unit.state,
            "into": unit.into,
            "equipment": unit.equipment,
            "without_equipment": unit.without_equipment,
            "gates": gates_view(rules, chain, unit, language),
        }
        for unit in chain.units.values()
    ]


def gates_view(rules: Rules, chain: Chain, unit: Unit, language: Language) -> list[Json]:
    """The gates of a unit with every condition; one that left the chain has none."""
    if not unit.active:
        return []
    return [_gate(one, rules.definition, language) for one in gates_of(rules, chain, unit)]


def _gate(gate: GateStatus, definition: ChainDefinition, language: Language) -> Json:
    return {
        "id": gate.id,
        "name": said(gate.name, language),
        "permits": said(gate.permits, language),
        "unit": gate.unit,
        "open": gate.open,
        "missing": [one.id for one in gate.missing],
        "conditions": [
            {
                "id": one.id,
                "name": said(one.name, language),
                "met": one.met,
                "why": said(one.why, language),
                "steps": one.steps,
                "holder": department_view(definition, one.holder, language) if one.holder else None,
                "waiting_on": one.waiting_on,
                "source": one.source,
            }
            for one in gate.conditions
        ],
    }


def consultation_view(step: Step, definition: ChainDefinition, language: Language) -> Json | None:
    """The present round of consultation on a step: who was asked, who said what, by when."""
    round_ = step.consultation
    if round_ is None:
        return None
    return {
        "round": round_.round,
        "opened_at": round_.opened_at,
        "reply_by": round_.reply_on,
        "provisional": round_.provisional,
        "opinions": list(_opinions(round_, definition.step(step.key), definition, language)),
        "pending": round_.pending,
        "against": round_.against,
        "visit_on": round_.visit_on,
        "visited_on": round_.visited_on,
        "visited_by": round_.visited_by,
    }


def _opinions(
    round_: Consultation, step: StepDefinition, definition: ChainDefinition, language: Language
) -> list[Json]:
    return [
        {
            "department": department_view(definition, department, language),
            "asked": department in round_.departments,
            "opinion": opinion.kind if opinion else None,
            "opinion_name": said(OPINIONS[opinion.kind], language) if opinion else None,
            "text": opinion.text if opinion else "",
            "at": opinion.at if opinion else None,
        }
        for department in step.consulted
        for opinion in (round_.opinions.get(department),)
    ]


def _note(check: CreditCheck, language: Language) -> str | None:
    if check.pending:
        return said(_WAITING, language)
    return said(_UNKNOWN, language) if check.skipped_at is not None else None


def checks_view(chain: Chain, language: Language) -> list[Json]:
    """The credit look-ups of a chain; those that it waits for say so."""
    return [
        one.model_dump(exclude={"grounds"})
        | {
            "skipped_at": one.skipped_at,
            "grounds": list(
                dict.fromkeys(
                    said(ground, language) for told in one.grounds.values() for ground in told
                )
            ),
            "pending": one.pending,
            "note": _note(one, language),
        }
        for one in chain.checks.values()
    ]


def carried_view(chain: Chain, definition: ChainDefinition, language: Language) -> list[Json]:
    """The documents that come from the chain before, by the material they stand for."""
    return [
        {
            "material": material.id,
            "material_name": said(material.name, language),
            "step": step.id,
            "document": chain.launch.carried[material.id],
        }
        for step in definition.steps
        for material in step.materials
        if material.id in chain.launch.carried
    ]
