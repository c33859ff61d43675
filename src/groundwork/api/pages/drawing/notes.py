"""The words at a station or bar: its state, its date and what is left, seen and read out."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from groundwork.api.languages import Language, said
from groundwork.api.pages.drawing import lettering, wording
from groundwork.api.pages.drawing.signs import PREDICTED, Sign, gravest
from groundwork.api.pages.drawing.tasks import Task

_SIZE: Final = 12.0


class Note(NamedTuple):
    """A line under a station's name: `word` in the colours of `token`, then the rest."""

    word: str
    rest: str
    token: str


def notes_of(
    tasks: Sequence[Task], language: Language, room: float, most_marks: int
) -> tuple[Note, ...]:
    """The lines under a station's name, broken to fit; of several tasks, the gravest speaks."""
    sign = gravest([task.sign for task in tasks])
    alike = [task for task in tasks if task.sign.token == sign.token]
    if len(tasks) > most_marks and len(alike) < len(tasks):
        word = f"{said(sign.word, language)} {len(alike)}/{len(tasks)}"
        return _broken(sign, word, "", language, room)
    # Of those in the same state, the next to be due or the last to end.
    task = min(alike, key=lambda one: (one.due_on or one.ends, one.key))
    if task.due_on is None:
        task = max(alike, key=lambda one: (one.ends, one.key))
    named = len(alike) < len(tasks) and sign.token not in {"done", "todo", "exempt"}
    word = f"{task.part} {said(sign.word, language)}" if named else said(sign.word, language)
    lines = _broken(sign, word, _when(task, language), language, room)
    left = remaining(task, language)
    more = lettering.wrapped(left, room, _SIZE) if left else ()
    return (*lines, *(Note("", line, sign.token) for line in more))


def remaining(task: Task, language: Language) -> str:
    """What is left until a task is due, or until when its clock stands; empty if neither is."""
    if task.stopped_until is not None:
        return wording.stopped(task.stopped_until, language)
    return "" if task.left is None else wording.left(task.left, language, over=task.over)


def _when(task: Task, language: Language) -> str:
    if task.due_on is not None:
        return wording.short_day(task.due_on, language)
    if task.sign.token in {"exempt", "ended"}:
        return ""
    on = wording.short_day(task.ends, language)
    if not task.predicted or task.sign.token == "todo":
        return on
    return f"预计 {on}" if language == "zh" else f"exp. {on}"


def _broken(sign: Sign, word: str, rest: str, language: Language, room: float) -> tuple[Note, ...]:
    whole = f"{word} {rest}".strip()
    if rest and lettering.width(whole, _SIZE) > room:
        return (Note(word, "", sign.token), Note("", rest, sign.token))
    return (Note(word, rest, sign.token),)


def spoken(task: Task, department: str, language: Language, *, critical: bool) -> str:
    """A task in one line that says everything a reader of the drawing sees."""
    parts = [said(task.whole_name, language), department]
    if task.sign is not PREDICTED:
        parts.append(said(task.sign.word, language))
    if task.due_on is not None:
        on = wording.day(task.due_on, language, year=True)
        parts.append(f"{on}到期" if language == "zh" else f"due {on}")
        parts.append(remaining(task, language))
    elif task.sign.token not in {"exempt", "ended"}:
        parts.append(_ending(task, language))
    return _listed([*parts, *_on_path(language, critical=critical)], language)


def _ending(task: Task, language: Language) -> str:
    on = wording.day(task.ends, language, year=True)
    if task.predicted:
        return f"预计{on}办结" if language == "zh" else f"expected to be done on {on}"
    return f"{on}办结" if language == "zh" else f"on {on}"


def spoken_count(
    tasks: Sequence[Task], department: str, language: Language, *, critical: bool
) -> str:
    """Many tasks of one step in one line: how many stand how."""
    counted = Counter(task.sign for task in tasks if task.sign is not PREDICTED)
    states = [f"{said(sign.word, language)} {count}" for sign, count in counted.most_common()]
    total = f"共 {len(tasks)} 项" if language == "zh" else f"{len(tasks)} units"
    parts = [said(tasks[0].name, language), department, total, *states]
    if all(task.predicted for task in tasks):
        parts.append(_ending(max(tasks, key=lambda task: task.ends), language))
    return _listed([*parts, *_on_path(language, critical=critical)], language)


def _on_path(language: Language, *, critical: bool) -> list[str]:
    if not critical:
        return []
    return ["关键路径"] if language == "zh" else ["critical path"]


def _listed(parts: Sequence[str], language: Language) -> str:
    return ("，" if language == "zh" else ", ").join(parts)
