"""Units and joint acceptance: what a step needs elsewhere in the file to be spread or joint."""

from groundwork.catalogue.mistakes import FieldPath, Said
from groundwork.catalogue.rules.reading import Reading
from groundwork.domain.definition import StepDefinition, StopReason


def check(reading: Reading) -> None:
    """Report steps of units without units, joint steps without limits, and units that idle."""
    for path, step in reading.steps():
        if step.id not in reading.faulty_steps:
            _units_are_declared(reading, path, step)
            _joint_is_complete(reading, path, step)
    _units_are_used(reading)
    _one_confirms_units(reading)


def _units_are_declared(reading: Reading, path: FieldPath, step: StepDefinition) -> None:
    missing = reading.chain.units is None and reading.fits("units")
    for field, there in (("per_unit", step.per_unit), ("confirms_units", step.confirms_units)):
        if there and missing:
            wrong = Said(
                f"{field} 需要单体，但链条没有 units。",
                f"{field} needs units, but the chain has none.",
            )
            remedy = Said("请补 units：name、most、source。", "Add units: name, most and source.")
            reading.document.report((*path, field), wrong, remedy)
    if step.per_unit and step.phases:
        wrong = Said(
            "按单体办理的环节不能再分期。", "A step of each unit cannot run in phases as well."
        )
        remedy = Said("请删除 phases 或 per_unit。", "Remove phases or per_unit.")
        reading.document.report((*path, "phases"), wrong, remedy)
    if step.per_unit and step.confirms_units:
        wrong = Said(
            "确认单体的环节不能按单体办理。", "The step that names the units is not one of theirs."
        )
        remedy = Said("请删除其中一项。", "Remove one of the two.")
        reading.document.report((*path, "confirms_units"), wrong, remedy)


def _joint_is_complete(reading: Reading, path: FieldPath, step: StepDefinition) -> None:
    if not step.joint:
        return
    wanting: list[tuple[Said, Said]] = []
    if not step.consulted:
        wanting.append(
            (
                Said("联合办理没有协同部门。", "A joint step needs departments to consult."),
                Said("请补 consulted。", "Add consulted."),
            )
        )
    if reading.chain.joint is None and reading.fits("joint"):
        wanting.append(
            (
                Said("联合办理没有时限。", "A joint step needs its limits."),
                Said(
                    "请在链条中补 joint：reply、reinspection、silence_source。",
                    "Add joint to the chain: reply, reinspection and silence_source.",
                ),
            )
        )
    if StopReason.RECTIFICATION not in step.stops:
        wanting.append(
            (
                Said("联合办理须能为整改暂停计时。", "A joint step stops for rectification."),
                Said("请在 stops 中加 rectification。", "Add rectification to stops."),
            )
        )
    for wrong, remedy in wanting:
        reading.document.report((*path, "joint"), wrong, remedy)


def _units_are_used(reading: Reading) -> None:
    if reading.chain.units is None or not reading.whole:
        return
    if not any(step.per_unit for step in reading.chain.steps):
        wrong = Said("没有按单体办理的环节。", "No step is handled for each unit.")
        remedy = Said(
            "请在环节上写 per_unit: true，或删除 units。",
            "Write per_unit: true on steps, or remove units.",
        )
        reading.document.report(("units",), wrong, remedy)


def _one_confirms_units(reading: Reading) -> None:
    first: str | None = None
    for path, step in reading.steps():
        if not step.confirms_units:
            continue
        if first is not None:
            wrong = Said(
                f"只能有一个环节确认单体，环节 {first} 已是。",
                f"One step only names the units, and step {first} does.",
            )
            remedy = Said("请删除。", "Remove it.")
            reading.document.report((*path, "confirms_units"), wrong, remedy)
        first = first or step.id
