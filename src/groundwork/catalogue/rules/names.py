"""Names: everything has its own, and nothing is referred to that is not there."""

from collections.abc import Sequence

from groundwork.catalogue.mistakes import FieldPath, Said
from groundwork.catalogue.rules.reading import Reading
from groundwork.catalogue.shape import suggestion
from groundwork.catalogue.source import Document
from groundwork.catalogue.written_basics import Written
from groundwork.domain.definition import StepDefinition

_ONCE = Said("请删除或改名。", "Remove or rename one of them.")


def check(reading: Reading) -> None:
    """Report names that are used twice or are not known."""
    form = reading.form
    for section in ("departments", "stages", "steps", "routes"):
        unique_ids(reading.document, getattr(form, section), (section,))
    for path, step in zip((p for p, _ in reading.steps()), form.steps, strict=True):
        unique_ids(reading.document, step.materials, (*path, "materials"))
        unique_ids(reading.document, step.phases, (*path, "phases"))
    for path, step_definition in reading.steps():
        _lists_without_repetition(reading, path, step_definition)
        _departments_and_stage(reading, path, step_definition)
        _dependencies(reading, path, step_definition)
    _stage_leads(reading)
    _route_steps(reading)
    _file_name(reading)


def unique_ids(document: Document, pieces: Sequence[Written], section: FieldPath) -> None:
    """Report ids that a list uses twice."""
    seen: set[str] = set()
    for i, piece in enumerate(pieces):
        identity: str = getattr(piece, "id", "")
        if identity in seen:
            wrong = Said(f"编号“{identity}”重复。", f'The id "{identity}" is used twice.')
            document.report((*piece.path_or((*section, i)), "id"), wrong, _ONCE)
        seen.add(identity)


def _lists_without_repetition(reading: Reading, path: FieldPath, step: StepDefinition) -> None:
    lists: dict[str, list[str]] = {
        "consulted": list(step.consulted),
        "after": [edge.step for edge in step.after],
        "modes": list(step.modes),
        "stops": list(step.stops),
    }
    for field, names in lists.items():
        for i, name in enumerate(names):
            if name in names[:i]:
                wrong = Said(f"“{name}”重复。", f'"{name}" is listed twice.')
                reading.document.report(
                    (*path, field, i), wrong, Said("请删除一个。", "Remove one.")
                )
    if step.lead in step.consulted:
        wrong = Said(
            f"牵头部门“{step.lead}”不必再列为协同部门。",
            f'The lead "{step.lead}" is also listed as consulted.',
        )
        at = (*path, "consulted", step.consulted.index(step.lead))
        reading.document.report(at, wrong, Said("请删除。", "Remove it."))


def _departments_and_stage(reading: Reading, path: FieldPath, step: StepDefinition) -> None:
    known(reading, "departments", (*path, "lead"), step.lead)
    for i, department in enumerate(step.consulted):
        known(reading, "departments", (*path, "consulted", i), department)
    known(reading, "stages", (*path, "stage"), step.stage)


_KINDS = {
    "departments": Said("部门", "department"),
    "stages": Said("阶段", "stage"),
    "steps": Said("环节", "step"),
}


def known(reading: Reading, section: str, path: FieldPath, name: str) -> bool:
    """Whether a section declares the name, or cannot be asked; reported if not."""
    declared = reading.declared(section)
    if declared is None or name in declared:
        return True
    kind = _KINDS[section]
    wrong = Said(f"没有{kind.zh}“{name}”。", f'There is no {kind.en} "{name}".')
    reading.document.report(path, wrong, suggestion(name, declared))
    return False


def _dependencies(reading: Reading, path: FieldPath, step: StepDefinition) -> None:
    for i, edge in enumerate(step.after):
        at = (*path, "after", i)
        name, _, phase = edge.step.partition(".")
        if not known(reading, "steps", at, name) or not phase or name in reading.faulty_steps:
            continue
        phases = [
            one.id for other in reading.chain.steps if other.id == name for one in other.phases
        ]
        if phase not in phases:
            wrong = Said(f"环节 {name} 没有分期“{phase}”。", f'Step {name} has no phase "{phase}".')
            reading.document.report(at, wrong, suggestion(phase, phases))


def _stage_leads(reading: Reading) -> None:
    for i, form in enumerate(reading.form.stages):
        known(reading, "departments", (*form.path_or(("stages", i)), "lead"), form.lead)


def _route_steps(reading: Reading) -> None:
    for i, form in enumerate(reading.form.routes):
        path = (*form.path_or(("routes", i)), "steps")
        for j, name in enumerate(form.steps):
            known(reading, "steps", (*path, j), name)
            if name in form.steps[:j]:
                wrong = Said(f"环节 {name} 重复。", f"Step {name} is counted twice.")
                reading.document.report((*path, j), wrong, Said("请删除一个。", "Remove one."))


def _file_name(reading: Reading) -> None:
    """In a catalogue the path says which chain and version a file holds. It must tell the truth."""
    file, form = reading.document.file, reading.form
    if file.parent.parent.name != "chains":
        return
    for field, written, expected in (
        ("id", form.id, file.parent.name),
        ("version", form.version, file.stem),
    ):
        if written != expected and reading.fits(field):
            wrong = Said(
                f"“{written}”与路径 {file.parent.name}/{file.name} 不符。",
                f'"{written}" does not agree with the path {file.parent.name}/{file.name}.',
            )
            remedy = Said(
                f"请改为 {expected}，或移动文件。", f"Write {expected}, or move the file."
            )
            reading.document.report((field,), wrong, remedy)
