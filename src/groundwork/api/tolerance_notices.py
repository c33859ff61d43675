"""Tolerance notices (容缺受理告知书): what may follow, by which day, and what a lapse brings.

One acceptance tells all of it once, so one notice names every material that it tolerated, with
the days as they were told; what has become of them since stands on top.
"""

from collections.abc import Iterator
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Path, Response
from fastapi.responses import HTMLResponse

from groundwork.api.documented import SIGNED_IN, documented
from groundwork.api.errors import Problem
from groundwork.api.paper_facts import History, PaperWords, as_of, whole_case
from groundwork.api.papers import printed
from groundwork.api.visit import ChainId, Reader
from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import Material, StepDefinition
from groundwork.domain.model import Chain, Deficiency, DeficiencyState, Step
from groundwork.domain.names import PROMISE_STATES
from groundwork.domain.rules import Rules

router = APIRouter(prefix="/chains", tags=["chains"])


@router.get(
    "/{chain_id}/papers/tolerance/{deficiency}",
    response_class=HTMLResponse,
    responses=documented(*SIGNED_IN, "chain_not_found", "unknown_deficiency"),
)
async def get_tolerance_notice(
    visit: Reader,
    chain_id: ChainId,
    deficiency: Annotated[
        str, Path(max_length=120, description="Id of any deficiency that the notice tells of.")
    ],
) -> Response:
    """The notice of everything that was tolerated when a step was accepted, to print and sign."""
    row, events, chain = await whole_case(visit, chain_id)
    told = _told_together(events, deficiency)
    if not told:
        raise Problem("unknown_deficiency", deficiency=deficiency)
    rules = await visit.resources.rules(chain)
    then = as_of(events, told[-1].seq)
    step = then.steps[told[0].step]
    words = PaperWords(visit.language)
    notice = _Notice(
        rules, rules.step(step.key), step, [then.deficiencies[e.deficiency] for e in told]
    )
    shown = _Shown(words, notice)
    return printed(
        "tolerance",
        visit.language,
        number=f"{chain.id}-{told[0].deficiency}",
        chain=chain.id,
        version=f"{rules.definition.id} {rules.definition.version}",
        since=list(_since(words, notice, chain)),
        case=words.case(then, step.key, rules.definition, row),
        enterprise=row["enterprise"],
        department=words.department(rules.definition, notice.definition.lead),
        accepted_on=words.day(local_date(told[0].at)),
        received=shown.received(),
        missing=list(shown.missing()),
        extension=shown.extension(),
        consequences=list(shown.consequences()),
        basis=shown.basis(),
    )


def _told_together(events: History, deficiency: str) -> list[ev.DeficiencyOpened]:
    """What one acceptance tolerated: this deficiency and those opened with it."""
    opened = [event for event in events if isinstance(event, ev.DeficiencyOpened)]
    mine = next((event for event in opened if event.deficiency == deficiency), None)
    if mine is None:
        return []
    return [event for event in opened if (event.step, event.at) == (mine.step, mine.at)]


class _Notice(NamedTuple):
    """What was told at an acceptance: the step and its deficiencies, as they were then."""

    rules: Rules
    definition: StepDefinition
    step: Step
    deficiencies: list[Deficiency]

    def material(self, deficiency: Deficiency) -> Material | None:
        """The material that is to follow."""
        return self.definition.material(deficiency.material)

    def name(self, deficiency: Deficiency, words: PaperWords) -> str:
        """What that material is called."""
        material = self.material(deficiency)
        return words.said(material.name) if material else deficiency.material


def _since(words: PaperWords, notice: _Notice, chain: Chain) -> Iterator[str]:
    """What has become since of what was told."""
    for then in notice.deficiencies:
        now = chain.deficiencies[then.id]
        changed = []
        if now.state is not DeficiencyState.OPEN:
            changed.append(words.said(PROMISE_STATES[now.state]))
        if now.cure_before != then.cure_before:
            day = words.term(now.cure_by, now.cure_before)
            extended = words.say(f"已延期至 {day}", f"extended until {day}")
            moved = words.say(f"按新日历为 {day}", f"{day} by the new calendar")
            changed.append(extended if now.extended else moved)
        if changed:
            yield (
                notice.name(then, words)
                + words.say("：", ": ")
                + words.say("，", ", ").join(changed)
            )


class _Shown:
    """A notice's facts, in one language."""

    def __init__(self, words: PaperWords, notice: _Notice) -> None:
        self._words, self._notice = words, notice

    def received(self) -> list[str]:
        """The materials that were handed in."""
        step = self._notice.step
        return [
            self._words.said(one.name)
            for one in self._notice.definition.materials
            if one.id in step.materials
        ]

    def missing(self) -> Iterator[tuple[str, str, str]]:
        """What is to follow: its name, how long that may take, and the last day."""
        words, notice = self._words, self._notice
        for one in notice.deficiencies:
            material = notice.material(one)
            within = words.limit(material.cure) if material and material.cure else "—"
            yield notice.name(one, words), within, words.term(one.cure_by, one.cure_before)

    def extension(self) -> str:
        """That a cure's term can be prolonged once, and by how much; empty where it cannot."""
        percent = self._notice.rules.definition.windows.cure_extension_percent
        if not percent:
            return ""
        return self._words.say(
            f"确有困难的，可在期限届满前申请延期一次，延长原期限的 {percent}%。",
            f"Who cannot manage may ask once, before the last day is over, for {percent}% more of"
            " the term.",
        )

    def consequences(self) -> Iterator[str]:
        """What follows when nothing was handed in by the day."""
        say, definition = self._words.say, self._notice.rules.definition
        yield say(
            "作出决定前逾期未补齐的，退回申请。",
            "Before the decision: the application is returned.",
        )
        record = definition.credit is not None
        yield say(
            "作出决定后逾期未补齐的，对该决定进行复核" + ("，并记入信用记录。" if record else "。"),
            "After the decision: the decision is checked again"
            + (", and the lapse goes on the credit record." if record else "."),
        )

    def basis(self) -> list[str]:
        """What the days and limits of the notice stand on."""
        words, notice = self._words, self._notice
        windows = notice.rules.definition.windows
        named = [
            (notice.name(one, words), material.cure.source)
            for one in notice.deficiencies
            if (material := notice.material(one)) and material.cure
        ]
        named.append(
            (words.say("容缺份数", "How many may be lacking"), windows.max_tolerated_source)
        )
        if windows.cure_extension_percent:
            named.append((words.say("延期", "Extension"), windows.cure_extension_source))
        return words.basis(*named)
