"""Who stands in for whom on a day (请假与代理): pure, over absences as data.

Days are local dates (Asia/Shanghai), the first and the last included.
"""

from collections.abc import Iterable
from datetime import date

from groundwork.domain.base import Frozen
from groundwork.domain.model import Role


class Absence(Frozen):
    """A person is out of office from one day to another, and somebody takes their place."""

    id: str
    person: str
    substitute: str
    first_day: date
    last_day: date

    def on(self, day: date) -> bool:
        """Whether the person is out of office that day."""
        return self.first_day <= day <= self.last_day


def overlap(one: Absence, other: Absence) -> bool:
    """Whether two absences have a day in common."""
    return one.first_day <= other.last_day and other.first_day <= one.last_day


def stand_in(person: str, absences: Iterable[Absence], day: date) -> Absence | None:
    """The absence under which somebody acts for the person that day, or None while they are there.

    Its `substitute` is the last of the chain: whose own substitute is away as well is followed on.
    Its `id` is that of the person's own absence. A loop, which no absence may close, leads nowhere:
    the answer is then the person's own absence with the person as substitute.
    """
    away = {one.person: one for one in absences if one.on(day)}
    own = away.get(person)
    if own is None:
        return None
    seen, last = {person}, own.substitute
    while last in away and last not in seen:
        seen.add(last)
        last = away[last].substitute
    return own.model_copy(update={"substitute": person if last in seen else last})


def stood_in_for(person: str, absences: Iterable[Absence], day: date) -> list[Absence]:
    """The absences in which it is this person who acts that day, by the absent person's id."""
    known = list(absences)
    found = [stand_in(one.person, known, day) for one in known if one.on(day)]
    return sorted(
        (one for one in found if one is not None and one.substitute == person != one.person),
        key=lambda one: one.person,
    )


def closes_loop(new: Absence, absences: Iterable[Absence]) -> bool:
    """Whether, on some day, nobody would be left to act if this absence were added."""
    together = [one for one in absences if overlap(one, new)]
    # Who is away changes only where an absence begins, so these days stand for all.
    days = {new.first_day, *(one.first_day for one in together if new.on(one.first_day))}
    return any(_leads_back(new, together, day) for day in days)


def _leads_back(new: Absence, absences: list[Absence], day: date) -> bool:
    found = stand_in(new.person, [*absences, new], day)
    return found is not None and found.substitute == new.person


_RANK = (Role.OFFICER, Role.SECTION_HEAD, Role.DEPUTY_LEADER, Role.DIRECTOR)


def outranks(role: Role, other: Role) -> bool:
    """Whether one role stands above another within a department."""
    return role in _RANK and other in _RANK and _RANK.index(role) > _RANK.index(other)
