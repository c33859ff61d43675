"""What credit records lead to: grades, who may commit or be tolerated, how bad credit ends.

Every figure stands in a `CreditPolicy`. Periods are months of the calendar from the day of the
deciding document: they end with the day of the same number, or with the month's last (MF202).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from groundwork.domain.base import Frozen
from groundwork.domain.credit import (
    CreditAnswer,
    CreditGrade,
    CreditKind,
    CreditPurpose,
    CreditRecord,
    Severity,
)
from groundwork.domain.definition import CreditBar, CreditPolicy, Text

_MONTHS: Final = 12

_GRADES: Final = MappingProxyType(
    {
        Severity.MINOR: CreditGrade.B,
        Severity.GENERAL: CreditGrade.C,
        Severity.SERIOUS: CreditGrade.D,
    }
)

SEVERITY_NAMES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        Severity.MINOR: Text(zh="轻微失信", en="minor"),
        Severity.GENERAL: Text(zh="一般失信", en="general"),
        Severity.SERIOUS: Text(zh="严重失信", en="serious"),
    }
)
KIND_NAMES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        CreditKind.FALSE_COMMITMENT: Text(zh="虚假承诺", en="a false commitment"),
        CreditKind.OVERDUE_COMMITMENT: Text(zh="逾期未履行承诺", en="an overdue commitment"),
        CreditKind.NON_CONFORMING_COMMITMENT: Text(
            zh="履行不符合承诺", en="a commitment performed otherwise"
        ),
        CreditKind.LAPSED_DEFICIENCY: Text(zh="容缺逾期未补正", en="a deficiency never cured"),
        CreditKind.FAILED_REPORT: Text(
            zh="编制的报告未通过审查", en="a report that failed its review"
        ),
        CreditKind.PENALTY: Text(zh="行政处罚", en="an administrative penalty"),
        CreditKind.OTHER: Text(zh="其他失信行为", en="other bad credit"),
    }
)


class Breach(Frozen):
    """What somebody did not keep; `id` will be the record's."""

    id: str
    subject: str
    kind: CreditKind
    decided_on: date
    document: str = ""


class CreditGround(Frozen):
    """One record that bars somebody, and the way out.

    `until` is the last day on which it bars, None while it has no end of its own;
    `repairable_from` the first day on which its repair may be asked for.
    """

    subject: str
    record: str
    kind: CreditKind
    severity: Severity
    document: str
    until: date | None
    repairable_from: date
    source: str
    why: Text
    remedy: Text


class CreditVerdict(Frozen):
    """Whether the enterprise may, its grade, and every ground against it."""

    eligible: bool
    grade: CreditGrade
    grounds: tuple[CreditGround, ...] = ()


def months_after(day: date, months: int) -> date:
    """The last day of a period of months that begins after `day`.

    Where the month has no such day it is the month's last; beyond the year 9999 it is the last day
    that dates can tell.
    """
    years, month = divmod(day.month - 1 + months, _MONTHS)
    if day.year + years > date.max.year:
        return date.max
    first = date(day.year + years, month + 1, 1)
    return first.replace(day=min(day.day, _length(first)))


def _length(month: date) -> int:
    if month.month == _MONTHS:
        return date.max.day
    return (month.replace(month=month.month + 1) - timedelta(days=1)).day


def grade(records: Iterable[CreditRecord], subject: str, on: date) -> CreditGrade:
    """The subject's grade on a day: by its gravest record that counts then."""
    counting = (one.severity for one in records if one.subject == subject and one.counts(on))
    return max((_GRADES[severity] for severity in counting), default=CreditGrade.A)


def ends_on(policy: CreditPolicy, severity: Severity, decided_on: date) -> date:
    """The last day on which bad credit of that severity may count."""
    return months_after(decided_on, policy.terms[severity].maximum.amount)


def earliest_end(policy: CreditPolicy, severity: Severity, decided_on: date) -> date:
    """The last day on which bad credit of that severity counts at least, unless repaired."""
    return months_after(decided_on, policy.terms[severity].minimum.amount)


def repairable_from(policy: CreditPolicy, record: CreditRecord) -> date:
    """The first day on which the record may be repaired: the minimum is over then."""
    over = earliest_end(policy, record.severity, record.decided_on)
    return over if over in {record.decided_on, date.max} else over + timedelta(days=1)


def record_of_breach(policy: CreditPolicy, breach: Breach) -> CreditRecord:
    """The record that a breach leads to. Raises KeyError for a kind that is no breach."""
    severity = policy.breaches[breach.kind].severity
    return CreditRecord(
        **dict(breach),
        severity=severity,
        ends_on=ends_on(policy, severity, breach.decided_on),
    )


def judge(
    policy: CreditPolicy, answer: CreditAnswer, purpose: CreditPurpose, on: date
) -> CreditVerdict:
    """Whether the enterprise, the first of the answer's subjects, may commit or be tolerated.

    Barred from commitments is who holds serious bad credit or a false promise [CN42], or lost the
    eligibility by a breach [GZ18]; from tolerance who has unrepaired bad credit [FX]; from both
    who relies on a third party that is barred. A repair ends all of it at once [XY36].
    """
    enterprise = answer.subjects[0]
    order = {subject: place for place, subject in reversed(list(enumerate(answer.subjects)))}
    records = sorted(answer.records, key=lambda one: (order[one.subject], one.decided_on, one.id))
    grounds = []
    for record in records:
        third = record.subject != enterprise
        bars = list(
            _third_party_bars(policy, record, on) if third else _bars(policy, record, purpose, on)
        )
        if bars:
            until, source = max(bars, key=lambda bar: bar[0] or date.max)
            grounds.append(_ground(policy, record, until, source, third=third))
    return CreditVerdict(
        eligible=not grounds,
        grade=grade(answer.records, enterprise, on),
        grounds=tuple(grounds),
    )


_Bar = tuple[date | None, str]
"""Until when something bars, and by which source."""


def _bars(
    policy: CreditPolicy, record: CreditRecord, purpose: CreditPurpose, on: date
) -> Iterator[_Bar]:
    commits = purpose is CreditPurpose.COMMITMENT
    yield from _barred(policy.commitment if commits else policy.tolerance, record, on)
    if commits and record.kind in policy.loss.kinds:
        until = months_after(record.decided_on, policy.loss.months.amount)
        # The loss outlasts a record that ends earlier, yet not its repair.
        if record.model_copy(update={"ends_on": until}).counts(on):
            yield until, policy.loss.months.source


def _third_party_bars(policy: CreditPolicy, record: CreditRecord, on: date) -> Iterator[_Bar]:
    yield from _barred(policy.third_parties, record, on)


def _barred(bar: CreditBar, record: CreditRecord, on: date) -> Iterator[_Bar]:
    named = record.severity in bar.severities or record.kind in bar.kinds
    if named and record.counts(on):
        yield record.ends_on, bar.source


def _ground(
    policy: CreditPolicy, record: CreditRecord, until: date | None, source: str, *, third: bool
) -> CreditGround:
    since = repairable_from(policy, record)
    severity, kind = SEVERITY_NAMES[record.severity], KIND_NAMES[record.kind]
    number_zh = f"（{record.document}）" if record.document else ""
    number_en = f" ({record.document})" if record.document else ""
    end_zh = f"限制至 {until}" if until else "修复前一直限制"
    end_en = f"until {until}" if until else "until it is repaired"
    other_zh = "也可更换机构重新编制报告，或" if third else ""
    other_en = "Have the paper made anew by another firm. " if third else ""
    return CreditGround(
        subject=record.subject,
        record=record.id,
        kind=record.kind,
        severity=record.severity,
        document=record.document,
        until=until,
        repairable_from=since,
        source=source,
        why=Text(
            zh=f"{record.subject} 有{severity.zh}记录：{kind.zh}{number_zh}，{end_zh}。",
            en=f"{record.subject} has a record of {severity.en} bad credit: {kind.en}{number_en},"
            f" which bars {end_en}.",
        ),
        remedy=Text(
            zh=f"{other_zh}自 {since} 起可申请信用修复：改正违诺行为、履行义务并公开作出信用承诺，"
            "由认定单位审核。",
            en=f"{other_en}From {since} on the credit may be repaired: correct what was wrong, meet"
            " the obligations, promise in public, and apply to the office that decided.",
        ),
    )
