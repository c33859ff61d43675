"""Reads what is done in a script: the names it may use, and one action after the other."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from groundwork.catalogue.mistakes import NOTHING, FieldPath, Said
from groundwork.catalogue.shape import suggestion
from groundwork.catalogue.source import Document
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.model import Role
from groundwork.rehearsal.moments import Kind, When, parse, words_of
from groundwork.rehearsal.script import (
    COMMANDS,
    Action,
    Days,
    all_materials,
    department_of,
    subject_field,
    usual_actor,
)

LONGEST: Final = timedelta(days=10 * 365 + 3)
"""A script may take ten years: no chain does, and a mistyped year is noticed."""

_RESERVED: Final = frozenset({"when", "do", "by"})
_DISTANCE: Final = re.compile(r"\+?\s*(\d{1,3})\s*(wd|cd)")
_ALL_BUT: Final = re.compile(r"all\s+but\s+(.+)")
_AGAIN: Final = re.compile(r"-r?[1-9]\d*$")
_SAMPLES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "decide": {"result": "pass"},
        "draft_commitment": {"obligations": ["-"]},
        "sign_commitment": {"obligations": ["-"]},
        "verify_commitment": {"outcome": "fulfilled"},
    }
)
"""What stands in, while a script is read, for fields that are filled in when it is played."""
_SAMPLE_DAY: Final = "2000-01-01"
_WHEN_REMEDY: Final = Said(
    "请写日期（2025-09-01 14:30）、事件（L04 ready）或事件后若干天（3 wd after L04 accepted）。",
    "Write a date (2025-09-01 14:30), a happening (L04 ready) or a time after one "
    "(3 wd after L04 accepted; cd: calendar days, h: hours).",
)


class Names:
    """What a script on a chain can refer to."""

    def __init__(
        self,
        definition: ChainDefinition,
        keys: Iterable[str],
        start: date | None,
        units: Iterable[str] = (),
    ) -> None:
        """`start` is the day of the launch: nothing can be done before it."""
        self.definition = definition
        self.keys = tuple(keys)
        self.start = start
        self._rungs = [rung.id for rung in definition.rungs]
        self._gates = [f"{gate.id.replace('-', '_')}_open" for gate in definition.gates]
        self._kinds: dict[str, Kind] = {Kind.CHAIN.value: Kind.CHAIN}
        self._kinds |= dict.fromkeys(units, Kind.UNIT)
        for key in self.keys:
            self._kinds[key] = Kind.STEP
            self._kinds[f"{key}-commitment"] = Kind.COMMITMENT
            for material in definition.step(key).materials:
                if material.cure is not None:
                    self._kinds[f"{key}-{material.id}"] = Kind.DEFICIENCY
            for rung in self._rungs:
                self._kinds[f"{key}-{rung}"] = Kind.ESCALATION

    def kind(self, subject: str) -> Kind | None:
        """What a name stands for; a number at its end means a later one of the same name."""
        return self._kinds.get(subject) or self._kinds.get(_AGAIN.sub("", subject))

    def step_of(self, subject: str) -> str | None:
        """The step that a subject belongs to; None for the chain."""
        return max((key for key in self.keys if _belongs(subject, key)), key=len, default=None)

    def check_step(self, document: Document, path: FieldPath, key: str) -> bool:
        """Whether the chain has the step; reported if not."""
        if key in self.keys:
            return True
        wrong = Said(f"链条中没有环节“{key}”。", f'The chain has no step "{key}".')
        document.report(path, wrong, suggestion(key, self.keys), key=True)
        return False

    def check_subject(self, document: Document, path: FieldPath, name: str, kind: Kind) -> bool:
        """Whether the name stands for something of that kind; reported if not."""
        if self.kind(name) is kind:
            return True
        wrong = Said(f"没有“{name}”。", f'There is no {kind.value} "{name}".')
        document.report(path, wrong, suggestion(name, self.of_kind(kind)))
        return False

    def of_kind(self, kind: Kind) -> list[str]:
        """Every name of that kind."""
        return [name for name, known in self._kinds.items() if known is kind]

    def when(self, document: Document, path: FieldPath, text: str) -> When | None:
        """A point in time, or None if it is not well written or refers to nothing; reported."""
        try:
            when = parse(text)
        except ValueError:
            wrong = Said(f"看不懂时间“{text}”。", f'"{text}" is no point in time.')
            document.report(path, wrong, _WHEN_REMEDY)
            return None
        if when.on is not None:
            return when if self.covers(document, path, when.on) else None
        kind = self.kind(when.subject)
        if kind is None:
            wrong = Said(f"没有“{when.subject}”。", f'There is no "{when.subject}".')
            document.report(path, wrong, suggestion(when.subject, self._kinds))
            return None
        special = {Kind.STEP: self._rungs, Kind.UNIT: self._gates}
        words = {*words_of(kind), *special.get(kind, ())}
        if when.word not in words:
            wrong = Said(
                f"“{when.subject}”不会“{when.word}”。",
                f'"{when.word}" is nothing that happens to {when.subject}.',
            )
            document.report(path, wrong, suggestion(when.word, words))
            return None
        return when

    def covers(self, document: Document, path: FieldPath, on: date) -> bool:
        """Whether a date lies within the years that a script may take; reported if not."""
        if self.start is None or timedelta(0) <= on - self.start <= LONGEST:
            return True
        wrong = Said(
            f"{on} 不在启动日 {self.start} 之后的 {LONGEST.days // 365} 年内。",
            f"{on} is not within {LONGEST.days // 365} years of the start, {self.start}.",
        )
        remedy = Said("请修改日期或 start。", "Correct the date or the start.")
        document.report(path, wrong, remedy)
        return False


def _belongs(subject: str, key: str) -> bool:
    return subject == key or subject.startswith(f"{key}-")


class ActionReader:
    """Turns entries of a script into actions."""

    def __init__(self, document: Document, definition: ChainDefinition, names: Names) -> None:
        self.document = document
        self.definition = definition
        self.names = names

    def plain(self, verb: str, step: str, when: When, line: int) -> Action:
        """The usual person doing the usual thing on a step."""
        role = usual_actor(verb, step, self.definition)
        department = department_of(role, verb, step, self.definition)
        return Action(when=when, verb=verb, subject=step, by=role, department=department, line=line)

    def read(self, path: FieldPath, entry: Mapping[str, Any], line: int) -> Action | None:
        """The action of an entry, or None when something is wrong with it; reported."""
        before = len(self.document.mistakes)
        done = self._done((*path, "do"), entry.get("do"))
        when = self._when(path, entry.get("when"))
        if done is None or when is None:
            return None
        verb, subject = done
        step = self.names.step_of(subject)
        role, department = self._actor((*path, "by"), entry.get("by"), verb, step)
        given = {name: value for name, value in entry.items() if name not in _RESERVED}
        fields = self._fields(path, verb, subject, given)
        if len(self.document.mistakes) > before:
            return None
        return Action(
            when=when,
            verb=verb,
            subject=subject,
            by=role,
            department=department,
            fields=fields,
            line=line,
        )

    def _when(self, path: FieldPath, text: Any) -> When | None:
        if text is None:
            self._missing(path, "when", _WHEN_REMEDY)
            return None
        return self.names.when(self.document, (*path, "when"), str(text))

    def _missing(self, path: FieldPath, field: str, remedy: Said) -> None:
        wrong = Said(f"缺少字段“{field}”。", f'The field "{field}" is missing.')
        self.document.report((*path, field), wrong, remedy)

    def _done(self, path: FieldPath, text: Any) -> tuple[str, str] | None:
        """The verb and what it is about."""
        if not isinstance(text, str) or not text.strip():
            remedy = Said("例如 do: decide L04。", "For example do: decide L04.")
            self._missing(path[:-1], "do", remedy)
            return None
        verb, _, subject = text.strip().partition(" ")
        subject = subject.strip()
        if verb not in COMMANDS:
            wrong = Said(f"没有动作“{verb}”。", f'There is no action "{verb}".')
            self.document.report(path, wrong, suggestion(verb, COMMANDS))
            return None
        field = subject_field(COMMANDS[verb])
        if field is None:
            if subject:
                wrong = Said(f"{verb} 针对整个链条。", f"{verb} is about the whole chain.")
                remedy = Said(f"请只写 {verb}。", f"Write {verb} alone.")
                self.document.report(path, wrong, remedy)
                return None
            return verb, ""
        # A unit may be one that the action itself adds; the core knows those that there are.
        known = field == "unit" or self.names.check_subject(
            self.document, path, subject, Kind(field)
        )
        return (verb, subject) if known else None

    def _actor(
        self, path: FieldPath, text: Any, verb: str, step: str | None
    ) -> tuple[Role, str | None]:
        """Who acts: `director`, or `officer@water` for another department's."""
        usual = usual_actor(verb, step, self.definition)
        if text is None:
            return usual, department_of(usual, verb, step, self.definition)
        name, _, department = str(text).partition("@")
        roles = [role.value for role in Role if role is not Role.SYSTEM]
        if name not in roles:
            wrong = Said(f"没有角色“{name}”。", f'There is no role "{name}".')
            self.document.report(path, wrong, suggestion(name, roles))
            return usual, None
        known = [one.id for one in self.definition.departments]
        if department and department not in known:
            wrong = Said(f"没有部门“{department}”。", f'There is no department "{department}".')
            self.document.report(path, wrong, suggestion(department, known))
        role = Role(name)
        return role, department or department_of(role, verb, step, self.definition)

    def _fields(
        self, path: FieldPath, verb: str, subject: str, given: dict[str, Any]
    ) -> dict[str, Any]:
        """The command's fields as written, checked as far as they can be before it is played."""
        kind = COMMANDS[verb]
        own = set(kind.model_fields) - {"type", subject_field(kind)}
        for name in given.keys() - own:
            wrong = Said(f"{verb} 没有字段“{name}”。", f'{verb} has no field "{name}".')
            self.document.report((*path, name), wrong, suggestion(name, own), key=True)
        fields = {
            name: self._value((*path, name), kind.model_fields[name], subject, value)
            for name, value in given.items()
            if name in own
        }
        sample = {**_SAMPLES.get(verb, {}), "type": verb}
        if (field := subject_field(kind)) is not None:
            sample[field] = subject
        for name, value in fields.items():
            sample[name] = _SAMPLE_DAY if isinstance(value, Days) else value
        try:
            kind.model_validate(sample)
        except ValidationError as error:
            for mistake in error.errors(include_url=False):
                self._explain(path, mistake)
        return fields

    def _value(self, path: FieldPath, field: FieldInfo, subject: str, value: Any) -> Any:
        """A field's value: a distance for a date, the ids of materials, or as it is written."""
        if path[-1] in {"materials", "promised"}:
            return self._materials(path, subject, value)
        distance = _DISTANCE.fullmatch(value.strip()) if isinstance(value, str) else None
        if field.annotation is date and distance is not None:
            return Days(count=int(distance[1]), unit=distance[2])
        return value

    def _materials(self, path: FieldPath, step: str, value: Any) -> tuple[str, ...]:
        """`all`, `none`, `all but X, Y`, or a list of ids."""
        known = all_materials(step, self.definition)
        if isinstance(value, list):
            return self._known(path, tuple(str(one) for one in value), known)
        words = str(value).strip()
        if words in {"all", "none"}:
            return known if words == "all" else ()
        if (found := _ALL_BUT.fullmatch(words)) is not None:
            without = tuple(one.strip() for one in found[1].split(","))
            self._known(path, without, known)
            return all_materials(step, self.definition, but=without)
        wrong = Said(f"看不懂材料“{words}”。", f'"{words}" is no list of materials.')
        remedy = Said(
            "请写 all、none、all but X，或 [X, Y]。", "Write all, none, all but X, or [X, Y]."
        )
        self.document.report(path, wrong, remedy)
        return ()

    def _known(
        self, path: FieldPath, wanted: tuple[str, ...], known: tuple[str, ...]
    ) -> tuple[str, ...]:
        for material in wanted:
            if material not in known:
                wrong = Said(f"没有材料“{material}”。", f'There is no material "{material}".')
                self.document.report(path, wrong, suggestion(material, known))
        return wanted

    def _explain(self, path: FieldPath, mistake: ErrorDetails) -> None:
        """What pydantic found wrong with a field of a command."""
        field = str(mistake["loc"][0]) if mistake["loc"] else ""
        if mistake["type"] == "missing":
            self._missing(path, field, Said("请补上。", "Add it."))
            return
        choices = str(mistake.get("ctx", {}).get("expected", "")).split("'")[1::2]
        wrong = Said(
            f"字段“{field}”的值“{mistake['input']}”不对。",
            f'"{mistake["input"]}" is no value for {field}: {mistake["msg"].lower()}.',
        )
        remedy = suggestion(str(mistake["input"]), choices) if choices else NOTHING
        self.document.report((*path, field), wrong, remedy)
