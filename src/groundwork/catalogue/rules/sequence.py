"""The order of steps: it has no circle, reaches every step, and guards what is pre-reviewed."""

from itertools import islice

from groundwork.catalogue.mistakes import NOTHING, FieldPath, Said
from groundwork.catalogue.rules.graph import (
    Circle,
    Order,
    circles,
    downstream,
    ends,
    order_of,
)
from groundwork.catalogue.rules.reading import Reading
from groundwork.domain.definition import StepDefinition, Variant

_MOST_CIRCLES = 20


def check(reading: Reading) -> None:
    """Report circles, steps that can never begin and pre-reviews without their gate."""
    orders = {variant: order_of(reading.chain, variant) for variant in Variant}
    found = _circles(reading, orders)
    if reading.whole:
        _islands(reading, orders)
        gate = _the_gate(reading)
        if not found:
            _pre_reviews_are_guarded(reading, orders, gate)


def _circles(reading: Reading, orders: dict[Variant, Order]) -> list[Circle]:
    found: dict[Circle, list[Variant]] = {}
    for variant, order in orders.items():
        for circle in islice(circles(order), _MOST_CIRCLES):
            found.setdefault(circle, []).append(variant)
    in_circles = {step for circle in found for step in circle.steps}
    for circle, variants in found.items():
        behind = set[str]().union(*(downstream(orders[one], circle.steps[0]) for one in variants))
        wrong = _said(circle, variants, sorted(behind - in_circles))
        remedy = Said("请去掉其中一个前置关系。", "Remove one of these dependencies.")
        before = circle.steps[1] if len(circle.steps) > 1 else circle.steps[0]
        reading.document.report(_edge(reading, circle.steps[0], before), wrong, remedy)
    return list(found)


def _said(circle: Circle, variants: list[Variant], behind: list[str]) -> Said:
    """The circle by name, and the steps that can never begin because of it."""
    unreachable = (
        Said(
            f"环节 {'、'.join(behind)} 因此永远无法开始。",
            f" Because of it these can never begin: {', '.join(behind)}.",
        )
        if behind
        else NOTHING
    )
    return Said(
        f"环节互相等待，成为循环：{circle}（{'、'.join(variants)} 方案）。{unreachable.zh}",
        f"Steps wait for each other in a circle: {circle} (variant {' and '.join(variants)})."
        f"{unreachable.en}",
    )


def _edge(reading: Reading, step_id: str, before: str) -> FieldPath:
    """The place of a step's dependency on another."""
    for path, step in reading.steps():
        for i, edge in enumerate(step.after):
            if step.id == step_id and edge.step.partition(".")[0] == before:
                return (*path, "after", i)
    return ()


def _islands(reading: Reading, orders: dict[Variant, Order]) -> None:
    """A step that waits for nothing and that nothing waits for hangs outside the chain."""
    if len(reading.chain.steps) == 1:
        return
    for variant, order in orders.items():
        last = ends(order)
        for path, step in reading.steps():
            if step.id in last and not order[step.id]:
                wrong = Said(
                    f"环节 {step.id} 与其他环节没有前后关系（{variant.value} 方案）。",
                    f"Step {step.id} is connected to no other step (variant {variant.value}).",
                )
                remedy = Said(
                    "请写 after，或让其他环节以它为前置。",
                    "Give it after, or let another step come after it.",
                )
                reading.document.report((*path, "after"), wrong, remedy)


def _the_gate(reading: Reading) -> StepDefinition | None:
    gates = [(path, step) for path, step in reading.steps() if step.conversion_gate]
    for path, _ in gates[1:]:
        wrong = Said(
            f"只能有一个转正门，环节 {gates[0][1].id} 已是。",
            f"There can be one conversion gate only, and step {gates[0][1].id} is it.",
        )
        remedy = Said("请删除。", "Remove it.")
        reading.document.report((*path, "conversion_gate"), wrong, remedy)
    for path, step in gates:
        if step.pre_review:
            wrong = Said("转正门本身不能是预审。", "The conversion gate cannot be a pre-review.")
            reading.document.report(
                (*path, "pre_review"), wrong, Said("请删除 pre_review。", "Remove pre_review.")
            )
    return gates[0][1] if gates else None


def _pre_reviews_are_guarded(
    reading: Reading, orders: dict[Variant, Order], gate: StepDefinition | None
) -> None:
    """Whatever a pre-review leads to in the end must wait for the gate as well.

    Steps in between may go ahead, as contracting does: it is the chain's last steps by which a
    result without legal effect would pass for one that has it.
    """
    for path, step in reading.steps():
        if not step.pre_review:
            continue
        at = (*path, "pre_review")
        if gate is None:
            wrong = Said(
                f"环节 {step.id} 是预审，但没有转正门。",
                f"Step {step.id} is a pre-review, but there is no conversion gate.",
            )
            remedy = Said(
                "请在转正的环节写 conversion_gate: true。",
                "Write conversion_gate: true on the step that converts.",
            )
            reading.document.report(at, wrong, remedy)
            continue
        for variant, order in orders.items():
            reached = (downstream(order, step.id) | {step.id}) & ends(order)
            loose = sorted(reached - downstream(order, gate.id) - {gate.id})
            if loose:
                wrong = Said(
                    f"预审 {step.id} 可不经转正门 {gate.id} 而到达 {'、'.join(loose)}"
                    f"（{variant.value} 方案）。",
                    f"Pre-review {step.id} leads to {', '.join(loose)} without passing the "
                    f"conversion gate {gate.id} (variant {variant.value}).",
                )
                remedy = Said(
                    f"请让 {'、'.join(loose)} 也以 {gate.id} 为前置。",
                    f"Let {', '.join(loose)} come after {gate.id} too.",
                )
                reading.document.report(at, wrong, remedy)
