"""Promises: every commitment has its notice, reminders fall, and cures are settled in one place."""

from itertools import pairwise

from groundwork.catalogue.mistakes import FieldPath, Said
from groundwork.catalogue.rules.reading import Reading
from groundwork.domain.definition import Mode, StepDefinition


def check(reading: Reading) -> None:
    """Report commitments without notice, reminders out of order and what settles cures wrongly."""
    for path, step in reading.steps():
        if step.id not in reading.faulty_steps:
            _notice_goes_with_commitment(reading, path, step)
            _settles_cures_by_itself(reading, path, step)
    _one_settles_cures(reading)
    _reminders_fall(reading)


def _notice_goes_with_commitment(reading: Reading, path: FieldPath, step: StepDefinition) -> None:
    offered = Mode.COMMITMENT in step.modes
    if step.commitment is not None and not offered:
        wrong = Said("写了告知书，但 modes 中没有 commitment。", "modes does not offer commitment.")
        remedy = Said(
            "请在 modes 中加 commitment，或删除本段。", "Add commitment to modes, or remove this."
        )
        reading.document.report((*path, "commitment"), wrong, remedy)
    if offered and step.commitment is None and reading.chain.promises is not None:
        wrong = Said(
            f"环节 {step.id} 可以告知承诺，但没有告知书。",
            f"Step {step.id} offers commitment, but gives no notice.",
        )
        remedy = Said(
            "请补 commitment：conditions、checks、basis。",
            "Add commitment: conditions, checks and basis.",
        )
        at = (*path, "modes", step.modes.index(Mode.COMMITMENT))
        reading.document.report(at, wrong, remedy)


def _settles_cures_by_itself(reading: Reading, path: FieldPath, step: StepDefinition) -> None:
    """Nobody hands anything in to a step that passes by itself, and nobody decides it."""
    if not step.settles_cures:
        return
    unfitting = {
        "materials": bool(step.materials),
        "promised": bool(step.promised),
        "joint": step.joint,
        "ex_officio": step.ex_officio,
        "applicant_owned": step.applicant_owned,
        "pre_review": step.pre_review,
        "conversion_gate": step.conversion_gate,
        "modes": step.modes != (Mode.STANDARD,),
    }
    for field in (name for name, there in unfitting.items() if there):
        wrong = Said(
            f"容缺补齐后自动办结（settles_cures）的环节不能写 {field}。",
            f"A step that passes by itself (settles_cures) cannot have {field}.",
        )
        remedy = Said("请删除。", "Remove it.")
        if field == "modes":
            wrong = Said(
                "容缺补齐后自动办结（settles_cures）的环节不能选择办理方式。",
                "A step that passes by itself (settles_cures) has no mode to choose.",
            )
            remedy = Said("请写 modes: [standard]。", "Write modes: [standard].")
        reading.document.report((*path, field), wrong, remedy)


def _one_settles_cures(reading: Reading) -> None:
    seen: dict[bool, str] = {}
    for path, step in reading.steps():
        if not step.settles_cures:
            continue
        before = seen.setdefault(step.per_unit, step.id)
        if before != step.id:
            wrong = Said(
                f"每个单体只能有一个环节自动办结容缺，环节 {before} 已是。",
                f"One step only settles the cures of a unit, and step {before} does.",
            )
            remedy = Said("请删除。", "Remove it.")
            reading.document.report((*path, "settles_cures"), wrong, remedy)


def _reminders_fall(reading: Reading) -> None:
    form = reading.form.promises
    if form is None or not reading.fits("promises"):
        return
    path = (*form.path_or(("promises",)), "reminders")
    for i, (earlier, later) in enumerate(pairwise(form.reminders), 1):
        if later >= earlier:
            wrong = Said(
                f"提醒 {later} 不少于前一项 {earlier}。",
                f"The reminder at {later} days is not below {earlier}, the one before.",
            )
            remedy = Said(
                "请按到期前的天数从多到少写，如 [10, 3, 0]。",
                "List the days before the last one from many to few, such as [10, 3, 0].",
            )
            reading.document.report((*path, i), wrong, remedy)
