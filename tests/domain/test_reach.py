"""Whose cases somebody reaches: by role, by what they were given, and for whom they act."""

import pytest

from groundwork.domain.grants import Grant, GrantKind, grantable
from groundwork.domain.model import Actor, Role
from groundwork.domain.policy import ROWS, Rows
from groundwork.domain.reach import EVERYTHING, NOTHING, Reach, project_of, reach_of

GIVEN = ("enterprise:A", "park:440784", "project:one", "right:read_payloads")
OVERSEERS = {
    Role.DATA_BUREAU,
    Role.BUSINESS_ENVIRONMENT_OFFICE,
    Role.LIAISON_LEADER,
    Role.ADMINISTRATOR,
    Role.SYSTEM,
}
DESK = {"department:planning", "keeper:p-1", "project:one"}
EXPECTED = {
    Role.PROJECT_MANAGER: {"enterprise:A", "project:one"},
    Role.HOUSEKEEPER: {"park:440784", "project:one", "keeper:p-1"},
    Role.SUPERVISOR: {"enterprise:A", "park:440784", "project:one"},
    Role.OFFICER: DESK,
    Role.SECTION_HEAD: DESK,
    Role.DEPUTY_LEADER: DESK,
    Role.DIRECTOR: DESK,
    Role.OPS: set(),
}


def somebody(role: Role) -> Actor:
    department = "planning" if Rows.DEPARTMENT in ROWS[role] else None
    return Actor(id="p-1", role=role, department=department)


def test_the_policy_says_of_every_role_whose_cases_it_reaches() -> None:
    assert ROWS.keys() == set(Role) == OVERSEERS | EXPECTED.keys()


@pytest.mark.parametrize("role", sorted(OVERSEERS))
def test_who_oversees_reaches_everything(role: Role) -> None:
    assert reach_of(somebody(role), ()) is EVERYTHING
    assert reach_of(somebody(role), ()).opens(())


@pytest.mark.parametrize(("role", "keys"), EXPECTED.items())
def test_everybody_else_reaches_what_their_keys_open(role: Role, keys: set[str]) -> None:
    reach = reach_of(somebody(role), GIVEN)
    assert reach == Reach(keys=frozenset(keys))
    assert not reach.opens(())
    assert not reach.opens({"enterprise:B", "park:440703", "department:water", "project:two"})
    for key in keys:
        assert reach.opens({key, "enterprise:B"})


def test_reaches_are_joined() -> None:
    one, other = Reach(keys=frozenset({"park:1"})), Reach(keys=frozenset({"park:2"}))
    assert one.joined(other).keys == {"park:1", "park:2"}
    assert one.joined(EVERYTHING).everything
    assert one.joined(NOTHING) == one


@pytest.mark.parametrize("role", sorted(Role))
def test_nothing_is_given_that_opens_nothing(role: Role) -> None:
    for kind in (GrantKind.ENTERPRISE, GrantKind.PARK, GrantKind.PROJECT):
        grant = Grant(kind=kind, value="x")
        assert grantable(role, grant) is (grant.key in reach_of(somebody(role), {grant.key}).keys)


def test_a_chain_is_named_after_its_project() -> None:
    chain = "land-to-construction.2603-440784-04-01-558123"
    assert project_of(chain) == "2603-440784-04-01-558123"
    assert project_of("none") == ""
