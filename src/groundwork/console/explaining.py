"""Why a step is due when it is, as text and table."""

from collections.abc import Iterator

from groundwork.console import words
from groundwork.console.deadlines import Deadlines
from groundwork.console.desk import Json
from groundwork.console.ledgers import ledger_rows
from groundwork.console.screen import Block, Grid, Screen


def explanation(told: Json, screen: Screen, deadlines: Deadlines) -> Iterator[Block]:
    """What the API says of a step's due date, for people."""
    yield f"{told['step']} {told['name']}"
    if told["promised"]:
        yield screen.say("  承诺时限：", "  Promised: ") + _figure(told["promised"], screen)
    if told["extension"]:
        extended = told["extension"]
        yield screen.say(
            f"  已延期 {extended['amount']}：{extended['reason']}",
            f"  Extended by {extended['amount']}: {extended['reason']}",
        )
    if told["accepted_at"]:
        silence = screen.say("（逾期视为受理）", " (by silence)") if told["by_silence"] else ""
        at = deadlines.moment(told["accepted_at"])
        yield screen.say(f"  受理：{at}{silence}", f"  Accepted: {at}{silence}")
    if told["no_date"]:
        yield f"  {told['no_date']['text']}"
    if told["due"]:
        yield from _due(told, screen, deadlines)
    yield from _besides(told, screen, deadlines)


def _due(told: Json, screen: Screen, deadlines: Deadlines) -> Iterator[Block]:
    due = told["due"]
    on = deadlines.day(due["on"], provisional=due["provisional"])
    planned = screen.say("，停表按计划恢复推算", ", if the stop ends as planned")
    yield screen.say("  到期：", "  Due: ") + on + (planned if due["projected"] else "")
    if told["split"]:
        used = words.amount(told["split"]["department_days"], due["unit"], screen.language)
        stopped = words.amount(told["split"]["stopped_days"], due["unit"], screen.language)
        left = words.amount(told["left"], due["unit"], screen.language)
        yield screen.say(
            f"  部门已用 {used}，停表 {stopped}，剩余 {left}",
            f"  Used by the department: {used}; stopped: {stopped}; left: {left}",
        )
    yield ledger_rows(due["ledger"], screen)


def _besides(told: Json, screen: Screen, deadlines: Deadlines) -> Iterator[Block]:
    """The terms of the law, and whatever else runs on the step."""
    if told["statutory"]:
        columns = screen.say("法定时限,依据,到期,说明", "By law,Source,Due,Remark").split(",")
        yield Grid(columns, [_statutory(one, screen, deadlines) for one in told["statutory"]])
    if told["windows"]:
        columns = screen.say("其他期限,截止,剩余", "Also runs,Closes,Left").split(",")
        rows = [
            (
                one["name"] + screen.aside(one["subject"] or ""),
                deadlines.day(one["closes_on"], provisional=one["provisional"]),
                deadlines.left(one["closes_on"]),
            )
            for one in told["windows"]
        ]
        yield Grid(columns, rows)


def _statutory(term: Json, screen: Screen, deadlines: Deadlines) -> tuple[str, ...]:
    limit = term["limit"]
    least = screen.say("不少于 ", "at least ") if limit["at_least"] else ""
    what = " · ".join(text for text in (limit["part"], limit["case"]) if text)
    figure = least + words.amount(limit["amount"], limit["unit"], screen.language)
    return (
        figure + screen.aside(what),
        limit["source"],
        deadlines.day(term["due_on"], provisional=term["provisional"]),
        term["remark"] or "",
    )


def _figure(limit: Json, screen: Screen) -> str:
    figure = words.amount(limit["amount"], limit["unit"], screen.language)
    provenance = words.word(words.PROVENANCES, limit["provenance"], screen.language)
    return figure + screen.aside(
        screen.say(f"{provenance}；{limit['source']}", f"{provenance}; {limit['source']}")
    )
