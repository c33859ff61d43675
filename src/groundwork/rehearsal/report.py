"""Shows a played chain on a terminal, in Chinese or in English."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as Line

from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.definition import Limit, LimitUnit, Mode, Text, Variant
from groundwork.domain.model import ChainState, EscalationState, Light
from groundwork.domain.names import MODES, UNITS
from groundwork.rehearsal.bars import SIGNS, Bars, sign
from groundwork.rehearsal.case import CaseReport, Entry, EscalationReport, StepReport
from groundwork.rehearsal.demo import DemoReport
from groundwork.rehearsal.report_promises import (
    commitments_table,
    deficiencies_table,
    iso,
    plain_table,
    units_table,
)
from groundwork.rehearsal.wording import choose, day, role_name

COMFORTABLE_WIDTH: Final = 100
"""Columns from which on nothing has to be cut short but names."""
NARROWEST_NAME: Final = 16
_LONGEST_NAME: Final = 26
"""Columns that a step's name may take in a sentence."""

STATES: Final = {
    ChainState.RUNNING: Text(zh="办理中", en="running"),
    ChainState.COMPLETED: Text(zh="全部办结", en="completed"),
    ChainState.WITHDRAWN: Text(zh="已撤件", en="withdrawn"),
    ChainState.TERMINATED: Text(zh="已终止", en="terminated"),
}
_VARIANTS: Final = {
    Variant.STANDARD: Text(zh="标准方案", en="standard variant"),
    Variant.FAST: Text(zh="极速方案", en="fast variant"),
}
_BRIEF_UNITS: Final = {
    LimitUnit.WORKING_DAYS: Text(zh="工作日", en="wd"),
    LimitUnit.CALENDAR_DAYS: Text(zh="日历天", en="cd"),
    LimitUnit.HOURS: Text(zh="小时", en="h"),
    LimitUnit.MONTHS: Text(zh="个月", en="mo"),
}
_ANSWERS: Final = {
    EscalationState.OPEN: Text(zh="未签收", en="not acknowledged"),
    EscalationState.ACKNOWLEDGED: Text(zh="已签收", en="acknowledged"),
    EscalationState.ANNULLED: Text(zh="已撤销", en="annulled"),
    EscalationState.REVERSED: Text(zh="已更正撤回", en="taken back"),
}


def render_demo(report: DemoReport, language: str = "zh") -> RenderableType:
    """Every case of the demonstration, one after the other, in `zh` or `en`."""
    return Group(*(render_case(case, language) for case in report.cases))


def render_case(case: CaseReport, language: str = "zh") -> RenderableType:
    """One played chain, in `zh` or `en`: figures, timeline, steps, escalations and promises."""
    return Group(*_Page(case, language).parts())


class _Page:
    """One case on the terminal."""

    def __init__(self, case: CaseReport, language: str) -> None:
        self.case = case
        self.language = language
        self.names = {step.step: step.name for step in case.steps}

    def parts(self) -> Iterator[RenderableType]:
        """What the page shows, from top to bottom; what there is nothing of is left out."""
        case = self.case
        yield self._heading()
        yield self._figures()
        yield from self._section("时间轴", "Timeline", Bars(case, self.language))
        if any(entry.notable for entry in case.timeline):
            yield from self._section("办理经过", "What happened", self._diary())
        yield from self._section(
            "各环节用时（工作日）", "Time per step (working days)", self._steps()
        )
        if case.escalations:
            yield from self._section("督办", "Escalations", self._escalations())
        if case.units:
            units = units_table(case, self.language)
            yield from self._section("单体与投产", "Units and production", units)
        if case.commitments:
            promised = commitments_table(case, self.language)
            yield from self._section("告知承诺", "Commitments", promised)
        if case.deficiencies:
            lacking = deficiencies_table(case, self.language)
            yield from self._section("容缺与补正", "Deficiencies", lacking)
        if case.refusals or case.unplayed:
            yield from self._section("未执行的操作", "Not carried out", self._refusals())
        yield self._engine()

    def _say(self, zh: str, en: str) -> str:
        return en if self.language == "en" else zh

    def _text(self, text: Text) -> str:
        return choose(text, self.language)

    def _section(self, zh: str, en: str, part: RenderableType) -> Iterator[RenderableType]:
        yield Line(f"\n{self._say(zh, en)}", style="bold")
        yield part

    def _heading(self) -> RenderableType:
        case = self.case
        lines = [
            Line(
                f"{case.project_code} · {self._text(case.chain_name)} {case.version} · "
                f"{self._text(_VARIANTS[case.variant])}"
            ),
            Line.assemble(self._text(STATES[case.status]), f" · {self._period()}"),
        ]
        if case.ending:
            lines.append(Line(case.ending))
        if case.account:
            lines.append(Line(self._text(case.account), style="dim"))
        title = Line(self._text(case.project_name), style="bold")
        return Panel(Group(*lines), title=title, title_align="left", box=box.ROUNDED)

    def _period(self) -> str:
        end = self.case.finished_on
        if end is None:
            return self._say(f"{self.case.started_on} 起", f"from {self.case.started_on}")
        return f"{self.case.started_on} – {end}"

    def _figures(self) -> RenderableType:
        """The milestones with the days between them, and the routes as promised and as played."""
        case, table = self.case, Table.grid(padding=(0, 2))
        for key, reached in case.milestones.items():
            table.add_row(self._text(case.names[key]), iso(reached))
        for key, days in case.calendar_days.items():
            table.add_row(self._text(case.names[key]), self._days(days, LimitUnit.CALENDAR_DAYS))
        if case.reported_days is not None and case.reported_source is not None:
            days_reported = self._days(case.reported_days, LimitUnit.CALENDAR_DAYS)
            label = self._say("公布口径（仅展示）", "As reported (shown only)")
            table.add_row(label, days_reported, self._text(case.reported_source), style="dim")
        for key, promised in case.working_days.items():
            taken = self._days(case.measured_working_days[key], LimitUnit.WORKING_DAYS)
            table.add_row(
                self._text(case.names[key]),
                self._days(promised, LimitUnit.WORKING_DAYS),
                self._say(f"承诺合计；本案用时 {taken}", f"promised; here {taken}"),
            )
        for split in case.splits:
            department = self._days(split.department_days + split.acceptance_days, split.unit)
            applicant = self._days(split.applicant_days, split.unit)
            others = self._days(split.other_days, split.unit)
            table.add_row(
                self._say("各环节相加", "All steps added up"),
                self._say(f"部门 {department}", f"department {department}"),
                self._say(
                    f"企业 {applicant}；其他 {others}", f"applicant {applicant}; others {others}"
                ),
            )
        return table

    def _diary(self) -> RenderableType:
        """What was more than the usual course, yellow lights left out."""
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column()
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for entry in self.case.timeline:
            if not entry.notable:
                continue
            mark = Line(" ")
            if entry.light is not None:
                mark = Line(SIGNS[entry.light].glyph, style=SIGNS[entry.light].style)
            table.add_row(self._moment(entry.at), mark, entry.step or "", self._told(entry))
        return table

    def _told(self, entry: Entry) -> str:
        """What happened, with a long name of a step cut short: the table below has it whole."""
        said = self._text(entry.text).removeprefix(f"{entry.step} ")
        named = self._text(self.names[entry.step]) if entry.step else ""
        if cell_len(named) <= _LONGEST_NAME:
            return said
        return said.replace(named, set_cell_size(named, _LONGEST_NAME - 1).rstrip() + "…", 1)

    def _steps(self) -> RenderableType:
        table = plain_table(
            self.language,
            ("环节", "Step"),
            ("部门", "Department"),
            ("受理", "Accepted"),
            ("办结", "Decided"),
            ("用时", "Taken"),
            ("承诺", "Promised"),
            ("法定", "By law"),
            ("最重灯色", "Worst light"),
            ("说明", "Remarks"),
        )
        table.expand = True
        table.columns[0].ratio, table.columns[0].min_width = 3, NARROWEST_NAME
        table.columns[-1].ratio, table.columns[-1].overflow = 2, "fold"
        for column in table.columns[:-1]:
            column.no_wrap = True
        for column in table.columns[4:6]:
            column.justify = "right"
        for step in self.case.steps:
            table.add_row(
                f"{step.step} {self._text(step.name)}",
                self._text(step.department),
                _short(step.accepted_on),
                _short(step.decided_on),
                "—" if step.working_days is None else str(step.working_days),
                self._promised(step.promised),
                self._statutory(step),
                sign(step.worst_light, self.language),
                self._remarks(step),
            )
        return table

    def _remarks(self, step: StepReport) -> str:
        """How it was handled if not in the standard way, and what made it longer."""
        mode = self._text(MODES[step.mode.value])
        remarks = [
            (step.mode is not Mode.STANDARD, mode, mode),
            (step.accepted_by_silence, "视为受理", "accepted by silence"),
            (step.stopped_days, self._stopped(step), self._stopped(step)),
            (step.extended_by, f"延期 {step.extended_by}", f"extended {step.extended_by}"),
            (step.late_by, f"超期 {step.late_by}", f"late {step.late_by}"),
            (step.attempts > 1, f"第 {step.attempts} 次", f"attempt {step.attempts}"),
        ]
        return self._say("、", ", ").join(self._say(zh, en) for shown, zh, en in remarks if shown)

    def _stopped(self, step: StepReport) -> str:
        """How long the clock stood, and how much of that was others' time than the applicant's."""
        others = min(step.stopped_days, step.split.other_days if step.split else 0)
        applicant = step.stopped_days - others
        parts = [
            (applicant, self._say(f"企业 {applicant}", f"applicant {applicant}")),
            (others, self._say(f"其他 {others}", f"others {others}")),
        ]
        whose = self._say("、", ", ").join(said for days, said in parts if days)
        stopped = step.stopped_days
        return self._say(f"停表 {stopped}（{whose}）", f"stopped {stopped} ({whose})")

    def _statutory(self, step: StepReport) -> str:
        """The figures that bind the whole step; those for a part of it are left out."""
        amounts: dict[LimitUnit, list[str]] = {}
        for limit in step.statutory:
            if limit.binds_whole_step:
                amounts.setdefault(limit.unit, []).append(str(limit.amount))
        figures = (f"{'/'.join(one)} {self._brief(unit)}" for unit, one in amounts.items())
        return self._say("，", ", ").join(figures) or "—"

    def _promised(self, limit: Limit | None) -> str:
        if limit is None:
            return "—"
        in_days = limit.unit is LimitUnit.WORKING_DAYS
        return str(limit.amount) if in_days else f"{limit.amount} {self._brief(limit.unit)}"

    def _brief(self, unit: LimitUnit) -> str:
        return self._text(_BRIEF_UNITS[unit])

    def _escalations(self) -> RenderableType:
        """Rungs from red on, in the order of time; reminders in yellow only by their number."""
        table = plain_table(
            self.language,
            ("时间", "When"),
            ("环节", "Step"),
            ("部门", "Department"),
            ("级别", "Rung"),
            ("报送", "To"),
            ("回应", "Answer"),
        )
        grave = [one for one in self.case.escalations if one.light is Light.RED]
        for one in sorted(grave, key=lambda one: (one.at, one.level)):
            table.add_row(
                self._moment(one.at),
                one.step,
                self._text(one.department),
                self._rung(one),
                self._say("、", ", ").join(role_name(r, self.language) for r in one.recipients),
                self._answer(one),
            )
        reminders = len(self.case.escalations) - len(grave)
        said = Line(
            self._say(
                f"另有 {reminders} 次黄灯提醒（时限用去七成或只剩一个工作日）。",
                f"Besides, {reminders} yellow reminders: 70% of a limit used or one day left.",
            ),
            style="dim",
        )
        return Group(table, said) if grave else said

    def _rung(self, one: EscalationReport) -> Line:
        order = self._say("·督办单", ", supervision order") if one.supervision_order else ""
        shown = SIGNS[one.light]
        return Line.assemble((shown.glyph, shown.style), f" {self._text(one.rung_name)}{order}")

    def _answer(self, one: EscalationReport) -> str:
        said = self._text(_ANSWERS[one.state])
        if one.answered_at is None or one.answered_by is None:
            return said
        who = role_name(one.answered_by.value, self.language)
        answer = self._say(f"：{one.answer}", f": {one.answer}") if one.answer else ""
        return f"{self._moment(one.answered_at)} {who} {said}{answer}"

    def _refusals(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for one in self.case.refusals:
            table.add_row(self._moment(one.at), one.action, self._text(one.text))
        for missed in self.case.unplayed:
            never = self._say("所等的事情没有发生。", "What it waits for never happened.")
            table.add_row(
                self._say(f"第 {missed.line} 行", f"line {missed.line}"), missed.action, never
            )
        return table

    def _engine(self) -> RenderableType:
        engine = self.case.engine
        agrees = self._say("与纯规则推演一致", "the pure core agrees")
        differs = self._say("与纯规则推演不一致，请报告", "the pure core differs: please report it")
        counted = self._say(
            f"Temporal 引擎：{engine.commands} 条指令，{engine.events} 个事件，{engine.seconds} 秒",
            f"On Temporal: {engine.commands} commands, {engine.events} events, {engine.seconds} s",
        )
        verdict = agrees if engine.agrees else differs
        return Line(f"\n{counted}{self._say('；', '; ')}{verdict}\n", style="dim")

    def _days(self, amount: int | None, unit: LimitUnit) -> str:
        number = "—" if amount is None else str(amount)
        return f"{number} {self._text(UNITS[unit.value])}"

    def _moment(self, at: datetime) -> str:
        local = at.astimezone(SHANGHAI)
        if local.time() == time.min:
            # A term is over at 24:00 of its last day; midnight of the next would look like a day
            # too many.
            return f"{day(local.date() - timedelta(days=1), self.language)} 24:00"
        return f"{day(local.date(), self.language)} {local:%H:%M}"


def _short(value: date | None) -> str:
    return "—" if value is None else f"{value:%m-%d}"
