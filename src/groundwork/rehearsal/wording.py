"""What happened, in a sentence, in both languages."""

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from groundwork.domain import events as ev
from groundwork.domain.definition import ChainDefinition, Mode, Text
from groundwork.domain.facts import OpinionKind
from groundwork.domain.model import Chain, DecisionResult
from groundwork.domain.names import MODES, OPINIONS, RESULTS, ROLES, UNITS
from groundwork.domain.stops import STOP_REASON_NAMES
from groundwork.rehearsal.sentences import SENTENCES, VARIATIONS


def choose(text: Text, language: str) -> str:
    """A text in `zh` or `en`."""
    return text.en if language == "en" else text.zh


def role_name(role: str, language: str) -> str:
    """A role's name; the word itself for one that a later release added."""
    return choose(ROLES[role], language) if role in ROLES else role


class Wording:
    """Sentences about the chains of one definition."""

    def __init__(self, definition: ChainDefinition) -> None:
        self.definition = definition
        self._rungs = {rung.id: rung.name for rung in definition.rungs}

    def step_name(self, key: str, chain: Chain | None = None) -> Text:
        """The name of a step, with its phase or unit if it has one, by name if it is known."""
        step = self.definition.step(key)
        part = key.partition(".")[2]
        phase = next((one.name for one in step.phases if one.id == part), None)
        if not part:
            return step.name
        if phase is None:
            unit = chain.units.get(part) if chain is not None else None
            called = unit.name if unit else part
            phase = Text(zh=called, en=called)
        return Text(zh=f"{step.name.zh}·{phase.zh}", en=f"{step.name.en}: {phase.en}")

    def material_name(self, key: str, material_id: str) -> Text:
        """The name of a step's material."""
        material = self.definition.step(key).material(material_id)
        return material.name if material else Text(zh=material_id, en=material_id)

    def step_of(self, event: ev.AnyEvent, chain: Chain) -> str | None:
        """The step that an event is about, if it is about one."""
        if isinstance(event, ev.StepEvent | ev.CreditAsked):
            return event.step
        if isinstance(event, ev.DeficiencyEvent):
            return chain.deficiencies[event.deficiency].step
        if isinstance(event, ev.CommitmentEvent):
            return chain.commitments[event.commitment].step
        if isinstance(event, ev.EscalationEvent):
            return chain.escalations[event.escalation].step
        return None

    def sentence(self, event: ev.AnyEvent, chain: Chain) -> Text:
        """What happened, with the chain as the event left it."""
        zh, en = self.happening(event, chain)
        if (key := self.step_of(event, chain)) is None:
            return Text(zh=zh, en=en)
        name = self.step_name(key, chain)
        return Text(zh=f"{key} {name.zh}：{zh}", en=f"{key} {name.en}: {en}")

    def happening(self, event: ev.AnyEvent, chain: Chain) -> tuple[str, str]:
        """The same without the step that it happened to, in Chinese and in English."""
        template = VARIATIONS.get(_variation(event, chain)) or SENTENCES[event.type]
        zh = template.zh.format_map(self._facts(event, chain, "zh"))
        en = template.en.format_map(self._facts(event, chain, "en"))
        return zh, en

    def _facts(self, event: ev.AnyEvent, chain: Chain, language: str) -> dict[str, str]:
        """What a sentence may mention, in one language."""
        facts: dict[str, Any] = {"answer": "", **dict(event)}
        if (key := self.step_of(event, chain)) is not None:
            facts["attempt"] = chain.steps[key].attempt
        if isinstance(event, ev.DeficiencyEvent):
            facts["material"] = chain.deficiencies[event.deficiency].material
        if isinstance(event, ev.EscalationEvent):
            facts["rung"] = chain.escalations[event.escalation].rung
        if isinstance(event, ev.ClockStopped):
            facts |= {"stop": event.stop.reason, "planned_end": event.stop.planned_end}
        if isinstance(event, ev.ReferralDecided):
            facts["referral"] = event.referred
        if isinstance(event, ev.OpinionGiven):
            facts["view"] = event.kind
        if isinstance(event, ev.CreditAnswered):
            facts["verdict"] = event.eligible
        if isinstance(event, ev.EquipmentRegistered):
            facts["equipment"] = event.document
        if "unit" in facts:
            facts["part"] = self._part(facts["unit"], facts.get("of"), chain)
        if "into" in facts:
            facts["into"] = self._part(facts["into"], facts.get("of"), chain)
        for name, say in self._SAYINGS.items():
            if name in facts:
                facts[name] = say(self, facts[name], key or "", language)
        return {name: str(value) for name, value in facts.items()}

    def _part(self, unit: str, of: str | None, chain: Chain) -> str:
        """A unit by id and name, or a phase with its step."""
        if of is not None:
            return f"{of}.{unit}"
        known = chain.units.get(unit)
        return f"{unit} {known.name}" if known else unit

    def _say_material(self, value: str, key: str, language: str) -> str:
        return choose(self.material_name(key, value), language)

    def _say_rung(self, value: str, _key: str, language: str) -> str:
        return choose(self._rungs[value], language) if value in self._rungs else value

    def _say_stop(self, value: Any, _key: str, language: str) -> str:
        return choose(STOP_REASON_NAMES[value], language)

    def _say_list(self, value: tuple[str, ...], _key: str, language: str) -> str:
        return ("、" if language == "zh" else ", ").join(value)

    def _say_roles(self, value: tuple[str, ...], key: str, language: str) -> str:
        return self._say_list(tuple(role_name(one, language) for one in value), key, language)

    def _say_answer(self, value: str, _key: str, language: str) -> str:
        if not value:
            return ""
        return f"：{value}" if language == "zh" else f": {value}"

    def _say_amount(self, value: int, key: str, language: str) -> str:
        unit = choose(UNITS[self.definition.step(key).extension.unit.value], language)
        return f"{value}{unit}" if language == "zh" else f"{value} {unit}"

    def _say_mode(self, value: Mode, _key: str, language: str) -> str:
        return choose(MODES[value.value], language)

    def _say_result(self, value: DecisionResult, _key: str, language: str) -> str:
        return choose(RESULTS[value.value], language)

    def _say_day(self, value: date | None, _key: str, language: str) -> str:
        return "—" if value is None else day(value, language)

    def _say_department(self, value: str, _key: str, language: str) -> str:
        names = {one.id: one.short for one in self.definition.departments}
        return choose(names[value], language) if value in names else value

    def _say_departments(self, value: tuple[str, ...], key: str, language: str) -> str:
        return self._say_list(
            tuple(self._say_department(one, key, language) for one in value), key, language
        )

    def _say_opinion(self, value: OpinionKind, _key: str, language: str) -> str:
        return choose(OPINIONS[value.value], language)

    def _say_gate(self, value: str, _key: str, language: str) -> str:
        names = {one.id: one.permits for one in self.definition.gates}
        return choose(names[value], language) if value in names else value

    def _say_verdict(self, value: bool, _key: str, language: str) -> str:
        if language == "zh":
            return "通过" if value else "未通过"
        return "eligible" if value else "not eligible"

    def _say_equipment(self, value: str, _key: str, language: str) -> str:
        return value or ("本单体没有特种设备" if language == "zh" else "none in this unit")

    def _say_referral(self, value: bool, _key: str, language: str) -> str:
        if language == "zh":
            return "决定移送" if value else "决定不移送"
        return "referred" if value else "not referred"

    _SAYINGS: Final[Mapping[str, Callable[["Wording", Any, str, str], str]]] = MappingProxyType(
        {
            "material": _say_material,
            "rung": _say_rung,
            "stop": _say_stop,
            "items": _say_list,
            "recipients": _say_roles,
            "answer": _say_answer,
            "amount": _say_amount,
            "mode": _say_mode,
            "result": _say_result,
            "due_on": _say_day,
            "cure_by": _say_day,
            "planned_end": _say_day,
            "referral": _say_referral,
            "reply_on": _say_day,
            "visit_on": _say_day,
            "visited_on": _say_day,
            "department": _say_department,
            "departments": _say_departments,
            "view": _say_opinion,
            "text": _say_answer,
            "gate": _say_gate,
            "verdict": _say_verdict,
            "equipment": _say_equipment,
        }
    )


def _variation(event: ev.AnyEvent, chain: Chain) -> str:
    """The name of a special case of an event's sentence."""
    if isinstance(event, ev.StepReceived) and chain.steps[event.step].attempt > 1:
        return "step_received_again"
    if isinstance(event, ev.StepAccepted) and event.by_silence:
        return "step_accepted_by_silence"
    if isinstance(event, ev.ClockResumed) and event.automatic:
        return "clock_resumed_automatic"
    if isinstance(event, ev.EscalationFired) and event.supervision_order:
        return "supervision_order"
    return ""


_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_WEEKDAYS_ZH: Final = "一二三四五六日"
_WEEKDAYS: Final = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def day(value: date, language: str) -> str:
    """A legal date with its weekday, without the year: 4月16日(周四), Thu 16 Apr."""
    if language == "zh":
        return f"{value.month}月{value.day}日(周{_WEEKDAYS_ZH[value.weekday()]})"
    return f"{_WEEKDAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]}"


def month(value: date, language: str, *, year: bool) -> str:
    """A month as a heading, with its year where that helps: 2026年1月, Jan 2026."""
    if language == "zh":
        return f"{value.year}年{value.month}月" if year else f"{value.month}月"
    name = _MONTHS[value.month - 1]
    return f"{name} {value.year}" if year else name
