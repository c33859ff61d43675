"""Substitutes: local dates, both included; chains are followed, loops are never closed."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from groundwork.domain.deputies import Absence, closes_loop, outranks, stand_in, stood_in_for
from groundwork.domain.model import Role

MONDAY = date(2026, 3, 2)
PEOPLE = ("a", "b", "c", "d", "e")


def away(person: str, substitute: str, first: int = 0, last: int = 4) -> Absence:
    """An absence from so many days after Monday."""
    return Absence(
        id=f"{person}>{substitute}@{first}",
        person=person,
        substitute=substitute,
        first_day=MONDAY + timedelta(first),
        last_day=MONDAY + timedelta(last),
    )


def acting(person: str, absences: list[Absence], day: int) -> str:
    found = stand_in(person, absences, MONDAY + timedelta(day))
    return found.substitute if found else person


@st.composite
def registers(draw: st.DrawFn) -> list[Absence]:
    """Absences as they would be registered one by one."""
    known: list[Absence] = []
    for _ in range(draw(st.integers(0, 12))):
        person = draw(st.sampled_from(PEOPLE))
        substitute = draw(st.sampled_from([one for one in PEOPLE if one != person]))
        first = draw(st.integers(0, 9))
        new = away(person, substitute, first, first + draw(st.integers(0, 6)))
        own = [one for one in known if one.person == person]
        if any(one.first_day <= new.last_day and new.first_day <= one.last_day for one in own):
            continue
        if not closes_loop(new, known):
            known.append(new)
    return known


def test_both_days_are_included() -> None:
    absences = [away("a", "b", 1, 3)]
    assert [acting("a", absences, day) for day in range(5)] == ["a", "b", "b", "b", "a"]


def test_whose_substitute_is_away_is_followed_on_while_that_lasts() -> None:
    absences = [away("a", "b", 0, 4), away("b", "c", 2, 3)]
    assert [acting("a", absences, day) for day in range(6)] == ["b", "b", "c", "c", "b", "a"]
    assert [one.person for one in stood_in_for("c", absences, MONDAY + timedelta(2))] == ["a", "b"]
    assert stood_in_for("b", absences, MONDAY + timedelta(2)) == []


def test_a_loop_is_refused_only_on_days_that_it_has_in_common() -> None:
    known = [away("a", "b", 0, 4), away("b", "c", 3, 6)]
    assert closes_loop(away("c", "a", 4, 8), known)
    assert not closes_loop(away("c", "a", 5, 8), known)
    assert not closes_loop(away("c", "a", 0, 2), known)
    assert closes_loop(away("b", "a", 4, 4), [away("a", "b", 0, 4)])


def test_a_loop_that_is_there_all_the_same_ends_and_names_nobody() -> None:
    absences = [away("a", "b"), away("b", "a"), away("c", "a")]
    found = stand_in("a", absences, MONDAY)
    assert found is not None
    assert found.substitute == "a"
    assert acting("c", absences, 0) == "c"
    assert stood_in_for("a", absences, MONDAY) == []


@given(registers(), st.integers(-1, 17))
def test_whoever_acts_is_there(known: list[Absence], day: int) -> None:
    on = MONDAY + timedelta(day)
    absent = {one.person for one in known if one.on(on)}
    for person in PEOPLE:
        assert acting(person, known, day) not in absent


@given(registers(), st.integers(-1, 17))
def test_everybody_has_one_place_and_both_directions_agree(known: list[Absence], day: int) -> None:
    on = MONDAY + timedelta(day)
    taken = {(one.person, person) for person in PEOPLE for one in stood_in_for(person, known, on)}
    absent = {one.person for one in known if one.on(on)}
    assert taken == {(person, acting(person, known, day)) for person in absent}


@given(registers(), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), st.integers(0, 9))
def test_a_refused_absence_would_have_left_a_day_without_anybody(
    known: list[Absence], person: str, substitute: str, first: int
) -> None:
    new = away(person, substitute, first, first + 3)
    if person == substitute or any(one.person == person for one in known):
        return
    lost = any(
        acting(one, [*known, new], day)
        in {a.person for a in [*known, new] if a.on(MONDAY + timedelta(day))}
        for day in range(first, first + 4)
        for one in PEOPLE
    )
    assert closes_loop(new, known) == lost


def test_the_order_of_a_desk() -> None:
    assert outranks(Role.SECTION_HEAD, Role.OFFICER)
    assert outranks(Role.DIRECTOR, Role.DEPUTY_LEADER)
    assert not outranks(Role.SECTION_HEAD, Role.SECTION_HEAD)
    assert not outranks(Role.SECTION_HEAD, Role.DIRECTOR)
    assert not outranks(Role.DATA_BUREAU, Role.OFFICER)
