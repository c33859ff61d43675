"""The little language in which a script says when something is done.

    2024-01-19                       on that day, at the hour usual for what is done
    2024-01-19 14:30                 at that moment
    L04 ready                        as soon as L04 is ready
    3 wd after L04 accepted          three working days later (cd: calendar days, h: hours)
    L04 due 23:30                    on the day on which L04 is due
    1 wd after L17 accepted (2)      after the second acceptance of L17

What can be referred to: a step (`L04`), a deficiency (`L16-deed-tax-receipt`), a commitment
(`L07-commitment`), an escalation (`L17-red_card`), a unit (`B1`), or `chain`. Times are
those of Asia/Shanghai.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from groundwork.domain import events as ev
from groundwork.domain.base import Frozen
from groundwork.domain.calendar import SHANGHAI, Calendar, local_date


class Kind(StrEnum):
    """What a script can refer to."""

    CHAIN = "chain"
    STEP = "step"
    DEFICIENCY = "deficiency"
    COMMITMENT = "commitment"
    ESCALATION = "escalation"
    UNIT = "unit"


HAPPENINGS: Final = MappingProxyType(
    {
        "chain_launched": (Kind.CHAIN, "launched"),
        "pre_review_converted": (Kind.CHAIN, "converted"),
        "chain_completed": (Kind.CHAIN, "completed"),
        "chain_withdrawn": (Kind.CHAIN, "withdrawn"),
        "chain_terminated": (Kind.CHAIN, "terminated"),
        "calendar_adopted": (Kind.CHAIN, "replanned"),
        "definition_adopted": (Kind.CHAIN, "replanned"),
        "step_ready": (Kind.STEP, "ready"),
        "step_received": (Kind.STEP, "received"),
        "correction_requested": (Kind.STEP, "correction_requested"),
        "correction_submitted": (Kind.STEP, "corrected"),
        "acceptance_refused": (Kind.STEP, "refused"),
        "step_accepted": (Kind.STEP, "accepted"),
        "review_begun": (Kind.STEP, "review_begun"),
        "clock_stopped": (Kind.STEP, "stopped"),
        "stop_replanned": (Kind.STEP, "stop_replanned"),
        "clock_resumed": (Kind.STEP, "resumed"),
        "limit_extended": (Kind.STEP, "extended"),
        "step_decided": (Kind.STEP, "decided"),
        "step_exempted": (Kind.STEP, "exempted"),
        "step_withdrawn": (Kind.STEP, "withdrawn"),
        "step_returned": (Kind.STEP, "returned"),
        "recheck_ordered": (Kind.STEP, "recheck_ordered"),
        "recheck_concluded": (Kind.STEP, "recheck_concluded"),
        "step_revoked": (Kind.STEP, "revoked"),
        "step_annulled": (Kind.STEP, "annulled"),
        "step_held": (Kind.STEP, "held"),
        "consultation_opened": (Kind.STEP, "consulted"),
        "opinion_given": (Kind.STEP, "opinion_given"),
        "silence_counted": (Kind.STEP, "silence_counted"),
        "site_visit_scheduled": (Kind.STEP, "visit_scheduled"),
        "site_visit_held": (Kind.STEP, "visited"),
        "site_rectification_requested": (Kind.STEP, "rectification_requested"),
        "site_rectification_submitted": (Kind.STEP, "rectified"),
        "step_assigned": (Kind.STEP, "assigned"),
        "step_reminded": (Kind.STEP, "reminded"),
        "deficiency_opened": (Kind.DEFICIENCY, "opened"),
        "cure_submitted": (Kind.DEFICIENCY, "cure_submitted"),
        "cure_confirmed": (Kind.DEFICIENCY, "cure_confirmed"),
        "cure_refused": (Kind.DEFICIENCY, "cure_refused"),
        "cure_extended": (Kind.DEFICIENCY, "cure_extended"),
        "deficiency_lapsed": (Kind.DEFICIENCY, "lapsed"),
        "commitment_drafted": (Kind.COMMITMENT, "drafted"),
        "commitment_signed": (Kind.COMMITMENT, "signed"),
        "commitment_in_force": (Kind.COMMITMENT, "in_force"),
        "commitment_refused": (Kind.COMMITMENT, "refused"),
        "performance_submitted": (Kind.COMMITMENT, "performed"),
        "commitment_due": (Kind.COMMITMENT, "expired"),
        "commitment_fulfilled": (Kind.COMMITMENT, "fulfilled"),
        "rectification_ordered": (Kind.COMMITMENT, "rectification_ordered"),
        "commitment_breached": (Kind.COMMITMENT, "breached"),
        "breach_reversed": (Kind.COMMITMENT, "breach_reversed"),
        "verification_missed": (Kind.COMMITMENT, "verification_missed"),
        "commitment_archived": (Kind.COMMITMENT, "archived"),
        "escalation_fired": (Kind.ESCALATION, "fired"),
        "escalation_acknowledged": (Kind.ESCALATION, "acknowledged"),
        "answer_overdue": (Kind.ESCALATION, "answer_overdue"),
        "escalation_appealed": (Kind.ESCALATION, "appealed"),
        "escalation_upheld": (Kind.ESCALATION, "upheld"),
        "escalation_annulled": (Kind.ESCALATION, "annulled"),
        "unit_added": (Kind.UNIT, "added"),
        "unit_dropped": (Kind.UNIT, "dropped"),
        "units_merged": (Kind.UNIT, "merged"),
        "equipment_registered": (Kind.UNIT, "equipment_registered"),
    }
)
"""By type of event: what it happens to, and the word for it in a script."""

DUE_DAYS: Final = MappingProxyType(
    {Kind.STEP: "due", Kind.DEFICIENCY: "cure_by", Kind.COMMITMENT: "due"}
)
"""The word for the day on which a limit ends; it may move."""

_FORM: Final = re.compile(
    r"(?:(?P<date>\d{4}-\d{2}-\d{2})"
    r"|(?:\+?\s*(?P<count>\d{1,3})\s*(?P<unit>wd|cd|h)\s+after\s+)?"
    r"(?P<subject>[A-Za-z][\w.-]*)\s+(?P<word>[a-z_]+)(?:\s+\((?P<nth>[1-9]\d?)\))?)"
    r"(?:\s+(?P<time>\d{1,2}:\d{2}))?"
)


class When(Frozen):
    """A point in time as a script writes it: a date, or something that happens on the way."""

    on: date | None = None
    count: int = 0
    unit: str = "wd"
    subject: str = ""
    word: str = ""
    nth: int = 1
    at: time | None = None


def parse(text: str) -> When:
    """Read a point in time. Raises ValueError when it is not written as the module describes."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no point in time")
    at = time.fromisoformat(found["time"].zfill(5)) if found["time"] else None
    if found["date"]:
        return When(on=date.fromisoformat(found["date"]), at=at)
    if found["unit"] == "h" and at is not None:
        raise ValueError("hours lead to a moment of their own: leave the time out")
    return When(
        count=int(found["count"] or 0),
        unit=found["unit"] or "wd",
        subject=found["subject"],
        word=found["word"],
        nth=int(found["nth"] or 1),
        at=at,
    )


def words_of(kind: Kind) -> frozenset[str]:
    """What a script can say of a subject of that kind, escalation rungs aside."""
    words = {word for owner, word in HAPPENINGS.values() if owner is kind}
    return frozenset(words | ({DUE_DAYS[kind]} if kind in DUE_DAYS else set()))


def moment(day: date, at: time) -> datetime:
    """A local date and time as an instant, in UTC."""
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)


class Diary:
    """What has happened so far, by the names under which a script refers to it."""

    def __init__(self) -> None:
        self._moments: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
        self._due: dict[tuple[str, str], date] = {}

    def note(self, events: Iterable[ev.AnyEvent]) -> None:
        """Enter events in their order."""
        for event in events:
            self._note(event)

    def _note(self, event: ev.AnyEvent) -> None:
        if isinstance(event, ev.GateOpened | ev.GateClosed):
            word = f"{event.gate}_{'open' if isinstance(event, ev.GateOpened) else 'closed'}"
            self._moments[event.unit, word.replace("-", "_")].append(event.at)
        if (named := HAPPENINGS.get(event.type)) is None:
            return
        kind, word = named
        subject = kind.value if kind is Kind.CHAIN else getattr(event, kind.value)
        self._moments[subject, word].append(event.at)
        if isinstance(event, ev.EscalationFired):
            self._moments[event.step, event.rung].append(event.at)
        if kind in DUE_DAYS:
            day = getattr(event, "due_on", None) or getattr(event, "cure_by", None)
            if day is not None:
                self._due[subject, DUE_DAYS[kind]] = day

    def when(self, when: When, calendar: Calendar, usual: time) -> datetime | None:
        """The instant that a script means, or None while what it refers to has not happened.

        `usual` is the time of day where the script says none.
        """
        if when.on is not None:
            return moment(when.on, when.at or usual)
        if (day := self._due.get((when.subject, when.word))) is not None:
            return moment(_shifted(day, when, calendar), when.at or usual)
        happened = self._moments.get((when.subject, when.word), ())
        if len(happened) < when.nth:
            return None
        anchor = happened[when.nth - 1]
        if when.unit == "h":
            return anchor + timedelta(hours=when.count)
        if when.count == 0 and when.at is None:
            return anchor
        day = _shifted(local_date(anchor), when, calendar)
        return max(anchor, moment(day, when.at or usual))


def _shifted(day: date, when: When, calendar: Calendar) -> date:
    if when.unit == "cd":
        return day + timedelta(days=when.count)
    return calendar.add_working_days(day, when.count)
