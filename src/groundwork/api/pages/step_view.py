"""What the page of a step tells: its state, its clock as arithmetic, its record, its history."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from groundwork.api.chain_view import promises_view, step_view
from groundwork.api.languages import half
from groundwork.api.pages.bag_files import bag_files
from groundwork.api.pages.frame import Page
from groundwork.api.pages.judging import Bench
from groundwork.api.pages.lights import step_shown
from groundwork.api.papers import address
from groundwork.api.words import event_name
from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import Limit
from groundwork.domain.explain import Explanation, explain
from groundwork.domain.fold import evolve
from groundwork.domain.model import RUNNING, Actor, Chain, Role, StepState
from groundwork.domain.names import (
    ESCALATION_STATES,
    MARKS,
    MODES,
    OPINIONS,
    PROMISE_STATES,
    PROVENANCES,
    RESULTS,
    ROLES,
    STATES,
    UNITS,
    WAITING_ON,
)
from groundwork.domain.views import act_by, step_light
from groundwork.rehearsal.wording import Wording
from groundwork.store.ledger import EVENT

Json = dict[str, Any]
History = Sequence[ev.AnyEvent]

_WHOLE: Final = 1_000_000


async def facts_of(bench: Bench, key: str) -> Json:
    """Everything that a step's page tells, whoever reads it.

    Raises Rejection (unknown_step).
    """
    page, chain, rules = bench.page, bench.chain, bench.rules
    explained = explain(rules, chain, key, page.visit.received_at)
    step, definition = step_view(rules, chain, key, page.language), rules.step(key)
    events, known = await history_of(page, chain.id), chain.steps[key]
    names = await page.resources.people.names(_people(events, known.assignee))
    return {
        "row": bench.row,
        "chain": chain,
        "step": step,
        "shown": step_shown(page.moments, known.state, step_light(known), act_by(known)),
        "definition": definition,
        "explained": explained,
        "figures": figures(page, explained),
        "before": [
            (one, page.said(Wording(rules.definition).step_name(one, chain)))
            for one in rules.predecessors(key, chain)
            if step["state"] == StepState.WAITING
        ],
        **await _bag(bench, step),
        **_promises(bench, key),
        "history": list(_history(bench, key, events, names)),
        "names": names,
        "assignee_name": names.get(step["assignee"] or "", step["assignee"] or ""),
        "words": Words(page),
        "rectification_paper": address("rectification", chain.id, key)
        if step["site_rectification"]
        else None,
    }


async def history_of(page: Page, chain_id: str) -> History:
    """Everything that happened to a chain, oldest first."""
    rows = await page.resources.reads.timeline(chain_id, limit=_WHOLE)
    return [EVENT.validate_python(row["body"]) for row in rows]


class Words:
    """Names of codes, for templates."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def state(self, code: str) -> str:
        """A step's state."""
        return self._page.said(STATES[code])

    def mode(self, code: str) -> str:
        """How a step is handled."""
        return self._page.said(MODES[code])

    def waits(self, code: str) -> str:
        """In whose court it is."""
        return self._page.said(WAITING_ON[code])

    def promise(self, code: str) -> str:
        """The state of a deficiency or commitment."""
        return self._page.said(PROMISE_STATES[code])

    def escalation(self, code: str) -> str:
        """The state of an escalation."""
        return self._page.said(ESCALATION_STATES[code])

    def opinion(self, code: str) -> str:
        """What a department said."""
        return self._page.said(OPINIONS[code])

    def result(self, code: str) -> str:
        """How a step was decided."""
        return self._page.said(RESULTS[code])

    def mark(self, code: str) -> str:
        """What a day is to the clock."""
        return self._page.said(MARKS[code])

    def provenance(self, code: str) -> str:
        """Whose word a figure is."""
        return self._page.said(PROVENANCES[code])

    def source(self, source: str) -> str:
        """A source that is written as `中文 · English`, in one of them; others as they are."""
        return half(source, self._page.language)

    def amount(self, count: int, unit: str) -> str:
        """A number of days or hours."""
        name = self._page.said(UNITS[unit])
        if self._page.language == "en" and count == 1:
            name = name.removesuffix("s")
        return f"{count} {name}"

    def date(self, when: datetime) -> str:
        """A day in full, for what is signed and filed."""
        day = local_date(when)
        return self._page.say(f"{day.year}年{day.month}月{day.day}日", day.isoformat())

    def limit(self, limit: Limit) -> str:
        """How long a limit is."""
        return self.amount(limit.amount, limit.unit)


def figures(page: Page, explained: Explanation) -> list[tuple[str, str, str]]:
    """The clock as arithmetic: a sign, what it is, how much. Empty while no clock runs.

    The promised limit, prolonged, less what is used, is what is left; its unit is said at the end.
    """
    promised, due, split = explained.promised, explained.due, explained.split
    if promised is None or due is None or split is None or explained.left is None:
        return []
    found = [("", page.say("承诺", "Promised"), str(promised.amount))]
    if explained.extension:
        found.append(("+", page.say("延期", "Extended"), str(explained.extension.amount)))
    used, over = split.department_days, split.department_days - due.budget
    found.append(("−", page.say("已用", "Used"), str(used)))
    last = page.say("剩余", "Left")
    if over > 0:
        last = page.say("超出", "Over by")
    elif explained.state not in RUNNING | {StepState.STOPPED}:
        last = page.say("提前", "Early by")
    rest = Words(page).amount(over if over > 0 else explained.left, due.unit)
    return [*found, ("=", last, rest)]


async def _bag(bench: Bench, step: Json) -> Json:
    """The step's materials with the documents of the project's bag, and which are ready."""
    told, files = await bag_files(bench.page, bench.chain, bench.rules, step["key"])
    needs = {one["material"]: one for one in told["needs"]}
    return {
        "ready": told["ready"],
        "materials": [
            one | {"committable": needs[one["id"]]["committable"], "files": files[one["id"]]}
            for one in step["materials"]
        ],
    }


def _promises(bench: Bench, key: str) -> Json:
    """The deficiencies, commitments and escalations of a step, the latest escalation first."""
    found = promises_view(bench.chain, bench.rules.definition, bench.page.language)
    own = {name: [one for one in some if one["step"] == key] for name, some in found.items()}
    own["escalations"] = sorted(own["escalations"], key=lambda one: one["at"], reverse=True)
    for one in own["escalations"]:
        order = one["supervision_order"]
        one["paper"] = address("supervision-order", bench.chain.id, one["id"]) if order else None
    return own


def _people(events: History, assignee: str | None) -> set[str]:
    """Everybody who did something or is in charge, by id."""
    ids = {event.by.id for event in events} | {event.by.on_behalf_of or "" for event in events}
    ids |= {getattr(event, "assignee", None) or "" for event in events} | {assignee or ""}
    ids |= {one for event in events for one in getattr(event, "officers", ())}
    return ids - {""}


def _history(bench: Bench, key: str, events: History, names: dict[str, str]) -> Iterator[Json]:
    """What happened to the step, newest first."""
    words, page = Wording(bench.rules.definition), bench.page
    chain: Chain | None = None
    found: list[Json] = []
    for event in events:
        chain = evolve(chain, event)
        if words.step_of(event, chain) != key:
            continue
        automatic = bool(getattr(event, "automatic", False))
        zh, en = words.happening(event, chain)
        name, text = page.said(event_name(event.type, automatic=automatic)), page.say(zh, en)
        found.append(
            {
                "seq": event.seq,
                "name": name,
                "text": "" if text.casefold() == name.casefold() else text,
                "at": event.at,
                "who": who(page, event.by, names),
                "basis": Words(page).source(event.basis),
                "more": list(_more(page, event, names)),
            }
        )
    yield from reversed(found)


def who(page: Page, by: Actor, names: dict[str, str]) -> str:
    """Who did something, by name and role."""
    if by.role is Role.SYSTEM:
        return page.say("系统到期自动处理", "By itself, when it was due")
    name = f"{names.get(by.id, by.id)} · {page.said(ROLES[by.role.value])}"
    if by.department:
        name += f" · {page.resources.shelf.department_name(by.department, page.language)}"
    if by.on_behalf_of:
        principal = names.get(by.on_behalf_of, by.on_behalf_of)
        name += page.say(f"（代 {principal}）", f" (for {principal})")
    return name


def _more(page: Page, event: ev.AnyEvent, names: dict[str, str]) -> Iterator[str]:
    """What an event says besides its sentence."""
    labels = {
        "opinion": page.say("意见", "Opinion"),
        "document": page.say("文号", "Document"),
        "notice": page.say("告知", "Notice"),
        "findings": page.say("踏勘情况", "Findings"),
    }
    for field, label in labels.items():
        if value := getattr(event, field, ""):
            yield f"{label}{page.say('：', ': ')}{value}"
    if officers := getattr(event, "officers", ()):
        on_site = page.say("、", ", ").join(names.get(one, one) for one in officers)
        yield f"{page.say('现场人员：', 'On site: ')}{on_site}"
    if isinstance(event, ev.StepAssigned):
        to = names.get(event.assignee or "", event.assignee or page.say("无", "nobody"))
        yield f"{page.say('承办人：', 'Assignee: ')}{to}"
