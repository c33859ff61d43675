"""What is to be done before a launch, how far each task has come, and what stands in the way."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from groundwork.api.pages.cases import documents_address
from groundwork.api.pages.drafts import Draft
from groundwork.api.pages.wizard import Wizard
from groundwork.domain.definition import ChainDefinition, Mode
from groundwork.domain.model import Chain
from groundwork.domain.names import MODES, VARIANTS

State = Literal["todo", "partial", "done"]


@dataclass(frozen=True)
class Task:
    """One line of the list; a `needed` one that is not done keeps the chain from being launched."""

    id: str
    name: str
    href: str
    state: State
    note: str
    needed: bool = False


class TaskList:
    """The tasks of a wizard."""

    def __init__(self, wizard: Wizard) -> None:
        self._wizard = wizard
        self._page = wizard.page
        self._draft = wizard.draft

    @cached_property
    def tasks(self) -> list[Task]:
        """The list, in the order in which things are usually done."""
        every = [
            self._project(),
            self._chain(),
            self._units(),
            self._modes(),
            self._materials(),
            self._credit(),
            self._rehearsal(),
        ]
        return [one for one in every if one is not None]

    @property
    def obstacles(self) -> list[str]:
        """Why the chain cannot be launched now; empty if it can."""
        found = [
            f"{task.name}：{task.note}"
            if self._page.language == "zh"
            else f"{task.name}: {task.note}"
            for task in self.tasks
            if task.needed and task.state != "done"
        ]
        if not found and self._wizard.problem is not None:
            found.append(self._wizard.told(self._wizard.problem))
        return found

    def _say(self, zh: str, en: str) -> str:
        return self._page.say(zh, en)

    def _project(self) -> Task:
        wizard = self._wizard
        name = self._say("项目资料", "Project")
        href = self._draft.address("/launch/project")
        if wizard.project is None:
            note = self._say("请选择已有项目，或新建项目", "choose a project, or create one")
            return Task("project", name, href, "todo", note, needed=True)
        note = " · ".join(wizard.project[one] for one in ("name", "enterprise", "code"))
        return Task("project", name, href, "done", note, needed=True)

    def _chain(self) -> Task:
        wizard = self._wizard
        name = self._say("链条与方案", "Chain and variant")
        href = self._draft.address("/launch/chain")
        if wizard.definition is None:
            note = self._say("请选择链条和方案", "choose a chain and its variant")
            return Task("chain", name, href, "todo", note, needed=True)
        if wizard.running is not None:
            note = self._say(
                "该项目的这条链条已经启动，同一种链条只能启动一次",
                "the project has this chain already; each kind is launched once",
            )
            return Task("chain", name, href, "partial", note, needed=True)
        chosen = (
            self._page.said(wizard.definition.name),
            self._page.said(VARIANTS[self._draft.variant]),
        )
        note = f"{' · '.join(chosen)} · v{wizard.definition.version}"
        return Task("chain", name, href, "done", note, needed=True)

    def _units(self) -> Task | None:
        wizard = self._wizard
        definition, draft = wizard.definition, self._draft
        phased = [one for one in definition.steps if one.phases] if definition else []
        if definition is None or (definition.units is None and not phased):
            return None
        href = draft.address("/launch/units")
        if definition.units is not None:
            name = self._say("单体", "Buildings")
            if not draft.units:
                note = self._say("请至少填写一个单体", "name at least one building")
                return Task("units", name, href, "todo", note, needed=True)
            note = "、".join(f"{key} {called}" for key, called in draft.units)
            broken = wizard.problem is not None and wizard.prepared is None
            return Task("units", name, href, "partial" if broken else "done", note, needed=True)
        name = self._say("分期", "Phases")
        if draft.phases:
            note = "；".join(f"{step}：{'、'.join(parts)}" for step, parts in draft.phases.items())
            return Task("units", name, href, "done", note)
        note = self._say("不分期，一证办理", "no phases: one permit")
        return Task("units", name, href, "done" if "units" in draft.settled else "todo", note)

    def _modes(self) -> Task | None:
        wizard = self._wizard
        if wizard.definition is None:
            return None
        name, href = (
            self._say("办理方式", "How steps are handled"),
            self._draft.address("/launch/modes"),
        )
        counted: dict[Mode, int] = {}
        for mode in wizard.modes.values():
            counted[mode] = counted.get(mode, 0) + 1
        note = "、".join(
            f"{self._page.said(MODES[mode.value])} {count}" for mode, count in counted.items()
        )
        state: State = "done" if "modes" in self._draft.settled else "todo"
        if state == "todo":
            note += self._say("（按默认，尚未确认）", " (as usual, not confirmed yet)")
        if not wizard.modes:
            note = self._say("按默认办理", "as usual")
        return Task("modes", name, href, state, note)

    def _materials(self) -> Task | None:
        wizard = self._wizard
        if wizard.project is None or wizard.definition is None:
            return None
        wanted, there = wizard.materials
        note = self._say(
            f"材料袋中已有 {there} 项，共需 {wanted} 项；缺的可在启动后按环节补交",
            f"{there} of {wanted} materials are in the bag; the rest may follow step by step",
        )
        href = documents_address(wizard.project["code"], wizard.definition.id)
        state: State = "todo" if not there else "partial" if there < wanted else "done"
        return Task(
            "materials", self._say("材料（一袋式）", "Materials (one bag)"), href, state, note
        )

    def _credit(self) -> Task | None:
        wizard = self._wizard
        if wizard.project is None or wizard.definition is None or wizard.definition.credit is None:
            return None
        name, href = self._say("信用核查", "Credit"), self._draft.address("/launch/credit")
        if wizard.credit is None:
            why = wizard.told(wizard.credit_problem) if wizard.credit_problem else ""
            return Task("credit", name, href, "todo", why or self._say("尚未核查", "not looked up"))
        hit = [purpose for purpose, _ in wizard.barred if purpose in wizard.trusting]
        if hit:
            note = self._say(
                "信用不允许所选的承诺或容缺；启动后这些环节改按标准方式办理",
                "credit does not allow what was chosen; these steps fall back to the standard mode",
            )
            return Task("credit", name, href, "partial", note)
        note = self._say(
            f"信用等级 {wizard.credit['grade']}，所选办理方式均可用",
            f"grade {wizard.credit['grade']}: every mode chosen is allowed",
        )
        return Task("credit", name, href, "done", note)

    def _rehearsal(self) -> Task | None:
        wizard = self._wizard
        if wizard.question is None:
            return None
        name, href = (
            self._say("预测与预演", "Forecast and rehearsal"),
            self._draft.address("/launch/rehearsal"),
        )
        known = wizard.rehearsal
        if known is None or known.state == "failed":
            note = self._say("尚未预演（不会通知任何部门）", "not rehearsed yet (nobody is told)")
            return Task("rehearsal", name, href, "todo", note)
        if known.result is None:
            return Task("rehearsal", name, href, "partial", self._say("预演进行中", "under way"))
        spread = known.result.spread
        day = self._page.moments.day
        note = (
            self._say(
                f"预计 {day(spread.p50)} 至 {day(spread.p90)} 办结",
                f"done between {day(spread.p50)} and {day(spread.p90)}",
            )
            if spread
            else self._say("已预演", "rehearsed")
        )
        return Task("rehearsal", name, href, "done", note)


def successor_address(chain: Chain, following: ChainDefinition) -> str:
    """Where the chain that follows a completed one is launched, with nothing typed twice."""
    draft = Draft(chain.launch.project_code, following.id, chain.launch.variant)
    return draft.address("/launch")
