"""The tables of units, commitments and deficiencies in the report of a played chain."""

from datetime import date
from typing import Final

from rich import box
from rich.table import Table

from groundwork.domain.calendar import SHANGHAI, local_date
from groundwork.domain.definition import Text
from groundwork.domain.model import CommitmentState, DeficiencyState
from groundwork.domain.names import BREACHES, PROMISE_STATES, UNIT_STATES, WAITING_ON
from groundwork.rehearsal.case import (
    CaseReport,
    CommitmentReport,
    DeficiencyReport,
    GateReport,
    MissingCondition,
    UnitReport,
)
from groundwork.rehearsal.wording import choose

_CURES: Final = {
    DeficiencyState.OPEN: Text(zh="待补正", en="open"),
    DeficiencyState.SUBMITTED: Text(zh="已补交，待确认", en="handed in, to be confirmed"),
    DeficiencyState.CLOSED: Text(zh="补正闭合", en="closed"),
    DeficiencyState.LAPSED: Text(zh="逾期", en="lapsed"),
    DeficiencyState.DROPPED: Text(zh="随件终结", en="no longer needed"),
}
_CONSEQUENCES: Final = {
    "step_returned": Text(zh="退件", en="sent back"),
    "recheck_ordered": Text(zh="转入复核", en="re-check"),
    "step_annulled": Text(zh="撤销决定", en="annulled"),
}


def plain_table(language: str, *headings: tuple[str, str]) -> Table:
    """An empty table with its headings, each in Chinese and English."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for zh, en in headings:
        table.add_column(en if language == "en" else zh)
    return table


def units_table(case: CaseReport, language: str) -> Table:
    """Each unit: accepted, in use, in production, and what it waits for."""
    table = plain_table(
        language,
        ("单体", "Unit"),
        ("验收", "Accepted"),
        ("可使用", "In use"),
        ("可投产", "Production"),
        ("投产还缺", "Production lacks"),
        ("在办环节", "At work"),
    )
    gates = {one.unit: one for one in case.production_gate}
    for unit in case.units:
        gate = gates.get(unit.id)
        table.add_row(
            _unit_name(unit, language),
            iso(unit.accepted_on),
            iso(unit.in_use_on),
            iso(_open_on(gate)),
            "\n".join(_missing(one, language) for one in gate.missing) or "—" if gate else "—",
            "\n".join(
                f"{one.step} {choose(WAITING_ON[one.waiting_on], language)}"
                for one in unit.waits_for
            )
            or "—",
        )
    return table


def _unit_name(unit: UnitReport, language: str) -> str:
    name = f"{unit.id} {unit.name}"
    if unit.into is None and unit.state.value == "active":
        return name
    gone = choose(UNIT_STATES[unit.state], language)
    return f"{name}（{gone}{f' → {unit.into}' if unit.into else ''}）"


def _open_on(gate: GateReport | None) -> date | None:
    return local_date(gate.open_since) if gate and gate.open_since else None


def _missing(one: MissingCondition, language: str) -> str:
    """What is missing at a gate, who holds it, and whom that waits for."""
    turn = choose(WAITING_ON[one.waiting_on], language)
    whose = [choose(one.holder_name, language)] if one.holder_name else []
    between = " · "
    return f"✗ {choose(one.name, language)}{between}{between.join([*whose, turn])}"


def commitments_table(case: CaseReport, language: str) -> Table:
    """Each commitment: when it must be kept, how it ended and what followed."""
    table = plain_table(
        language,
        ("环节", "Step"),
        ("签署", "Signed"),
        ("期限", "To be kept by"),
        ("报告履行", "Reported"),
        ("结果", "Outcome"),
        ("后果", "Consequence"),
        ("信用记录", "On record"),
    )
    for one in case.commitments:
        table.add_row(
            one.step,
            iso(one.signed_on),
            iso(one.due_on),
            iso(one.performed_on),
            _commitment_outcome(one, language),
            _consequences(one, language),
            _credit(one, language),
        )
    return table


def _commitment_outcome(one: CommitmentReport, language: str) -> str:
    said = choose(PROMISE_STATES[one.outcome or one.state], language)
    if one.breach is not None:
        breach = choose(BREACHES[one.breach], language)
        said += f"（{breach}）" if language == "zh" else f" ({breach})"
    if one.state is CommitmentState.ARCHIVED:
        said += "，已归档" if language == "zh" else ", archived"
    return said


def _consequences(one: CommitmentReport, language: str) -> str:
    followed = []
    if one.rectify_since is not None:
        followed.append("限期整改" if language == "zh" else "rectification")
    if one.consequence in _CONSEQUENCES:
        followed.append(choose(_CONSEQUENCES[one.consequence], language))
    return " → ".join(followed) or "—"


def _credit(one: CommitmentReport, language: str) -> str:
    """When each record went to the credit register, and which one took another back."""
    told = []
    for filing in one.credit:
        waits = "待归集" if language == "zh" else "to be filed"
        back = "（撤回）" if language == "zh" else " (taken back)"
        filed = iso(filing.filed_on) if filing.filed_on else waits
        told.append(filed + (back if filing.takes_back else ""))
    return "\n".join(told) or "—"


def deficiencies_table(case: CaseReport, language: str) -> Table:
    """Each tolerated material: by when it must follow, and what became of it."""
    table = plain_table(
        language,
        ("环节", "Step"),
        ("材料", "Material"),
        ("容缺日", "Tolerated"),
        ("补正期限", "Cure by"),
        ("补交", "Handed in"),
        ("确认", "Confirmed"),
        ("结果", "Outcome"),
    )
    table.columns[-1].min_width = 26
    for one in case.deficiencies:
        table.add_row(
            one.step,
            choose(one.material_name, language),
            iso(one.opened_on),
            iso(one.cure_by),
            iso(local_date(one.submitted_at)) if one.submitted_at else "—",
            iso(one.confirmed_on),
            _cure_outcome(one, language),
        )
    return table


def _cure_outcome(one: DeficiencyReport, language: str) -> str:
    said = choose(_CURES[one.state], language)
    if one.consequence in _CONSEQUENCES:
        return f"{said} → {choose(_CONSEQUENCES[one.consequence], language)}"
    if one.submitted_at is None:
        return said
    if one.on_last_day:
        at = f"{one.submitted_at.astimezone(SHANGHAI):%H:%M}"
        in_time = (f"（最后一日 {at}）", f" (last day, {at})")
        return said + in_time[language == "en"]
    early = (one.cure_by - local_date(one.submitted_at)).days
    before = (f"（提前{early}天补交）", f" ({early} days early)")
    return said + before[language == "en"] if early > 0 else said


def iso(value: date | None) -> str:
    """A date in digits, or a dash where there is none."""
    return "—" if value is None else value.isoformat()
