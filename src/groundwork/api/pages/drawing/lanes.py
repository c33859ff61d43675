"""Which lane and which row each step of the map stands in."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from groundwork.api.pages.drawing.network import Arc


class Cell(NamedTuple):
    """A place in the grid: rows are numbered through all lanes, from the top."""

    column: int
    row: int


class Grid(NamedTuple):
    """Where everything stands: lanes from the top with their rows, and the cell of each step."""

    lanes: tuple[str, ...]
    rows: tuple[int, ...]
    cells: Mapping[str, Cell]


_BLOCKED: Final = 4
_ROW: Final = 5
_BEND: Final = 1


def grid(departments: Mapping[str, str], column: Mapping[str, int], arcs: Sequence[Arc]) -> Grid:
    """The grid of these steps, each with its department.

    Depends on the network only, never on how a chain stands, so that a chain's map stays as it is
    from launch to end.
    """
    lanes = _lanes(departments, column, arcs)
    rows = _rows(departments, column, arcs, lanes)
    heights = [
        1 + max(rows[step] for step, one in departments.items() if one == lane) for lane in lanes
    ]
    first = dict(zip(lanes, (sum(heights[:n]) for n in range(len(lanes))), strict=True))
    cells = {
        step: Cell(column[step], first[department] + rows[step])
        for step, department in departments.items()
    }
    return Grid(lanes, tuple(heights), cells)


def _lanes(
    departments: Mapping[str, str], column: Mapping[str, int], arcs: Sequence[Arc]
) -> tuple[str, ...]:
    """The order of the lanes that keeps connected steps close, beginning with the first at work."""
    begun = sorted(departments, key=lambda step: column[step])
    order = list(dict.fromkeys(departments[step] for step in begun))
    pairs = [(departments[arc.before], departments[arc.after]) for arc in arcs]

    def cost(lanes: list[str]) -> int:
        at = {lane: number for number, lane in enumerate(lanes)}
        return sum(abs(at[one] - at[other]) for one, other in pairs)

    best = cost(order)
    improved = True
    while improved:
        improved = False
        for lane in tuple(order):
            rest = [one for one in order if one != lane]
            for place in range(len(order)):
                tried = [*rest[:place], lane, *rest[place:]]
                if (found := cost(tried)) < best:
                    order, best, improved = tried, found, True
    return tuple(order)


def _rows(
    departments: Mapping[str, str],
    column: Mapping[str, int],
    arcs: Sequence[Arc],
    lanes: Sequence[str],
) -> dict[str, int]:
    """The row of each step within its lane: few rows, and few lines that have to go round."""
    order = sorted(departments, key=lambda step: (column[step], lanes.index(departments[step])))
    rows: dict[str, int] = {}
    for step in order:
        taken = {
            rows[other]
            for other in rows
            if departments[other] == departments[step] and column[other] == column[step]
        }
        rows[step] = next(row for row in range(len(order)) if row not in taken)
    best = _cost(rows, departments, column, arcs)
    improved = True
    while improved:
        improved = False
        for step in order:
            for row in range(_deepest(rows, departments, departments[step]) + 2):
                tried = _moved(rows, departments, column, step, row)
                found = _cost(tried, departments, column, arcs)
                if found < best:
                    rows, best, improved = tried, found, True
    return _closed_up(rows, departments)


def _deepest(rows: Mapping[str, int], departments: Mapping[str, str], lane: str) -> int:
    return max(rows[step] for step, one in departments.items() if one == lane)


def _moved(
    rows: Mapping[str, int],
    departments: Mapping[str, str],
    column: Mapping[str, int],
    step: str,
    row: int,
) -> dict[str, int]:
    """The rows with one step moved; whoever stands there changes places with it."""
    moved = {**rows, step: row}
    for other in rows:
        here = departments[other] == departments[step] and column[other] == column[step]
        if other != step and here and rows[other] == row:
            moved[other] = rows[step]
    return moved


def _cost(
    rows: Mapping[str, int],
    departments: Mapping[str, str],
    column: Mapping[str, int],
    arcs: Sequence[Arc],
) -> int:
    place = {step: (departments[step], rows[step]) for step in rows}
    taken = {(column[step], *place[step]) for step in rows}
    cost = _ROW * len({*place.values()})
    for before, after in arcs:
        between = range(column[before] + 1, column[after])
        free_at_start = _free(between, place[before], taken)
        free_at_end = _free(reversed(between), place[after], taken)
        if place[before] == place[after]:
            cost += 0 if free_at_start == len(between) else _BLOCKED
        else:
            cost += _BEND + (0 if free_at_start + free_at_end >= len(between) else _BLOCKED)
            if departments[before] == departments[after]:
                cost += abs(rows[before] - rows[after])
    return cost


def _free(
    between: Iterable[int],
    place: tuple[str, int],
    taken: set[tuple[int, str, int]],
) -> int:
    count = 0
    for column in between:
        if (column, *place) in taken:
            break
        count += 1
    return count


def _closed_up(rows: Mapping[str, int], departments: Mapping[str, str]) -> dict[str, int]:
    """The rows without empty ones."""
    used: dict[str, set[int]] = {}
    for step, row in rows.items():
        used.setdefault(departments[step], set()).add(row)
    return {step: sorted(used[departments[step]]).index(row) for step, row in rows.items()}
