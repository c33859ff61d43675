"""Gates: every condition looks at something that there is."""

from groundwork.catalogue.mistakes import FieldPath, Said
from groundwork.catalogue.rules.names import known, unique_ids
from groundwork.catalogue.rules.reading import Reading
from groundwork.catalogue.written_promises import WrittenCondition
from groundwork.domain.definition import ConditionKind

_NEEDS = {ConditionKind.STEP: "step", ConditionKind.EQUIPMENT: "holder"}


def check(reading: Reading) -> None:
    """Report gates without units, and conditions on what the chain does not have."""
    gates = reading.form.gates
    unique_ids(reading.document, gates, ("gates",))
    if gates and reading.chain.units is None and reading.fits("units"):
        wrong = Said("准许门针对单体，但链条没有 units。", "Gates are for units; there are none.")
        remedy = Said("请补 units，或删除 gates。", "Add units, or remove the gates.")
        reading.document.report(("gates",), wrong, remedy)
    for i, gate in enumerate(gates):
        path = (*gate.path_or(("gates", i)), "conditions")
        unique_ids(reading.document, gate.conditions, path)
        for j, condition in enumerate(gate.conditions):
            _looks_at_something(reading, condition.path_or((*path, j)), condition)


def _looks_at_something(reading: Reading, path: FieldPath, condition: WrittenCondition) -> None:
    kind, needed = condition.kind.value, _NEEDS.get(condition.kind)
    for field in _NEEDS.values():
        written = getattr(condition, field)
        if field == needed and written is None and reading.fits(*path, field):
            wrong = Said(f"{kind} 条件需要 {field}。", f"A condition of kind {kind} needs {field}.")
            reading.document.report(path, wrong, Said("请补上。", "Add it."))
        elif field != needed and written is not None:
            wrong = Said(
                f"{field} 不适用于 {kind} 条件。",
                f"{field} does not go with a condition of kind {kind}.",
            )
            reading.document.report((*path, field), wrong, Said("请删除。", "Remove it."), key=True)
    if condition.kind is ConditionKind.STEP and condition.step is not None:
        known(reading, "steps", (*path, "step"), condition.step)
    if condition.kind is ConditionKind.EQUIPMENT and condition.holder is not None:
        known(reading, "departments", (*path, "holder"), condition.holder)
    if condition.kind is ConditionKind.RED_LINE and reading.whole:
        _there_are_red_lines(reading, path)


def _there_are_red_lines(reading: Reading, path: FieldPath) -> None:
    if not any(step.never_tolerable for step in reading.chain.steps):
        wrong = Said("链条没有红线环节。", "No step of the chain is a red line.")
        remedy = Said(
            "请在相应环节写 never_tolerable: true，或删除本条件。",
            "Write never_tolerable: true on the steps, or remove this condition.",
        )
        reading.document.report((*path, "kind"), wrong, remedy)
