"""Who is told what: from an event and the chain's facts to notices (通知).

The rules are data (`catalogue/notices/`). An event whose type no rule names plans nothing, so that
new kinds of events need nothing here; a rule for one is a line of data. Whoever acts is not told of
their own act. Recipients are addresses (`addressing`), not people: `store.recipients` finds who
that is today.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple, Self

from pydantic import Field, model_validator

from groundwork.domain.addressing import GROUPS, MOVED, Address, addresses, lead, moved_terms
from groundwork.domain.base import Frozen
from groundwork.domain.calendar import Calendar, local_date
from groundwork.domain.definition import ChainDefinition, Provenance, Text
from groundwork.domain.events import Term
from groundwork.domain.model import Chain, Role
from groundwork.domain.rules import Rules

PLACEHOLDERS: Final = frozenset(
    {
        *("project", "code", "step", "department", "due", "left", "rung", "answer", "link"),
        *("name", "count", "unit", "into", "gate", "terms"),
    }
)

_WEEKDAYS: Final = ("一", "二", "三", "四", "五", "六", "日")
_GAP: Final = re.compile(r"\{([^{}]*)\}")
_CLAUSE: Final = re.compile(r"\[([^\[\]]*)\]")
_NOTHING: Final = "—"
_NONE: Final = Text(zh=_NOTHING, en=_NOTHING)


class Source(Frozen):
    """Where a rule comes from."""

    provenance: Provenance
    text: str = Field(min_length=1)


class NoticeRule(Frozen):
    """Which event tells whom, in which words.

    A clause in brackets, such as `[, due: {due}]`, is left out where nothing stands in its gaps.
    `when` narrows it to events whose fields have these values; a field that is not there counts as
    false. `occasion` is that of the credit check the event is about. An `urgent` notice is sent at
    once to those who prefer digests too; quiet hours hold all the same.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    event: str
    when: dict[str, str | bool] = Field(default_factory=dict)
    tell: tuple[str, ...] = Field(min_length=1)
    urgent: bool = False
    title: Text
    body: Text
    source: str

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        strange = set(self.tell) - {role.value for role in Role} - GROUPS
        if strange:
            raise ValueError(f"rule {self.id}: tell: no role {', '.join(sorted(strange))}")
        _check_gaps(self.id, self.title, self.body)
        return self

    def fits(self, event: Mapping[str, Any]) -> bool:
        """Whether the rule is about this event."""
        return event.get("type") == self.event and all(
            event.get(name, False) == value for name, value in self.when.items()
        )


class DigestRule(Frozen):
    """When a digest goes out, on the clock of Asia/Shanghai, and its words."""

    at: time
    title: Text
    news: Text
    due: Text
    due_within: int = Field(ge=0)
    """Deadlines within so many working days are listed."""
    source: str


class NoticeBook(Frozen):
    """One version of the rules of notices."""

    id: str
    version: str
    sources: dict[str, Source]
    rules: tuple[NoticeRule, ...]
    digests: dict[str, DigestRule]

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        ids = [rule.id for rule in self.rules]
        if len(ids) != len(set(ids)):
            raise ValueError("rules: two of them have the same id")
        named = [(rule.id, rule.source) for rule in self.rules]
        named += [(name, digest.source) for name, digest in self.digests.items()]
        for owner, source in named:
            if source not in self.sources:
                raise ValueError(f"{owner}: source: no source {source}")
        return self

    def rule(self, rule_id: str) -> NoticeRule:
        """The rule of that id. Raises KeyError."""
        return next(rule for rule in self.rules if rule.id == rule_id)


class Notice(Frozen):
    """What is to be told to whom, in both languages."""

    rule: str
    to: tuple[Address, ...]
    urgent: bool
    title: Text
    body: Text
    step: str | None = None
    department: str | None = None
    due_on: date | None = None


class Setting(NamedTuple):
    """What a plan needs besides event and chain."""

    project_name: str
    link: str
    today: date


def plan(
    book: NoticeBook, event: Mapping[str, Any], chain: Chain, rules: Rules, setting: Setting
) -> tuple[Notice, ...]:
    """The notices of one recorded event, given as its body; none for an event nobody is told of."""
    known = _with_occasion(event, chain)
    moved = moved_terms(event)
    fitting = [
        rule for rule in book.rules if rule.fits(known) and (moved or MOVED not in rule.tell)
    ]
    if not fitting:
        return ()
    step = _step_of(event, chain)
    gaps = _gaps(event, chain, rules, setting, step)
    return tuple(
        Notice(
            rule=rule.id,
            to=addresses(rule.tell, event, chain, rules.definition, step),
            urgent=rule.urgent,
            title=fill(rule.title, gaps),
            body=fill(rule.body, gaps),
            step=step,
            department=lead(rules.definition, step),
            due_on=_due_on(event, chain, step),
        )
        for rule in fitting
    )


def _gaps(
    event: Mapping[str, Any],
    chain: Chain,
    rules: Rules,
    setting: Setting,
    step: str | None,
) -> dict[str, Text]:
    definition, moved = rules.definition, moved_terms(event)
    department, due_on = lead(definition, step), _due_on(event, chain, step)
    calendar = rules.calendar.of(department)
    return {
        "project": _same(setting.project_name),
        "code": _same(chain.launch.project_code),
        "step": step_name(definition, step) if step else definition.name,
        "department": _department_name(definition, department),
        "due": day(due_on) if due_on else _NONE,
        "left": left(calendar, setting.today, due_on) if due_on else _NONE,
        "rung": _rung_name(definition, event, chain),
        "answer": _answer_by(event, chain),
        "unit": _unit_name(definition, event, chain, "unit"),
        "into": _unit_name(definition, event, chain, "into"),
        "gate": _gate_name(definition, event),
        "terms": _term_list(definition, moved),
        "count": _same(str(len(moved))),
        "link": _same(setting.link),
        "name": definition.name,
    }


def of_our_own(book: NoticeBook, rule_id: str, **gaps: str) -> Notice:
    """A notice that Groundwork itself gives rise to, such as of a channel that went dead."""
    rule = book.rule(rule_id)
    known = {name: _same(value) for name, value in gaps.items()}
    return Notice(
        rule=rule.id,
        to=tuple(Address(role=Role(role)) for role in rule.tell),
        urgent=rule.urgent,
        title=fill(rule.title, known),
        body=fill(rule.body, known),
    )


def fill(template: Text, gaps: Mapping[str, Text]) -> Text:
    """The template with its gaps filled and without clauses that say nothing, in both languages."""
    return Text(
        zh=_filled(template.zh, {name: text.zh for name, text in gaps.items()}),
        en=_filled(template.en, {name: text.en for name, text in gaps.items()}),
    )


def day(on: date) -> Text:
    """A date with its weekday."""
    return Text(
        zh=f"{on.year}年{on.month}月{on.day}日（周{_WEEKDAYS[on.weekday()]}）",
        en=f"{on:%a} {on.day} {on:%b} {on.year}",
    )


def left(calendar: Calendar, today: date, due_on: date) -> Text:
    """How many working days are left until the end of the due date, or how many it is past."""
    days = calendar.count_working_days(today, due_on)
    if due_on == today:
        return Text(zh="今日到期", en="due today")
    if due_on < today:
        return Text(zh=f"已超期{-days}个工作日", en=f"overdue by {_days(-days)}")
    return Text(zh=f"还剩{days}个工作日", en=f"{_days(days)} left")


def step_name(definition: ChainDefinition, key: str) -> Text:
    """What a step is called, with its key; the key alone when a later definition added it."""
    try:
        step = definition.step(key)
    except KeyError:
        return _same(key)
    phase_id = key.partition(".")[2]
    phase = next((one.name for one in step.phases if one.id == phase_id), None)
    zh = step.name.zh + (f"·{phase.zh}" if phase else "")
    en = step.name.en + (f": {phase.en}" if phase else "")
    return Text(zh=f"{key} {zh}", en=f"{key} {en}")


def last_day(moment: datetime) -> date:
    """The last local date that lies wholly or partly before an instant that is too late."""
    return local_date(moment - timedelta(microseconds=1))


def _with_occasion(event: Mapping[str, Any], chain: Chain) -> Mapping[str, Any]:
    check = chain.checks.get(str(event.get("check")))
    return {**event, "occasion": check.occasion.value} if check else event


def _step_of(event: Mapping[str, Any], chain: Chain) -> str | None:
    if isinstance(step := event.get("step"), str):
        return step
    if (check := chain.checks.get(str(event.get("check")))) is not None:
        return check.step
    if (filing := chain.filings.get(str(event.get("report")))) is not None:
        return _step_of_record(filing.report.record.id, chain)
    if (deficiency := chain.deficiencies.get(str(event.get("deficiency")))) is not None:
        return deficiency.step
    if (commitment := chain.commitments.get(str(event.get("commitment")))) is not None:
        return commitment.step
    escalation = chain.escalations.get(str(event.get("escalation")))
    return escalation.step if escalation else None


def _step_of_record(record: str, chain: Chain) -> str | None:
    """A record's id is its promise's, numbered when that was broken more than once."""
    promise = record.rpartition("/")[2]
    for known in (promise, promise.rpartition("-")[0]):
        part = chain.commitments.get(known) or chain.deficiencies.get(known)
        if part is not None:
            return part.step
    return None


def _due_on(event: Mapping[str, Any], chain: Chain, step: str | None) -> date | None:
    for field in ("cure_by", "due_on", "reply_on", "visit_on"):
        if isinstance(given := event.get(field), str):
            return date.fromisoformat(given)
    if isinstance(accept_by := event.get("accept_by"), str):
        return last_day(datetime.fromisoformat(accept_by))
    if (deficiency := chain.deficiencies.get(str(event.get("deficiency")))) is not None:
        return deficiency.cure_by
    if (commitment := chain.commitments.get(str(event.get("commitment")))) is not None:
        return commitment.due_on
    known = chain.steps.get(step) if step else None
    return known.due_on if known else None


def _department_name(definition: ChainDefinition, department: str | None) -> Text:
    try:
        return definition.department(department).name if department else _NONE
    except KeyError:
        return _same(department or _NOTHING)


def _rung_name(definition: ChainDefinition, event: Mapping[str, Any], chain: Chain) -> Text:
    escalation = chain.escalations.get(str(event.get("escalation")))
    meant = event.get("rung") or (escalation.rung if escalation else None)
    return next((rung.name for rung in definition.rungs if rung.id == meant), _NONE)


def _answer_by(event: Mapping[str, Any], chain: Chain) -> Text:
    escalation = chain.escalations.get(str(event.get("escalation")))
    if isinstance(given := event.get("answer_by"), str):
        return day(date.fromisoformat(given))
    return day(escalation.answer_by) if escalation and escalation.answer_by else _NONE


def _unit_name(
    definition: ChainDefinition, event: Mapping[str, Any], chain: Chain, field: str
) -> Text:
    """What a unit is called, or the phase of a step that the event speaks of as one."""
    key = event.get(field)
    if not isinstance(key, str):
        return _NONE
    if isinstance(of := event.get("of"), str):
        return step_name(definition, f"{of}.{key}")
    return _same(chain.units[key].name if key in chain.units else key)


def _gate_name(definition: ChainDefinition, event: Mapping[str, Any]) -> Text:
    return next((one.name for one in definition.gates if one.id == event.get("gate")), _NONE)


def _term_list(definition: ChainDefinition, terms: Sequence[Term]) -> Text:
    names = [step_name(definition, one.step) for one in terms]
    days = [(day(one.before), day(one.after)) for one in terms]
    pairs = list(zip(names, days, strict=True))
    return Text(
        zh="\n".join(f"· {name.zh}：{old.zh} → {new.zh}" for name, (old, new) in pairs) or _NOTHING,
        en="\n".join(f"· {name.en}: {old.en} → {new.en}" for name, (old, new) in pairs) or _NOTHING,
    )


def _filled(template: str, gaps: Mapping[str, str]) -> str:
    def clause(found: re.Match[str]) -> str:
        known = all(gaps[name] != _NOTHING for name in _GAP.findall(found[1]))
        return found[1] if known else ""

    return _CLAUSE.sub(clause, template).format_map(gaps)


def _check_gaps(owner: str, *texts: Text) -> None:
    for text in texts:
        for wording in (text.zh, text.en):
            if set("[]") & set(_CLAUSE.sub("", wording)):
                raise ValueError(f"rule {owner}: brackets do not pair, or lie in each other")
            if strange := set(_GAP.findall(wording)) - PLACEHOLDERS:
                raise ValueError(f"rule {owner}: no placeholder {', '.join(sorted(strange))}")


def _days(count: int) -> str:
    return "1 working day" if count == 1 else f"{count} working days"


def _same(text: str) -> Text:
    return Text(zh=text, en=text)
