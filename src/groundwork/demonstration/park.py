"""The park laid out in time: every project's chains as plans that end today.

A park file says of each chain where today lies (`3 wd after L17 due`); the launch is put as far in
the past as that takes. So the park looks alike on whatever day it is opened, holidays aside.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from groundwork.catalogue.calendars import load_calendar, newest_calendar_version
from groundwork.catalogue.loader import content_hash, latest
from groundwork.catalogue.shape import fit
from groundwork.catalogue.source import Document, read
from groundwork.demonstration.casting import Casting
from groundwork.demonstration.form import WrittenChain, WrittenPark, WrittenParkProject
from groundwork.demonstration.workflows import SCRIPTED
from groundwork.domain.calendar import Calendar, local_date
from groundwork.domain.credit import CreditRecord, CreditReport
from groundwork.domain.definition import Text
from groundwork.domain.facts import UnitChoice
from groundwork.domain.model import Chain, DefinitionRef, Launch, Role
from groundwork.domain.rules import Rules, step_keys
from groundwork.domain.succession import carried
from groundwork.rehearsal.actions import ActionReader, Names
from groundwork.rehearsal.moments import Diary, When, moment
from groundwork.rehearsal.plan import DISTRICT, Plan, Staging, make_plan
from groundwork.rehearsal.reading import ScriptError
from groundwork.rehearsal.script import Action, Choices, Project, Script
from groundwork.rehearsal.typical import typical_script

PARK: Final = Path(__file__).parent / "park.yaml"
OPENS: Final = time(9)
CLOSES: Final = timedelta(hours=18)
"""From midnight to the close of business."""
FIRST_GUESS: Final = 60
"""Working days between a launch and today, before anything is reckoned."""
NEARBY: Final = timedelta(days=30)
ATTEMPTS: Final = 12


class ParkError(ValueError):
    """A project of the park does not come to where its file says that today lies."""


class PlannedProject(NamedTuple):
    """A project, what is on its enterprise's record, and the plans of its chains in their order."""

    id: str
    code: str
    name: Text
    enterprise: str
    uscc: str
    reports: tuple[CreditReport, ...]
    plans: tuple[Plan, ...]


class Park:
    """A park file, read and checked."""

    def __init__(self, document: Document, form: WrittenPark) -> None:
        self._document = document
        self._projects = form.projects

    @property
    def ids(self) -> tuple[str, ...]:
        """The projects, in the order in which they are planted."""
        return tuple(_id(one) for one in self._projects)

    def planned(
        self, casting: Casting, as_of: datetime, without: Iterable[str] = ()
    ) -> Iterator[PlannedProject]:
        """Every project as it stands at a moment, one after the other, without some.

        Raises ScriptError for a mistake in the file, ParkError, Miscast.
        """
        left_out = set(without)
        for place, project in enumerate(self._projects):
            if _id(project) not in left_out:
                yield _Planner(self._document, casting, as_of, place, project).planned()


def read_park_file(path: Path = PARK) -> Park:
    """The park in a file. Raises ScriptError with what is wrong in it."""
    document = read(path)
    form, misfits = fit(document, WrittenPark)
    if form is None or misfits:
        raise ScriptError(tuple(document.mistakes))
    return Park(document, form)


@lru_cache
def _rules(chain: str) -> Rules:
    return Rules(latest(chain), load_calendar(newest_calendar_version()))


class _Planner:
    """Plans one project."""

    def __init__(
        self,
        document: Document,
        casting: Casting,
        as_of: datetime,
        place: int,
        project: WrittenParkProject,
    ) -> None:
        self._document = document
        self._casting = casting
        self._as_of = as_of
        self._place = place
        self._project = project
        self._code = ""

    def planned(self) -> PlannedProject:
        """The project with its chains up to today."""
        project = self._project
        plans: list[Plan] = []
        for number, written in enumerate(project.chains):
            before = plans[-1].chain if plans else None
            plans.append(_ChainPlanner(self, number, written, before).plan())
            self._code = plans[0].launch.project_code
        return PlannedProject(
            id=_id(project),
            code=self._code or self.code(local_date(self._as_of)),
            name=self.name,
            enterprise=project.enterprise,
            uscc=project.uscc,
            reports=self.reports,
            plans=tuple(plans),
        )

    @property
    def name(self) -> Text:
        """The project's name."""
        return Text(zh=self._project.name.zh, en=self._project.name.en)

    @property
    def reports(self) -> tuple[CreditReport, ...]:
        """What is on the enterprise's record before anything begins."""
        today = local_date(self._as_of)
        return tuple(
            CreditReport(
                id=f"park-{self._project.serial:06d}-{number}",
                record=CreditRecord(
                    id=f"park-{self._project.serial:06d}-{number}",
                    subject=self._project.uscc,
                    kind=one.kind,
                    severity=one.severity,
                    decided_on=today - timedelta(days=one.days_ago),
                    document=one.document,
                ),
                publish_on=today - timedelta(days=one.days_ago),
            )
            for number, one in enumerate(self._project.credit, start=1)
        )

    def code(self, launched_on: date) -> str:
        """The project code: it begins with the month in which the first chain was launched."""
        return self._code or f"{launched_on:%y%m}-{DISTRICT}-04-01-{self._project.serial:06d}"

    @property
    def as_of(self) -> datetime:
        """The moment that is today."""
        return self._as_of

    @property
    def casting(self) -> Casting:
        """Who plays whom."""
        return self._casting

    @property
    def document(self) -> Document:
        """The file, for mistakes in it."""
        return self._document

    def path(self, chain: int) -> tuple[str | int, ...]:
        """Where a chain stands in the file."""
        return ("projects", self._place, "chains", chain)

    @property
    def uscc(self) -> str:
        """The enterprise's credit code."""
        return self._project.uscc


class _ChainPlanner:
    """Plans one chain of a project."""

    def __init__(
        self, of: _Planner, number: int, written: WrittenChain, before: Chain | None
    ) -> None:
        self._of = of
        self._path = of.path(number)
        self._written = written
        self._before = before
        self._rules = _rules(written.chain)
        self._choices = Choices(
            variant=written.variant,
            modes=dict(written.modes),
            phases={step: tuple(ids) for step, ids in written.phases.items()},
            units=tuple(UnitChoice(id=key, name=name) for key, name in written.units.items()),
        )
        keys = step_keys(self._rules.definition, self._choices.phases, list(written.units))
        self._names = Names(self._rules.definition, keys, None, written.units)
        self._deviations = tuple(self._deviate())
        self._today = self._names.when(of.document, (*self._path, "today"), written.today)
        if of.document.mistakes:
            raise ScriptError(tuple(of.document.mistakes))

    def plan(self) -> Plan:
        """The plan that has come to where today lies. Raises ParkError when it never does."""
        day = self._launch_day()
        plan = self._drafted(day, self._of.as_of)
        if self._before is not None and plan.launch.received_at < _ended(self._before):
            raise ParkError(f"{plan.launch.chain_id} begins before the chain that it follows ends")
        return plan

    def _deviate(self) -> Iterator[Action]:
        """What people do besides the usual."""
        reader = ActionReader(self._of.document, self._rules.definition, self._names)
        for place, entry in enumerate(self._written.actions):
            path = (*self._path, "actions", place)
            at = self._of.document.values.get(path)
            action = reader.read(path, entry, at.line if at else 0)
            if action is not None:
                yield action

    def _launch_day(self) -> date:
        calendar = self._rules.calendar
        today = last_day_of_work(calendar, self._of.as_of)
        day = calendar.add_working_days(today, -FIRST_GUESS)
        tried: dict[date, int] = {}
        while day not in tried and len(tried) < ATTEMPTS:
            reached = self._reached(day, far=not tried)
            gap = tried[day] = calendar.count_working_days(reached, today)
            day = calendar.add_working_days(day, gap)
        # Over holidays no launch may come to the very day: then one that came to it just before.
        in_time = [(gap, tested) for tested, gap in tried.items() if gap >= 0]
        return min(in_time)[1] if in_time else min(tried)

    def _reached(self, launched_on: date, *, far: bool) -> date:
        """The day on which a chain launched on another comes to where today lies.

        Unless it may be `far` from today, what happens much later is not played.
        """
        diary = Diary()
        diary.note(self._drafted(launched_on, None if far else self._of.as_of + NEARBY).events)
        today = self._today or When()
        at = diary.when(today, self._rules.calendar, OPENS)
        if at is None:
            if not far:
                return self._reached(launched_on, far=True)
            raise ParkError(f"{self._written.chain}: {self._written.today} never comes")
        return local_date(at)

    def _drafted(self, launched_on: date, until: datetime | None) -> Plan:
        """The plan of a chain launched on a day, up to a moment or to its end."""
        of, definition = self._of, self._rules.definition
        start = moment(launched_on, OPENS)
        project = Project(name=of.name, code=of.code(launched_on), uscc=of.uscc)
        usual = typical_script(
            self._rules, start, self._choices, project, habits=self._written.usual()
        )
        kept = (one for one in usual.actions if not self._is_left_out(one))
        script = Script(
            project=project,
            choices=self._choices,
            start=start,
            until=until,
            actions=tuple(self._cast(one) for one in (*kept, *self._deviations)),
        )
        staging = Staging(
            launch=self._launch(project, start),
            actor=of.casting.of(definition),
            key=f"{SCRIPTED}{definition.id}.{project.code}",
            records=tuple(one.record for one in of.reports),
        )
        return make_plan(script, self._rules, staging)

    def _is_left_out(self, action: Action) -> bool:
        said = f"{action.verb} {action.subject}"
        return any(fnmatchcase(said, pattern) for pattern in self._written.without)

    def _cast(self, action: Action) -> Action:
        """The action with real people where it names some."""
        if action.verb not in {"verify_commitment", "record_visit"}:
            return action
        officers = self._of.casting.on_site(self._rules.definition, action.subject)
        return action.model_copy(update={"fields": {"officers": officers} | action.fields})

    def _launch(self, project: Project, start: datetime) -> Launch:
        definition, choices, before = self._rules.definition, self._choices, self._before
        housekeeper = self._of.casting.actor(Role.HOUSEKEEPER)
        return Launch(
            chain_id=f"{definition.id}.{project.code}",
            project_code=project.code,
            uscc=project.uscc,
            definition=DefinitionRef(
                id=definition.id, version=definition.version, hash=content_hash(definition)
            ),
            calendar_version=self._rules.calendar.version,
            variant=choices.variant,
            modes=choices.modes,
            phases=choices.phases,
            units=choices.units,
            predecessor=before.id if before else None,
            carried=carried(definition, before) if before else {},
            housekeeper=housekeeper.id,
            district=DISTRICT,
            key=f"{SCRIPTED}{definition.id}.{project.code}",
            by=housekeeper,
            received_at=start,
        )


def last_day_of_work(calendar: Calendar, as_of: datetime) -> date:
    """The last working day that is over: what the park calls today, so that all of it happened."""
    day = local_date(as_of - CLOSES)
    return day if calendar.is_working_day(day) else calendar.add_working_days(day, -1)


def _ended(chain: Chain) -> datetime:
    if chain.finished_at is None:
        raise ParkError(f"{chain.id} is followed by another chain but does not end")
    return chain.finished_at


def _id(project: WrittenParkProject) -> str:
    return f"{project.serial:06d}"
