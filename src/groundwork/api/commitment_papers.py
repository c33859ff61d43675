"""The paper of a commitment (告知承诺): notice (告知书) and letter (承诺书) as one document.

Both follow from the definition that the chain is pinned to; who gave notice, signed, reported and
verified follows from the history. People are named by role and opaque id only.
"""

from collections.abc import Iterator
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Path, Response
from fastapi.responses import HTMLResponse

from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.paper_facts import History, PaperWords, last, whole_case
from groundwork.api.papers import printed
from groundwork.api.visit import ChainId, Reader
from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.commitments import commitment_limit
from groundwork.domain.crediting import RECORDED_AS
from groundwork.domain.definition import (
    CommitmentNotice,
    Consequence,
    Limit,
    Mode,
    PromiseTerms,
    StepDefinition,
    Text,
)
from groundwork.domain.model import Commitment, CommitmentState
from groundwork.domain.names import BREACHES, PROMISE_STATES
from groundwork.domain.rules import Rules

router = APIRouter(prefix="/chains", tags=["chains"])

CONSEQUENCES: Final = {
    Consequence.RECHECK: Text(
        zh="对据此作出的决定进行复核",
        en="the decision given on it is checked again",
    ),
    Consequence.ANNUL: Text(
        zh="撤销据此作出的决定",
        en="the decision given on it is annulled",
    ),
}
"""What a breach does to the decision, in words."""

_STANDING: Final = {
    CommitmentState.DRAFT: Text(
        zh="待签署：签署之前，本承诺书不生效。",
        en="To be signed: until then the letter is not in force.",
    ),
    CommitmentState.SIGNED: Text(
        zh="已签署，信用核查后生效。",
        en="Signed; in force once credit was looked up.",
    ),
    CommitmentState.REFUSED: Text(
        zh="未生效：信用核查不符合告知承诺的条件。",
        en="Not in force: credit stands in the way of a commitment.",
    ),
    CommitmentState.DROPPED: Text(
        zh="已终结：该环节另行办理，本承诺书不再适用。",
        en="Over: the step took another way, and the letter no longer applies.",
    ),
}


@router.get(
    "/{chain_id}/papers/commitment/{commitment}",
    response_class=HTMLResponse,
    responses=documented(
        *SIGNED_IN, "chain_not_found", "unknown_commitment", "no_commitment_letter"
    ),
)
async def get_commitment_paper(
    visit: Reader,
    chain_id: ChainId,
    commitment: Annotated[
        str, Path(max_length=120, description="Id of the commitment, such as `L17-commitment`.")
    ],
) -> Response:
    """The notice and the letter of a commitment, to print and sign."""
    row, events, chain = await whole_case(visit, chain_id)
    one = chain.commitments.get(commitment)
    if one is None:
        raise Problem("unknown_commitment", commitment=commitment)
    rules = await visit.resources.rules(chain)
    terms, notice = rules.definition.promises, rules.step(one.step).commitment
    drafted = last(events, ev.CommitmentDrafted, lambda event: event.commitment == commitment)
    if drafted is None or terms is None or notice is None:
        raise Problem("no_commitment_letter", commitment=commitment)
    signed = last(events, ev.CommitmentSigned, lambda event: event.commitment == commitment)
    letter = _Letter(rules, terms, notice, one, drafted, signed)
    words = PaperWords(visit.language)
    shown = _Shown(words, letter)
    return printed(
        "commitment",
        visit.language,
        number=f"{chain.id}-{one.id}",
        chain=chain.id,
        version=f"{rules.definition.id} {rules.definition.version}",
        standing=_standing(one, words),
        case=words.case(chain, one.step, rules.definition, row),
        department=words.department(rules.definition, rules.step(one.step).lead),
        enterprise=row["enterprise"],
        notice=shown.notice(),
        undertakings=[words.said(text) for text in terms.undertakings],
        obligations=one.obligations,
        due=shown.due(),
        third_parties=one.third_parties,
        told=(words.person(drafted.by), words.moment(drafted.at)),
        signatory=(words.person(signed.by), words.moment(signed.at)) if signed else None,
        signature=one.signature,
        kept=shown.kept(events) if signed else [],
        basis=shown.basis(),
    )


def _standing(one: Commitment, words: PaperWords) -> str:
    """What must stand on the paper: that it does not bind, or that it was broken."""
    if CommitmentState.BREACHED in {one.state, one.outcome}:
        how = [words.said(BREACHES[one.breach])] if one.breach else []
        return words.say("：", ": ").join([words.say("已认定违诺", "Broken"), *how])
    return words.said(_STANDING[one.state]) if one.state in _STANDING else ""


class _Letter(NamedTuple):
    """A commitment with what it stands on, and how it was drawn up and signed."""

    rules: Rules
    terms: PromiseTerms
    notice: CommitmentNotice
    commitment: Commitment
    drafted: ev.CommitmentDrafted
    signed: ev.CommitmentSigned | None

    @property
    def step(self) -> StepDefinition:
        """The step that it was given on."""
        return self.rules.step(self.commitment.step)

    @property
    def limit(self) -> Limit:
        """Within what it is to be kept, once signed."""
        at = (self.signed or self.drafted).at
        return commitment_limit(self.rules, self.commitment.step, at)


class _Shown:
    """A letter's facts, in one language."""

    def __init__(self, words: PaperWords, letter: _Letter) -> None:
        self._words, self._letter = words, letter

    def notice(self) -> list[tuple[str, str | list[str]]]:
        """The table of the notice: basis, conditions, materials, deadline, checks, consequences."""
        words, letter = self._words, self._letter
        return [
            (words.say("依据", "Basis"), words.source(letter.notice.basis)),
            (
                words.say("条件", "Conditions"),
                [words.said(one) for one in letter.notice.conditions],
            ),
            (words.say("材料", "Materials"), list(self._materials())),
            (words.say("履行期限", "To be kept by"), self.due()),
            (words.say("核查", "Checks"), list(self._checks())),
            (words.say("违诺后果", "If it is broken"), list(self._consequences())),
            *self._choice(),
        ]

    def due(self) -> str:
        """By when it is to be kept: a day once it is signed, until then how long after that."""
        words, letter = self._words, self._letter
        if letter.signed is None:
            within = words.limit(letter.limit)
            return words.say(f"签署之日起 {within}内", f"within {within} of the signature")
        day = words.term(letter.signed.due_on, letter.signed.due_before)
        return day + self._moved()

    def _moved(self) -> str:
        """The day that another calendar brought; none once faults are to be put right."""
        words, one, signed = self._words, self._letter.commitment, self._letter.signed
        if signed is None or one.rectified or one.due_on in {None, signed.due_on}:
            return ""
        day = words.term(one.due_on, one.due_before)
        return words.say(f"（按新日历为 {day}）", f" ({day} by the new calendar)")

    def _materials(self) -> Iterator[str]:
        words, step = self._words, self._letter.step
        for material in step.materials:
            later = material.cure is not None and not step.never_tolerable
            follows = words.say(
                "（承诺期限内补齐亦可）", " (may follow within the commitment's term)"
            )
            yield words.said(material.name) + (follows if later else "")

    def _checks(self) -> Iterator[str]:
        words, terms = self._words, self._letter.terms
        yield from (words.said(one) for one in self._letter.notice.checks)
        within = words.limit(terms.verification)
        yield words.say(
            f"报告履行或者期满后 {within}内核查，核查人员不少于 {terms.officers} 人",
            f"Verified within {within} of the report or of the last day, by {terms.officers}"
            " officers or more",
        )

    def _consequences(self) -> Iterator[str]:
        words, definition, terms = self._words, self._letter.rules.definition, self._letter.terms
        within = words.limit(definition.windows.rectification)
        yield words.say(
            f"核查发现问题可以整改的，限 {within}内整改，以一次为限；未按期整改到位的，属违诺",
            f"Faults that can be put right are put right within {within}, once; if not, the"
            " commitment is broken",
        )
        after = words.limit(terms.publication)
        yield words.say(
            f"期满后 {after}仍未报告履行的，认定为逾期未履行",
            f"Unreported {after} after the last day, it counts as overdue",
        )
        for kind, follows in terms.consequences.items():
            how, then = words.said(BREACHES[kind]), words.said(CONSEQUENCES[follows])
            yield words.say(f"{how}的，{then}", f"If {how}, {then}")
        yield from self._credit()

    def _credit(self) -> Iterator[str]:
        words, policy = self._words, self._letter.rules.definition.credit
        if policy is None:
            return
        yield words.say(
            "违诺记入信用记录并公示", "A breach goes on the credit record and is published"
        )
        barred = [
            words.said(BREACHES[kind])
            for kind, record in RECORDED_AS.items()
            if record in policy.loss.kinds
        ]
        if barred:
            months = words.limit(policy.loss.months)
            yield words.say(
                f"{words.listed(barred)}的，{months}内不适用告知承诺",
                f"After a breach ({words.listed(barred)}) no commitment for {months}",
            )

    def _choice(self) -> Iterator[tuple[str, str | list[str]]]:
        """Whoever does not want to commit may go the usual way, where there is one."""
        if Mode.STANDARD in self._letter.step.modes:
            yield (
                self._words.say("选择", "Your choice"),
                self._words.say(
                    "是否承诺由申请人自愿选择；不作承诺的，按标准方式办理。",
                    "Committing is voluntary; without it the step is handled as usual.",
                ),
            )

    def kept(self, events: History) -> list[tuple[str, str | list[str]]]:
        """How it was kept: state, report, by when it is verified, and what officers found."""
        words, one = self._words, self._letter.commitment
        state = words.said(PROMISE_STATES[one.state])
        if one.outcome is not None and one.outcome is not one.state:
            state += words.say("：", ": ") + words.said(PROMISE_STATES[one.outcome])
        reported = last(events, ev.PerformanceSubmitted, lambda event: event.commitment == one.id)
        found = list(self._verifications(events))
        rows: list[tuple[str, str | list[str]]] = [(words.say("状态", "State"), state)]
        if reported is not None:
            told = words.moment(reported.at)
            told += f" · {reported.document}" if reported.document else ""
            rows.append((words.say("报告履行", "Reported as kept"), told))
        if one.verify_on is not None:
            day = words.term(one.verify_on, one.verify_before)
            rows.append((words.say("核查期限", "To be verified by"), day))
        if found:
            rows.append((words.say("核查", "Verified"), found))
        return rows

    def _verifications(self, events: History) -> Iterator[str]:
        words, one = self._words, self._letter.commitment
        for event in events:
            if not isinstance(event, _VERIFIED) or event.commitment != one.id:
                continue
            if not event.officers:
                continue
            reason = "" if isinstance(event, ev.CommitmentFulfilled) else event.reason
            found = words.say("：", ": ").join(
                part for part in (words.said(_FOUND[type(event)]), reason) if part
            )
            officers = words.listed(event.officers)
            yield words.say(
                f"{words.day(local_date(event.at))} {found}（核查人员：{officers}）",
                f"{words.day(local_date(event.at))} {found} (officers: {officers})",
            )

    def basis(self) -> list[str]:
        """What the figures and rules on the paper stand on."""
        words, letter, terms = self._words, self._letter, self._letter.terms
        definition = letter.rules.definition
        say = words.say
        named = [
            (say("告知", "Notice"), letter.notice.basis),
            (say("承诺事项", "Undertakings"), terms.undertakings_source),
            (say("履行期限", "Term"), letter.limit.source),
            (say("核查期限", "Verification"), terms.verification.source),
            (say("核查人数", "Officers"), terms.officers_source),
            (say("整改期限", "Rectification"), definition.windows.rectification.source),
            (say("逾期认定", "Overdue"), terms.publication.source),
            (say("后果", "Consequences"), terms.consequences_source),
        ]
        if definition.credit is not None:
            named.append((say("信用", "Credit"), definition.credit.loss.months.source))
        return words.basis(*named)


_VERIFIED: Final = (ev.CommitmentFulfilled, ev.RectificationOrdered, ev.CommitmentBreached)
_FOUND: Final = {
    ev.CommitmentFulfilled: Text(zh="已履行", en="kept"),
    ev.RectificationOrdered: Text(zh="限期整改", en="to be put right"),
    ev.CommitmentBreached: Text(zh="违诺", en="broken"),
}
