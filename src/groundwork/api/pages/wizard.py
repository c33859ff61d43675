"""A launch as far as it has come: what was chosen, and what the law and the record say to it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from groundwork.api.answers import as_problem
from groundwork.api.bag_view import project_bag
from groundwork.api.credit import credit_of
from groundwork.api.errors import Problem, problem_body
from groundwork.api.launches import Prepared, prepare
from groundwork.api.pages.drafts import Draft
from groundwork.api.pages.frame import Page
from groundwork.api.projects import find_project
from groundwork.api.rehearsals import Rehearsal
from groundwork.api.shelf import Published
from groundwork.domain.credit import CreditPurpose
from groundwork.domain.crediting import PURPOSES
from groundwork.domain.definition import ChainDefinition, Mode, Text
from groundwork.domain.model import Chain
from groundwork.domain.rejections import Rejection
from groundwork.rehearsal.moments import moment
from groundwork.rehearsal.script import OTHERWISE, Project
from groundwork.rehearsal.varied import Question

Json = dict[str, Any]

_JUDGED = "page.judged"


@dataclass
class Wizard:
    """A launch as far as it has come. Whatever cannot be known yet is None."""

    page: Page
    draft: Draft
    project: Json | None = None
    published: Published | None = None
    running: Chain | None = None
    """The chain that the project has of this kind already."""
    prepared: Prepared | None = None
    problem: Problem | None = None
    """Why the choices would not be let through."""
    bag: list[Json] = field(default_factory=list)
    credit: Json | None = None
    credit_problem: Problem | None = None

    @classmethod
    async def of(cls, page: Page, draft: Draft, *, whole: bool = True) -> "Wizard":
        """The wizard for a draft; not `whole` leaves out the bag and credit."""
        wizard = cls(page, draft)
        await wizard._read()
        if whole:
            await wizard._look_around()
        return wizard

    @property
    def definition(self) -> ChainDefinition | None:
        """The chain that was chosen."""
        return self.published.definition if self.published else None

    async def _read(self) -> None:
        page, draft = self.page, self.draft
        try:
            if draft.project:
                self.project = await find_project(page.visit, draft.project)
            if draft.chain:
                self.published = page.resources.shelf.find(draft.chain)
            if self.project and self.published:
                wanted = f"{self.published.definition.id}.{self.project['code']}"
                if row := await page.resources.reads.chain(wanted):
                    self.running = row["snapshot"]
                self.prepared = await prepare(page.visit, _JUDGED, draft.body)
        except (Problem, Rejection) as error:
            self.problem = as_problem(error)

    async def _look_around(self) -> None:
        page = self.page
        if self.project is None or self.definition is None:
            return
        self.bag = await project_bag(page.visit, self.project["code"], self.definition.id)
        if self.definition.credit is not None and page.may("read_credit"):
            try:
                self.credit = await credit_of(page.visit, self.project["uscc"])
            except Problem as problem:
                self.credit_problem = problem

    def told(self, problem: Problem) -> str:
        """A problem's sentence."""
        language, request = self.page.language, self.page.visit.request_id
        return str(problem_body(problem.code, language, request, problem.params)["detail"])

    @cached_property
    def question(self) -> Question | None:
        """What a rehearsal would be asked; None while the choices are not let through."""
        if self.prepared is None or self.project is None:
            return None
        start = self.draft.start or self.page.moments.today
        name = self.project["name"]
        project = Project(
            name=Text(zh=name, en=name),
            code=self.project["code"],
            uscc=self.project["uscc"],
        )
        begins = moment(start, OTHERWISE)
        return Question(self.prepared.rules, begins, self.draft.choices, project)

    @cached_property
    def rehearsal(self) -> Rehearsal | None:
        """The rehearsal of these choices, if there was one within the hour."""
        return self.page.resources.rehearsals.find(self.question) if self.question else None

    @cached_property
    def materials(self) -> tuple[int, int]:
        """How many materials the chain asks for in all, and how many of them are in the bag."""
        presence: dict[str, str] = {}
        for chain in self.bag:
            for step in chain["steps"]:
                presence |= {one["material"]: one["presence"] for one in step["needs"]}
        there = sum(one in {"present", "carried"} for one in presence.values())
        return len(presence), there

    @cached_property
    def barred(self) -> list[tuple[CreditPurpose, list[Json]]]:
        """What the enterprise's credit does not allow today, with the grounds."""
        verdicts = self.credit["eligibility"] if self.credit else {}
        return [
            (purpose, verdicts[purpose.value]["grounds"])
            for purpose in CreditPurpose
            if purpose.value in verdicts and not verdicts[purpose.value]["eligible"]
        ]

    @cached_property
    def modes(self) -> dict[str, Mode]:
        """Each step's mode, phases and units spread out; empty while the choices do not fit."""
        if self.prepared is None:
            return {}
        steps = self.prepared.accepted.chain.steps
        return {key: step.mode for key, step in steps.items()}

    @cached_property
    def trusting(self) -> dict[CreditPurpose, list[str]]:
        """The steps that are handled on trust, by what they ask of credit."""
        found: dict[CreditPurpose, list[str]] = {}
        for key, mode in self.modes.items():
            if purpose := PURPOSES.get(mode):
                found.setdefault(purpose, []).append(key)
        return found
