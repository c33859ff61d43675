"""The people of a demonstration: one for every role, with invented names and a token each."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from groundwork.console import tokens
from groundwork.domain.definition import ChainDefinition, Department
from groundwork.domain.grants import Grant, GrantKind
from groundwork.domain.model import Role
from groundwork.rehearsal.plan import DISTRICT
from groundwork.runtime.demonstration import Player, save_cast

if TYPE_CHECKING:
    from groundwork.store.grants import Grants
    from groundwork.store.people import People, Person

_NAMED: Final = MappingProxyType({Role.HOUSEKEEPER: "林小燕", Role.SUPERVISOR: "容慧珍"})
_SURNAMES: Final = "陈李黄张梁何吴冯罗邓"
_GIVEN: Final = ("志明", "丽华", "建国", "晓彤", "伟强", "淑贞", "俊杰", "美玲", "国栋", "秋怡")

AT_DESKS: Final = (Role.OFFICER, Role.SECTION_HEAD, Role.DEPUTY_LEADER, Role.DIRECTOR)
BESIDES: Final = (
    Role.HOUSEKEEPER,
    Role.PROJECT_MANAGER,
    Role.DATA_BUREAU,
    Role.BUSINESS_ENVIRONMENT_OFFICE,
    Role.LIAISON_LEADER,
    Role.OPS,
    Role.SUPERVISOR,
)


IN_THE_PARK: Final = frozenset({Role.HOUSEKEEPER, Role.SUPERVISOR})
_PARK: Final = Grant(kind=GrantKind.PARK, value=DISTRICT)
"""What these reach. The project manager gets each enterprise with its first project."""


class Part(NamedTuple):
    """Somebody to be played. `handle` is what `--as` takes."""

    handle: str
    name: str
    role: Role
    department: Department | None = None

    def played_by(self, person: str) -> Player:
        """The part with the account of whoever plays it."""
        return Player(
            handle=self.handle,
            name=self.name,
            role=self.role,
            department=self.department.id if self.department else None,
            department_name=self.department.short if self.department else None,
            person=person,
        )

    def is_played_by(self, person: "Person") -> bool:
        """Whether an account is this person's."""
        department = self.department.id if self.department else None
        wanted = (self.name, self.role, department, True)
        return wanted == (person.name, person.role, person.department, person.active)


def parts(definitions: Sequence[ChainDefinition]) -> Iterator[Part]:
    """Everybody that the chains need.

    Four for each department that leads a step, an officer for each that is only asked for its
    opinion or holds a condition of a gate, and those at no desk.
    """
    names = _names()
    for role in BESIDES:
        yield Part(_dashed(role), _NAMED.get(role) or next(names), role)
    leads = _once(one for definition in definitions for one in leading(definition))
    others = _once(one for definition in definitions for one in asked(definition))
    for department in leads.values():
        for role in AT_DESKS:
            yield Part(f"{department.id}.{_dashed(role)}", next(names), role, department)
    for department in (one for one in others.values() if one.id not in leads):
        role = Role.OFFICER
        yield Part(f"{department.id}.{_dashed(role)}", next(names), role, department)


def _once(departments: Iterable[Department]) -> dict[str, Department]:
    """Each department once, as the first chain that has it calls it."""
    found: dict[str, Department] = {}
    for department in departments:
        found.setdefault(department.id, department)
    return found


def _names() -> Iterator[str]:
    """A hundred different names, neighbours with nothing in common."""
    for number in range(len(_SURNAMES) * len(_GIVEN)):
        turn, place = divmod(number, len(_SURNAMES))
        yield _SURNAMES[place] + _GIVEN[(place + turn) % len(_GIVEN)]


def leading(definition: ChainDefinition) -> list[Department]:
    """The departments that lead a step; the enterprise, which has steps of its own, is none."""
    leads = {step.lead for step in definition.steps if not step.applicant_owned}
    return [department for department in definition.departments if department.id in leads]


def asked(definition: ChainDefinition) -> list[Department]:
    """The departments that are consulted on a step, or that hold a condition of a gate."""
    consulted = {department for step in definition.steps for department in step.consulted}
    holders = {one.holder for gate in definition.gates for one in gate.conditions}
    return [one for one in definition.departments if one.id in consulted | holders]


async def engage(
    people: "People", grants: "Grants", cast: list[Part], data_dir: Path
) -> tuple[Player, ...]:
    """Give everybody an account, a saved token and what they reach, and write down who is who.

    Whoever has all that is left alone.
    """
    from groundwork.store.duties import Written

    known = await people.all()
    players: list[Player] = []
    for part in cast:
        person = next((one for one in known if part.is_played_by(one)), None)
        if person is None:
            department = part.department.id if part.department else None
            person = await people.create(part.name, part.role, department)
        await save_token(people, person, part.handle, data_dir)
        if part.role in IN_THE_PARK:
            await grants.give(person.id, _PARK, Written("system", "demonstration"))
        players.append(part.played_by(person.id))
    save_cast(data_dir, tuple(players))
    return tuple(players)


async def save_token(people: "People", person: "Person", handle: str, data_dir: Path) -> None:
    """See to it that the saved token is in force and this person's."""
    secret = tokens.find(data_dir, handle)
    bearer = await people.authenticate(secret) if secret else None
    if bearer is None or bearer.id != person.id:
        issued = await people.issue_token(person.id, "groundwork up")
        tokens.save(data_dir, handle, issued.secret)


def _dashed(role: Role) -> str:
    return role.value.replace("_", "-")
