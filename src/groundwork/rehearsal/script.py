"""A rehearsal's script: who does what when on one chain."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from string import ascii_lowercase
from types import MappingProxyType
from typing import Any, Final, get_args

from pydantic import Field, TypeAdapter

from groundwork.domain import commands as cmd
from groundwork.domain.base import Frozen
from groundwork.domain.calendar import Calendar, local_date
from groundwork.domain.commitments import told
from groundwork.domain.definition import ChainDefinition, Mode, Text, Variant
from groundwork.domain.facts import UnitChoice
from groundwork.domain.model import Actor, Chain, CommitmentState, DecisionResult, Role
from groundwork.domain.policy import OWN_DEPARTMENT, PERMITTED
from groundwork.domain.views import open_deficiencies
from groundwork.rehearsal.moments import When

USUAL_TIMES: Final = MappingProxyType(
    {
        "receive": time(9),
        "draft_commitment": time(9, 15),
        "sign_commitment": time(9, 30),
        "accept": time(10),
        "decide": time(16),
    }
)
"""When on a day the common actions are done if a script does not say; all others at eleven."""
OTHERWISE: Final = time(11)

COMMANDS: Final[Mapping[str, type[Frozen]]] = MappingProxyType(
    {kind.model_fields["type"].default: kind for kind in get_args(get_args(cmd.AnyCommand)[0])}
)
"""Every command by its verb."""

SUBJECTS: Final = ("step", "deficiency", "commitment", "escalation", "unit")
"""The fields of which a command names one: what it is about."""

_ANY_COMMAND: Final[TypeAdapter[cmd.AnyCommand]] = TypeAdapter(cmd.AnyCommand)
_BY_DEFAULT: Final = (
    Role.PROJECT_MANAGER,
    Role.OFFICER,
    Role.SECTION_HEAD,
    Role.DEPUTY_LEADER,
    Role.BUSINESS_ENVIRONMENT_OFFICE,
    Role.HOUSEKEEPER,
)
_AT_DESKS: Final = PERMITTED["decide"]
_UNDERTAKING: Final = "按承诺书所列标准和期限办理 · As the commitment letter lists"


class Days(Frozen):
    """A date as a distance from the day of the action, where a script gives no date."""

    count: int
    unit: str

    def after(self, day: date, calendar: Calendar) -> date:
        """The day so many working or calendar days after another."""
        if self.unit == "cd":
            return day + timedelta(days=self.count)
        return calendar.add_working_days(day, self.count)


class Action(Frozen):
    """One thing that somebody does. `line` is where the script says so, 0 if none does."""

    when: When
    verb: str
    subject: str = ""
    by: Role
    department: str | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    line: int = 0

    @property
    def usual_time(self) -> time:
        """The time of day at which this is done where the script does not say."""
        return USUAL_TIMES.get(self.verb, OTHERWISE)

    @property
    def actor(self) -> Actor:
        """Who does it, under an id that names nobody."""
        name = f"{self.by.value}.{self.department}" if self.department else self.by.value
        return Actor(id=name, role=self.by, department=self.department)

    def command(
        self, chain: Chain, definition: ChainDefinition, calendar: Calendar, at: datetime
    ) -> cmd.AnyCommand:
        """The command it comes to, as the chain stands at that moment.

        Raises pydantic's ValidationError when a field is missing or does not fit.
        """
        kind = COMMANDS[self.verb]
        given: dict[str, Any] = {"type": self.verb}
        if (field := subject_field(kind)) is not None:
            given[field] = self.subject
        given |= _assumed(self, chain, definition)
        for name, value in self.fields.items():
            is_distance = isinstance(value, Days)
            given[name] = value.after(local_date(at), calendar) if is_distance else value
        return _ANY_COMMAND.validate_python(given)


class Milestone(Frozen):
    """A moment of the chain that people speak of, such as the signing."""

    id: str
    name: Text
    when: When


class Span(Frozen):
    """The calendar days between two milestones."""

    id: str
    name: Text
    first: str
    last: str


class Reported(Frozen):
    """A figure that was published about the case. It is shown, never computed or asserted."""

    days: int
    source: Text


class Project(Frozen):
    """Whose chain it is."""

    name: Text
    code: str
    uscc: str


class Choices(Frozen):
    """What is chosen at the launch."""

    variant: Variant = Variant.STANDARD
    modes: dict[str, Mode] = Field(default_factory=dict)
    phases: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    units: tuple[UnitChoice, ...] = ()


class Script(Frozen):
    """A chain's launch and everything that people then do on it.

    `until` is how far a chain that has not ended is watched; None: until nothing more would happen
    by itself. `account` says what of it is documented and what is not.
    """

    project: Project
    account: Text | None = None
    choices: Choices = Choices()
    start: datetime
    until: datetime | None = None
    actions: tuple[Action, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    spans: tuple[Span, ...] = ()
    reported: Reported | None = None


def subject_field(kind: type[Frozen]) -> str | None:
    """The field that says what a command is about; None if it is about the whole chain."""
    return next((name for name in SUBJECTS if name in kind.model_fields), None)


def usual_actor(verb: str, step: str | None, definition: ChainDefinition) -> Role:
    """Who does this where a script does not say."""
    applicant_owned = step is not None and definition.step(step).applicant_owned
    if applicant_owned and verb in {"receive", "accept", "begin_review", "decide"}:
        return Role.PROJECT_MANAGER
    return next(role for role in _BY_DEFAULT if role in PERMITTED[verb])


def department_of(
    role: Role, verb: str, step: str | None, definition: ChainDefinition
) -> str | None:
    """The department whose people act on a step; None for everybody else."""
    if role in _AT_DESKS and verb in OWN_DEPARTMENT and step is not None:
        return definition.step(step).lead
    return None


def all_materials(
    step: str, definition: ChainDefinition, but: Iterable[str] = ()
) -> tuple[str, ...]:
    """The ids of a step's materials, without some."""
    return tuple(one.id for one in definition.step(step).materials if one.id not in set(but))


def _assumed(action: Action, chain: Chain, definition: ChainDefinition) -> dict[str, Any]:
    """What a command says where the script does not: the common case."""
    rule = _ASSUMPTIONS.get(action.verb)
    return rule(action, chain, definition) if rule is not None else {}


def _complete(action: Action, _: Chain, definition: ChainDefinition) -> dict[str, Any]:
    return {"materials": all_materials(action.subject, definition)}


def _handed_in(action: Action, chain: Chain, definition: ChainDefinition) -> dict[str, Any]:
    """Everything; what lacks and may follow is promised where tolerance wants a promise."""
    every = all_materials(action.subject, definition)
    handed_in = action.fields.get("materials", every)
    step = chain.steps.get(action.subject)
    tolerant = step is not None and step.mode is Mode.DEFICIENCY_TOLERANT
    if not tolerant or definition.promises is None:
        return {"materials": every}
    of_step = definition.step(action.subject).materials
    promised = tuple(one.id for one in of_step if one.cure and one.id not in handed_in)
    return {"materials": every, "promised": promised}


def _granted(action: Action, chain: Chain, definition: ChainDefinition) -> dict[str, Any]:
    lacking = open_deficiencies(chain, action.subject)
    result = DecisionResult.PASS_WITH_TOLERANCE if lacking else DecisionResult.PASS
    if not definition.step(action.subject).conversion_gate:
        return {"result": result}
    won = {"winner_uscc": chain.launch.uscc, "planning_conditions_changed": False}
    return {"result": result, **won}


def _drafted(action: Action, _: Chain, definition: ChainDefinition) -> dict[str, Any]:
    """The letter undertakes what the step's notice asks for."""
    return {"obligations": told(definition.step(action.subject).commitment) or (_UNDERTAKING,)}


def _undertaken(action: Action, chain: Chain, _: ChainDefinition) -> dict[str, Any]:
    """What the letter says, or else the usual."""
    drafted = any(
        one.step == action.subject and one.state is CommitmentState.DRAFT
        for one in chain.commitments.values()
    )
    return {} if drafted else {"obligations": (_UNDERTAKING,)}


def _kept(_: Action, __: Chain, definition: ChainDefinition) -> dict[str, Any]:
    officers = definition.promises.officers if definition.promises else 0
    return {"outcome": cmd.VerificationOutcome.FULFILLED, "officers": _on_site(officers)}


def _visited(_: Action, __: Chain, definition: ChainDefinition) -> dict[str, Any]:
    visit = definition.joint.visit if definition.joint else None
    return {"officers": _on_site(visit.officers)} if visit else {}


def _on_site(count: int) -> tuple[str, ...]:
    """As many officers as are wanted, whoever they are."""
    return tuple(f"officer-{letter}" for letter in ascii_lowercase[:count])


_ASSUMPTIONS: Final[Mapping[str, Callable[[Action, Chain, ChainDefinition], dict[str, Any]]]] = (
    MappingProxyType(
        {
            "receive": _handed_in,
            "submit_correction": _complete,
            "decide": _granted,
            "draft_commitment": _drafted,
            "sign_commitment": _undertaken,
            "verify_commitment": _kept,
            "record_visit": _visited,
        }
    )
)
