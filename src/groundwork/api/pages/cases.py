"""One chain as its pages need it: what the API tells of it, and a few facts drawn from that."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote

from fastapi import Response

from groundwork.api.chains import chain_detail, find_chain
from groundwork.api.pages.frame import Page, show
from groundwork.api.pages.lights import lit_commitments, lit_deficiencies
from groundwork.domain.definition import Text
from groundwork.domain.forecast import Forecast, forecast
from groundwork.domain.model import Chain, ChainState
from groundwork.domain.names import (
    CHAIN_STATES,
    ESCALATION_STATES,
    MODES,
    PROMISE_STATES,
    STATES,
    UNIT_STATES,
    VARIANTS,
    WAITING_ON,
)
from groundwork.domain.outlook import held_up_by
from groundwork.domain.rejections import Rejection
from groundwork.domain.rules import Rules
from groundwork.domain.terms import Term, explain_term

Json = dict[str, Any]

_TABS: Final = (
    ("", Text(zh="概览", en="Overview")),
    ("/plan", Text(zh="进度与预测", en="Schedule")),
    ("/promises", Text(zh="承诺与容缺", en="Promises")),
    ("/units", Text(zh="单体与信用", en="Units and credit")),
    ("/history", Text(zh="办理记录", en="History")),
)


@dataclass(frozen=True)
class Case:
    """A chain that a page is about."""

    page: Page
    chain: Chain
    rules: Rules
    detail: Json

    @property
    def id(self) -> str:
        """The chain's id."""
        return self.chain.id

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self.chain.state is ChainState.RUNNING

    @cached_property
    def now(self) -> Forecast:
        """When it will be done as it stands."""
        at = self.page.visit.received_at
        return forecast(self.rules, self.chain.launch.variant, at, chain=self.chain)

    @cached_property
    def planned(self) -> Forecast:
        """When it would be done as launched, had every limit been used and no clock stopped."""
        launch = self.chain.launch
        return forecast(
            self.rules,
            launch.variant,
            launch.received_at,
            modes=launch.modes,
            phases=launch.phases,
            units=launch.units,
        )

    @property
    def behind(self) -> int:
        """Working days by which the finish now lies behind the plan; negative when ahead."""
        calendar = self.rules.calendar
        planned, now = self.planned.finish, self.now.finish
        if now >= planned:
            return calendar.count_working_days(planned, now)
        return -calendar.count_working_days(now, planned)

    @cached_property
    def steps(self) -> list[Json]:
        """The steps in order, each with its address and whether the finish hangs on it."""
        critical = set(self.now.critical_path)
        return [
            step | {"href": step_address(self.id, step["key"]), "critical": step["key"] in critical}
            for step in self.detail["steps"]
        ]

    @cached_property
    def commitments(self) -> list[Json]:
        """The chain's commitments, each with its light."""
        return lit_commitments(self.detail["commitments"], self.page.moments.today)

    @cached_property
    def deficiencies(self) -> list[Json]:
        """The chain's deficiencies, each with its light."""
        return lit_deficiencies(self.detail["deficiencies"], self.page.moments.today)

    @cached_property
    def blocking(self) -> Json | None:
        """The step that holds the chain up, as lists of projects name it."""
        return self._step(held_up_by(self.chain, self.now.critical_path))

    @cached_property
    def next_due(self) -> Json | None:
        """The step that is due first, which need not be the one that holds the chain up."""
        return self._step(self.detail["next_due_step"])

    def _step(self, key: str | None) -> Json | None:
        return next((one for one in self.steps if one["key"] == key), None)

    def term(self, of: str) -> Term | None:
        """Why something is due when it is, such as `deficiency:ID`; None while no term runs."""
        try:
            return explain_term(self.rules, self.chain, of)
        except Rejection:
            return None

    def href(self, key: str) -> str:
        """Where a step is shown; by its id alone, where its first unit is."""
        known = {one["key"] for one in self.detail["steps"]}
        first = key if key in known else min(k for k in known if k.startswith(f"{key}."))
        return step_address(self.id, first)

    def named(self, table: Mapping[str, Text], key: str) -> str:
        """What a code is called."""
        return self.page.said(table[key]) if key in table else key

    def label(self, step: Json) -> str:
        """A step's state in words."""
        return self.named(STATES, step["state"])


async def open_case(page: Page, chain_id: str) -> Case:
    """The chain of a page. Raises Problem (chain_not_found)."""
    row, chain = await find_chain(page.visit, chain_id)
    rules = await page.resources.rules(chain)
    return Case(page, chain, rules, chain_detail(page.visit, row, chain, rules))


def show_case(case: Case, template: str, /, tab: str, status: int = 200, **facts: Any) -> Response:
    """A page of a chain, under the chain's name and tabs."""
    page, base = case.page, chain_address(case.id)
    tabs = [(page.said(name), base + path, path == tab, None) for path, name in _TABS]
    names = {
        "state_names": STATES,
        "mode_names": MODES,
        "waiting_names": WAITING_ON,
        "variant_names": VARIANTS,
        "chain_states": CHAIN_STATES,
        "promise_states": PROMISE_STATES,
        "escalation_states": ESCALATION_STATES,
        "unit_states": UNIT_STATES,
    }
    return show(page, template, status, case=case, head=case.detail, tabs=tabs, **names, **facts)


def chain_address(chain_id: str) -> str:
    """Where a chain's page is."""
    return f"/chains/{quote(chain_id)}"


def step_address(chain_id: str, key: str) -> str:
    """Where a step's page is."""
    return f"{chain_address(chain_id)}/steps/{quote(key)}"


def project_address(code: str) -> str:
    """Where a project's page is."""
    return f"/projects/{quote(code)}"


def documents_address(code: str, chain: str | None = None) -> str:
    """Where a project's bag of documents is."""
    base = f"{project_address(code)}/documents"
    return f"{base}?chain={quote(chain)}" if chain else base
