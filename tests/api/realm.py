"""People of every role, and two cases: one within the reach of all who have any, one beyond it."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.api.app import create_app
from groundwork.api.pages.frame import Opened
from groundwork.api.visit import May
from groundwork.catalogue.calendars import load_calendar
from groundwork.catalogue.loader import latest
from groundwork.domain.facts import UnitChoice
from groundwork.domain.grants import Grant, GrantKind
from groundwork.domain.model import Role
from groundwork.domain.rules import Rules
from groundwork.runtime.settings import Settings
from groundwork.store.duties import Written
from groundwork.store.grants import Grants
from groundwork.store.people import People
from groundwork.store.projects import NewProject, Projects
from tests.api.house import REFORM, fresh_code
from tests.api.recorded import launched_for, recorded

DESK: Final = REFORM
"""A department that the first chain concerns and the second does not."""
AT_DESK: Final = frozenset({Role.OFFICER, Role.SECTION_HEAD, Role.DEPUTY_LEADER, Role.DIRECTOR})
UNITS: Final = {
    "land-to-construction": (),
    "completion-to-production": (UnitChoice(id="B1", name="1号厂房"),),
}
ROLES: Final = tuple(role for role in Role if role is not Role.SYSTEM)


class Case(NamedTuple):
    """A project with a chain, and the words by which it would be known again."""

    code: str
    chain: str
    uscc: str
    words: tuple[str, ...]


class Realm(NamedTuple):
    """A case of everybody's own, one of strangers, and one that does not exist."""

    own: Case
    strange: Case
    absent: Case
    people: dict[Role, str]
    tokens: dict[Role, str]


class Route(NamedTuple):
    """A method at an address, and who is let in: by one of the actions, or everybody."""

    method: str
    path: str
    actions: tuple[str, ...]
    command: bool = False

    @property
    def of_a_case(self) -> bool:
        """Whether the address names a chain or a project."""
        return bool(self.actions) and ("{chain_id}" in self.path or "{code}" in self.path)


def routes() -> Iterator[Route]:
    """Every method at every address of the API and the pages, as the application serves them."""
    for one in create_app(Settings()).routes:
        for context in getattr(one, "effective_route_contexts", tuple)():
            doors = list(dict.fromkeys(_doors(context.dependant)))
            actions = tuple(action for door, _ in doors for action in door)
            command = any(command for _, command in doors)
            for method in sorted(context.methods):
                yield Route(method, context.path, actions, command)


def _doors(dependant: object) -> Iterator[tuple[tuple[str, ...], bool]]:
    for each in dependant.dependencies:  # type: ignore[attr-defined]
        if isinstance(each.call, May):
            yield each.call.actions, each.call.command
        if isinstance(each.call, Opened):
            yield (each.call.action,), False
        yield from _doors(each)


async def settle(engine: AsyncEngine) -> Realm:
    """Write the two cases and the people."""
    people, tokens = await _people(engine)
    own = await _case(engine, "land-to-construction", "440784", "91440784MA0000015C", "自家")
    uscc, district = "91440784MA00003300", "440703"
    strange = await _case(engine, "completion-to-production", district, uscc, "别家")
    code = fresh_code()
    absent = Case(code, f"{strange.chain.partition('.')[0]}.{code}", "91440784MA0000285Y", ())
    for role, kind, value in (
        (Role.PROJECT_MANAGER, GrantKind.ENTERPRISE, own.uscc),
        (Role.HOUSEKEEPER, GrantKind.PARK, "440784"),
        (Role.SUPERVISOR, GrantKind.PROJECT, own.code),
    ):
        grant = Grant(kind=kind, value=value)
        await Grants(engine).give(people[role], grant, Written("p-admin", "test"))
    return Realm(own, strange, absent, people, tokens)


async def _people(engine: AsyncEngine) -> tuple[dict[Role, str], dict[Role, str]]:
    people: dict[Role, str] = {}
    tokens: dict[Role, str] = {}
    for role in ROLES:
        person = await People(engine).create("某人", role, DESK if role in AT_DESK else None)
        people[role] = person.id
        tokens[role] = (await People(engine).issue_token(person.id, "test")).secret
    return people, tokens


async def _case(engine: AsyncEngine, kind: str, district: str, uscc: str, word: str) -> Case:
    words = (f"{word}机密项目", f"{word}机密企业")
    project = NewProject(
        code=fresh_code(),
        name=words[0],
        enterprise=words[1],
        uscc=uscc,
        district=district,
        housekeeper="p-somebody-else",
        created_by="p-somebody-else",
    )
    await Projects(engine).create(project)
    rules = Rules(latest(kind), load_calendar("cn-2026.1"))
    play = await launched_for(project.code, engine, rules, units=UNITS[kind])
    first = rules.definition.steps[0].id
    play.at("2026-03-02 10:00").receive(first).accept(first)
    chain = await recorded(engine, play)
    return Case(project.code, chain, uscc, (project.code, *words))
