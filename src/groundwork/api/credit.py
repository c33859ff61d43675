"""Credit: what is known of somebody, what follows from it, and the register's own records."""

from datetime import date
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Response

from groundwork.api.answers import RETRY_AFTER, answer
from groundwork.api.bodies import Line, Remark, ShortLine
from groundwork.api.credit_shapes import CreditShape, KeptRecordShape, PublishedShape
from groundwork.api.documented import SIGNED_IN, WRITING, documented
from groundwork.api.errors import FieldError, Problem
from groundwork.api.receipts import PREFIX
from groundwork.api.shapes import Listed
from groundwork.api.visit import (
    CreditKeeper,
    CreditReader,
    Cursor,
    IdempotencyKey,
    PageSize,
    Visit,
)
from groundwork.catalogue.credit_policies import DEFAULT_CREDIT, default_credit
from groundwork.domain.base import Day, Frozen
from groundwork.domain.calendar import local_date
from groundwork.domain.credit import (
    CreditAnswer,
    CreditKind,
    CreditPurpose,
    CreditQuestion,
    CreditRecord,
    CreditReport,
    Severity,
)
from groundwork.domain.credit_law import (
    KIND_NAMES,
    SEVERITY_NAMES,
    CreditGround,
    earliest_end,
    ends_on,
    grade,
    judge,
    repairable_from,
)
from groundwork.domain.definition import Text
from groundwork.domain.identifiers import check_uscc
from groundwork.runtime.bureau import BureauError
from groundwork.store.credit import Repair
from groundwork.store.errors import (
    ContentDiffers,
    NothingToRepair,
    RepairTooEarly,
    UnknownCreditRecord,
)
from groundwork.store.paging import Row

router = APIRouter(prefix="/credit", tags=["credit"])

_FUTURE: Final = Text(zh="不得晚于今日", en="must not be after today")
_BEFORE: Final = Text(zh="不得早于认定日", en="must not be before decided_on")


class RecordBody(Frozen):
    """A record to add. `ends_on` is the longest that its severity allows unless given.

    `uscc_override_reason` says why a credit code stands although its check fails; `publish_on` is
    the first day on which the public may see it, none: never.
    """

    subject: ShortLine
    kind: CreditKind
    severity: Severity
    decided_on: Day
    document: ShortLine
    ends_on: Day | None = None
    publish_on: Day | None = None
    uscc_override_reason: Remark | None = None


class RepairBody(Frozen):
    """That somebody's credit is repaired: corrected, obligations met, and promised in public.

    `promise` says where the public promise stands, such as its number or address.
    """

    corrected: Literal[True]
    obligations_met: Literal[True]
    promise: Line


@router.get(
    "/subjects/{uscc}",
    response_model=CreditShape,
    responses=documented(
        *SIGNED_IN, "uscc_invalid", "credit_subject_not_found", "credit_unavailable"
    ),
)
async def get_credit(
    visit: CreditReader,
    uscc: Annotated[str, Path(max_length=60, description="Such as 91440784MA0000015C.")],
) -> Response:
    """A subject's grade and records, whether it may commit or be tolerated, and if not, why.

    Who does not oversee everything asks about enterprises whose projects are within their reach.
    """
    await visit.resources.sight.require_subject(visit.reach, _subject(uscc))
    return answer(await credit_of(visit, uscc))


@router.post(
    "/records",
    status_code=201,
    response_model=KeptRecordShape,
    responses=documented(
        *WRITING, "uscc_invalid", "uscc_check_digit", "key_reused", "credit_kept_elsewhere"
    ),
)
async def add_record(visit: CreditKeeper, key: IdempotencyKey, body: RecordBody) -> Response:
    """Add a record to the register, about an enterprise or a third party that it relies on."""
    _keeps_the_register(visit)
    report, reason = _checked(visit, key, body)
    register = visit.resources.register
    try:
        await register.file(report, by=visit.actor.id, uscc_override_reason=reason)
    except ContentDiffers:
        raise Problem("key_reused") from None
    row = await register.get(report.record.id)
    assert row is not None, "no record is ever deleted"
    place = f"{PREFIX}/credit/subjects/{report.record.subject}"
    return answer(_kept(visit, row), 201, {"Location": place})


@router.post(
    "/records/{record}/repair",
    response_model=KeptRecordShape,
    responses=documented(
        *WRITING,
        "key_reused",
        "credit_record_not_found",
        "credit_repair_too_early",
        "credit_nothing_to_repair",
        "credit_kept_elsewhere",
    ),
)
async def repair_record(
    visit: CreditKeeper,
    key: IdempotencyKey,
    record: Annotated[str, Path(max_length=200)],
    body: RepairBody,
) -> Response:
    """End a record before its time, from today: publication, sharing and sanctions together."""
    _keeps_the_register(visit)
    repair = Repair(
        on=local_date(visit.received_at), by=visit.actor.id, promise=body.promise, key=key
    )
    try:
        row = await visit.resources.register.repair(record, repair, default_credit())
    except UnknownCreditRecord:
        raise Problem("credit_record_not_found", record=record) from None
    except RepairTooEarly as error:
        first_day = error.first_day.isoformat()
        raise Problem("credit_repair_too_early", record=record, first_day=first_day) from None
    except NothingToRepair:
        raise Problem("credit_nothing_to_repair", record=record) from None
    if row["promise"] != body.promise:
        raise Problem("key_reused")
    return answer(_kept(visit, row))


@router.get(
    "/published",
    response_model=Listed[PublishedShape],
    responses=documented(*SIGNED_IN, "cursor_invalid", "credit_kept_elsewhere"),
)
async def list_published(
    visit: CreditReader, cursor: Cursor = None, limit: PageSize = 50
) -> Response:
    """What the public may see today, newest first; what is repaired or over has left the list."""
    _keeps_the_register(visit)
    today = local_date(visit.received_at)
    page = await visit.resources.register.published(today, cursor=cursor, limit=limit)
    return answer({"items": [row | _names(visit, row) for row in page.items], "next": page.next})


async def credit_of(visit: Visit, uscc: str) -> dict[str, Any]:
    """What is known of somebody's credit today, and what it bars them from. Raises Problem."""
    subject = _subject(uscc)
    try:
        told = await visit.resources.credit.look_up(CreditQuestion(subjects=(subject,)))
    except BureauError as error:
        raise Problem("credit_unavailable", headers=RETRY_AFTER, reason=error.text) from None
    today = local_date(visit.received_at)
    return {
        "subject": subject,
        "on": today,
        "grade": grade(told.records, subject, today),
        "source": told.source,
        "asked_at": told.asked_at,
        "policy": DEFAULT_CREDIT,
        "eligibility": {
            purpose.value: _eligibility(visit, told, purpose, today) for purpose in CreditPurpose
        },
        "records": [_record(visit, record, today) for record in told.records],
    }


def _keeps_the_register(visit: Visit) -> None:
    if visit.resources.bureau is not None:
        raise Problem("credit_kept_elsewhere")


def _subject(uscc: str) -> str:
    check = check_uscc(uscc)
    if check.errors:
        raise Problem("uscc_invalid", finding=check.errors[0].message)
    return check.value


def _checked(visit: Visit, key: str, body: RecordBody) -> tuple[CreditReport, str | None]:
    """The report to file and why its credit code passes. Raises Problem."""
    subject, warnings = _subject(body.subject), check_uscc(body.subject).warnings
    if warnings and not body.uscc_override_reason:
        raise Problem("uscc_check_digit", finding=warnings[0].message)
    if body.decided_on > local_date(visit.received_at):
        raise _wrong("decided_on", "date_in_future", _FUTURE)
    if body.publish_on is not None and body.publish_on < body.decided_on:
        raise _wrong("publish_on", "date_too_early", _BEFORE)
    report_id = f"api:{visit.actor.id}:{key}"
    record = CreditRecord(
        id=f"cr-{sha256(report_id.encode()).hexdigest()[:16]}",
        subject=subject,
        kind=body.kind,
        severity=body.severity,
        decided_on=body.decided_on,
        ends_on=body.ends_on or ends_on(default_credit(), body.severity, body.decided_on),
        document=body.document,
    )
    _check_term(record)
    report = CreditReport(id=report_id, record=record, publish_on=body.publish_on)
    return report, body.uscc_override_reason if warnings else None


def _check_term(record: CreditRecord) -> None:
    """Raise Problem when the record would count for less or longer than its severity may."""
    policy = default_credit()
    earliest = earliest_end(policy, record.severity, record.decided_on)
    latest = ends_on(policy, record.severity, record.decided_on)
    if record.ends_on is None or not earliest <= record.ends_on <= latest:
        detail = Text(
            zh=f"该等级的截止日应在 {earliest} 至 {latest} 之间",
            en=f"must be from {earliest} to {latest} for this severity",
        )
        raise _wrong("ends_on", "term_not_allowed", detail)


def _wrong(name: str, code: str, detail: Text) -> Problem:
    first = Text(zh=f"{name}：{detail.zh}", en=f"{name} {detail.en}")
    fields = [FieldError("body", f"#/{name}", code, detail)]
    return Problem("invalid_request", fields=fields, count=1, first=first)


def _eligibility(
    visit: Visit, told: CreditAnswer, purpose: CreditPurpose, today: date
) -> dict[str, Any]:
    verdict = judge(default_credit(), told, purpose, today)
    return {
        "eligible": verdict.eligible,
        "grounds": [_ground(visit, ground) for ground in verdict.grounds],
    }


def _ground(visit: Visit, ground: CreditGround) -> dict[str, Any]:
    texts = {"why": visit.said(ground.why), "remedy": visit.said(ground.remedy)}
    return ground.model_dump(exclude={"subject", *texts}) | texts


def _record(visit: Visit, record: CreditRecord, today: date) -> Row:
    row = record.model_dump()
    return row | {
        "counts": record.counts(today),
        "repairable_from": repairable_from(default_credit(), record),
        **_names(visit, row),
    }


def _kept(visit: Visit, row: Row) -> Row:
    """A row of the register as the API tells it."""
    record = CreditRecord.model_validate({name: row[name] for name in CreditRecord.model_fields})
    shown = row | _record(visit, record, local_date(visit.received_at))
    return {name: shown[name] for name in KeptRecordShape.model_fields}


def _names(visit: Visit, row: Row) -> dict[str, str]:
    return {
        "kind_name": visit.said(KIND_NAMES[row["kind"]]),
        "severity_name": visit.said(SEVERITY_NAMES[row["severity"]]),
    }
