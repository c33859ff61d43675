"""The questions that operators ask the Temporal UI; it keeps each as a view on the first visit.

docs/ops has them too, for those who begin there.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from urllib.parse import quote

from groundwork.api.shelf import Shelf
from groundwork.domain.definition import Text
from groundwork.runtime.engine_figures import OPEN, TROUBLES


class View(NamedTuple):
    """A question, what it is called, and what to do about what it finds."""

    name: Text
    query: str


def _view(zh: str, en: str, query: str) -> View:
    return View(Text(zh=zh, en=en), query)


STUCK: Final = (
    _view("卡住的链条", "Stuck chains", TROUBLES["stuck"]),
    _view("活动反复失败", "Failing activities", TROUBLES["failing_activity"]),
    _view("工作流任务失败", "Failing workflow tasks", TROUBLES["failing_task"]),
    _view("工作流失败", "Failed workflows", TROUBLES["failed"]),
)
OFFICE: Final = (
    _view("红灯链条", "Red chains", f'Light="red" AND {OPEN}'),
    _view("黄灯链条", "Yellow chains", f'Light="yellow" AND {OPEN}'),
    _view("等企业", "Waiting on applicants", f'WaitingOn="applicant" AND {OPEN}'),
    _view("停表中", "Stopped clocks", f"ClockStopped=true AND {OPEN}"),
    _view("督办三级", "Escalated to level 3", f"EscalationLevel>=3 AND {OPEN}"),
    _view("全部在办", "All running", OPEN),
)


def old_definitions(shelf: Shelf) -> Iterator[View]:
    """For each chain, which of its cases run an older version than the release's newest."""
    newest = {one.definition.id: one.definition for one in shelf}
    for definition in newest.values():
        version = f"{definition.id}@{definition.version}"
        yield _view(
            f"旧版定义 · {definition.name.zh}",
            f"Old definitions · {definition.name.en}",
            f'WorkflowType="{definition.workflow_type}" AND Definition!="{version}" AND {OPEN}',
        )


def red_departments(departments: Iterable[tuple[str, Text]]) -> Iterator[View]:
    """For each of these departments, the chains in which a step of theirs is overdue."""
    for key, name in departments:
        query = f'RedDepts="{key}" AND {OPEN}'
        yield _view(f"红灯 · {name.zh}", f"Red · {name.en}", query)


def address(temporal_ui: str, namespace: str, query: str, name: str) -> str:
    """The list that answers a question, in the Temporal UI; opening it saves the view there."""
    base = f"{temporal_ui}/namespaces/{quote(namespace)}/workflows"
    return f"{base}?query={quote(query)}&savedQuery={quote(name)}"
