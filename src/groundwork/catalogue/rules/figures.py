"""Figures and modes: what is promised, tolerated, waived and added up."""

from groundwork.catalogue.mistakes import NOTHING, FieldPath, Said
from groundwork.catalogue.rules.reading import Reading
from groundwork.domain.definition import (
    Limit,
    LimitUnit,
    Mode,
    Provenance,
    Route,
    StepDefinition,
    Variant,
)

_UNITS = {
    LimitUnit.WORKING_DAYS: Said("个工作日", "working days"),
    LimitUnit.CALENDAR_DAYS: Said("个自然日", "calendar days"),
    LimitUnit.HOURS: Said("小时", "hours"),
    LimitUnit.MONTHS: Said("个月", "months"),
}


def check(reading: Reading) -> None:
    """Report promises that break the law or each other, idle modes and wrong sums."""
    for path, step in reading.steps():
        if step.id in reading.faulty_steps:
            continue
        _promises_keep_the_law(reading, path, step)
        _fast_is_not_slower(reading, path, step)
        _exemption_goes_with_its_mode(reading, path, step)
        _tolerance_goes_with_its_mode(reading, path, step)
        _one_side_begins_it(reading, path, step)
    for form, route in zip(reading.form.routes, reading.chain.routes, strict=True):
        _route_adds_up(reading, form.path_or(()), route)


def _said(limit: Limit) -> Said:
    unit = _UNITS[limit.unit]
    return Said(f"{limit.amount} {unit.zh}", f"{limit.amount} {unit.en}")


def exceeds(promised: Limit, bound: Limit) -> bool:
    """Whether a promise is certainly longer than a bound.

    Units compare with themselves; besides, n working days are never fewer than n calendar days.
    """
    comparable = promised.unit is bound.unit or (
        promised.unit is LimitUnit.WORKING_DAYS and bound.unit is LimitUnit.CALENDAR_DAYS
    )
    return comparable and promised.amount > bound.amount


def _binding(step: StepDefinition) -> tuple[Limit, ...]:
    """The statutory limits of which a promise must not exceed any.

    Unchecked figures bind nobody. Of limits for different cases only the longest certainly binds
    the step as a whole.
    """
    whole = [
        limit
        for limit in step.statutory
        if limit.binds_whole_step and limit.provenance is Provenance.STATUTORY
    ]
    always = [limit for limit in whole if limit.case is None]
    by_case = [limit for limit in whole if limit.case is not None]
    longest = [limit for limit in by_case if not any(exceeds(other, limit) for other in by_case)]
    return (*always, *longest[:1])


def _promises_keep_the_law(reading: Reading, path: FieldPath, step: StepDefinition) -> None:
    for variant, promised in step.promised.items():
        bound = next((one for one in _binding(step) if exceeds(promised, one)), None)
        if bound is not None:
            mine, law = _said(promised), _said(bound)
            wrong = Said(
                f"承诺时限 {mine.zh}长于法定时限 {law.zh}（{bound.source}）。",
                f"The promise of {mine.en} exceeds the statutory {law.en} ({bound.source}).",
            )
            remedy = Said(f"请改为不超过 {law.zh}。", f"Promise at most {law.en}.")
            reading.document.report((*path, "promised", variant.value), wrong, remedy)


def _fast_is_not_slower(reading: Reading, path: FieldPath, step: StepDefinition) -> None:
    fast, standard = step.promised.get(Variant.FAST), step.promised.get(Variant.STANDARD)
    if fast is not None and standard is not None and exceeds(fast, standard):
        wrong = Said("fast 比 standard 更慢。", "fast is slower than standard.")
        remedy = Said("请对调或修改。", "Swap or correct them.")
        reading.document.report((*path, "promised", "fast"), wrong, remedy)


def _exemption_goes_with_its_mode(reading: Reading, path: FieldPath, step: StepDefinition) -> None:
    offered = Mode.EXEMPT in step.modes
    if offered and step.exemption is None:
        reading.document.report(
            (*path, "modes", step.modes.index(Mode.EXEMPT)),
            Said("可以豁免，但没有写明情形。", "exempt is offered, but not in which case."),
            Said("请补 exemption。", "Add exemption."),
        )
    if step.exemption is not None and not offered:
        reading.document.report(
            (*path, "exemption"),
            Said("写了豁免情形，但 modes 中没有 exempt。", "modes does not offer exempt."),
            Said("请在 modes 中加 exempt，或删除本段。", "Add exempt to modes, or remove this."),
        )


def _tolerance_goes_with_its_mode(reading: Reading, path: FieldPath, step: StepDefinition) -> None:
    deficiency_tolerant = Mode.DEFICIENCY_TOLERANT in step.modes
    tolerable = [i for i, material in enumerate(step.materials) if material.cure is not None]
    form = next(one for one in reading.form.steps if one.path_or(()) == path)
    for i in tolerable:
        at = (*form.materials[i].path_or(()), "cure")
        if step.never_tolerable:
            wrong = Said(
                f"环节 {step.id} 是红线（never_tolerable），材料不得容缺。",
                f"Step {step.id} is a red line (never_tolerable): no material may be lacking.",
            )
            reading.document.report(at, wrong, Said("请删除 cure。", "Remove cure."))
        elif not deficiency_tolerant and Mode.COMMITMENT not in step.modes:
            wrong = Said(
                "材料可容缺，但本环节不接受容缺或承诺。",
                "The material may be lacking, but the step offers no mode for it.",
            )
            remedy = Said(
                "请在 modes 中加 deficiency_tolerant 或 commitment，或删除 cure。",
                "Add deficiency_tolerant or commitment to modes, or remove cure.",
            )
            reading.document.report(at, wrong, remedy)
    if deficiency_tolerant and (step.never_tolerable or not tolerable):
        wrong = Said(
            "接受容缺，但没有可容缺的材料。",
            "deficiency_tolerant is offered, but no material may be lacking.",
        )
        remedy = Said(
            "请给材料写 cure，或删除此办理方式。", "Give a material its cure, or remove the mode."
        )
        if step.never_tolerable:
            remedy = Said("红线环节请删除此办理方式。", "The step is a red line: remove the mode.")
        at = (*path, "modes", step.modes.index(Mode.DEFICIENCY_TOLERANT))
        reading.document.report(at, wrong, remedy)


def _one_side_begins_it(reading: Reading, path: FieldPath, step: StepDefinition) -> None:
    if step.ex_officio and step.applicant_owned:
        wrong = Said(
            "不能既由企业自行办理，又由部门依职权启动。",
            "The enterprise's own step cannot also begin ex officio.",
        )
        remedy = Said("请删除其中一项。", "Remove one of the two.")
        reading.document.report((*path, "ex_officio"), wrong, remedy)


def _route_adds_up(reading: Reading, path: FieldPath, route: Route) -> None:
    steps = {step.id: step for step in reading.chain.steps}
    if any(name not in steps or name in reading.faulty_steps for name in route.steps):
        return
    total = 0
    for i, name in enumerate(route.steps):
        promised = steps[name].promised.get(Variant.STANDARD)
        if promised is None or promised.unit is not LimitUnit.WORKING_DAYS:
            wrong = Said(
                f"环节 {name} 没有以工作日计的承诺时限，无法相加。",
                f"Step {name} has no promised limit in working days to add.",
            )
            reading.document.report((*path, "steps", i), wrong, NOTHING)
            return
        total += promised.amount
    if total != route.working_days:
        terms = " + ".join(
            str(steps[name].promised[Variant.STANDARD].amount) for name in route.steps
        )
        wrong = Said(
            f"各环节承诺时限相加为 {terms} = {total}，不是 {route.working_days}。",
            f"The promised limits add up to {terms} = {total}, not {route.working_days}.",
        )
        remedy = Said(
            "请核对 working_days、steps 和各环节 promised。",
            "Check working_days, steps and the steps' promised limits.",
        )
        reading.document.report((*path, "working_days"), wrong, remedy)
