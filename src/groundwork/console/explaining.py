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
        ) + screen.aside(extended.get("notice", ""))
    if told["accepted_at"]:
        silence = screen.say("（逾期视为受理）", " (by silence)") if told["by_silence"] else ""
        at = deadlines.moment(told["accepted_at"])
        yield screen.say(f"  受理：{at}{silence}", f"  Accepted: {at}{silence}")
    if told["no_date"]:
        yield f"  {told['no_date']['text']}"
    if told["split"]:
        yield screen.say("  用时：", "  Time used: ") + split_words(told["split"], screen)
    if told["due"]:
        yield from _due(told, screen, deadlines)
    yield from _besides(told, screen, deadlines)


def _due(told: Json, screen: Screen, deadlines: Deadlines) -> Iterator[Block]:
    due = told["due"]
    on = deadlines.day(due["on"], provisional=due["provisional"])
    planned = screen.say("，停表按计划恢复推算", ", if the stop ends as planned")
    yield screen.say("  到期：", "  Due: ") + on + (planned if due["projected"] else "")
    if told["left"] is not None:
        left = words.amount(told["left"], due["unit"], screen.language)
        yield screen.say(f"  剩余：{left}", f"  Left: {left}")
    yield ledger_rows(due["ledger"], screen)
    yield from _reasons(told["rules"], screen)
    if told["stops"]:
        columns = screen.say(
            "停表,归属,起,计划至,实际至,依据,通知",
            "Stop,Whose time,From,Planned,Ended,Basis,Notice",
        ).split(",")
        yield Grid(columns, [_stop(one, screen, deadlines) for one in told["stops"]])


def _stop(stop: Json, screen: Screen, deadlines: Deadlines) -> tuple[str, ...]:
    whose = words.word(words.WAITING_ON, stop["court"], screen.language)
    planned = deadlines.day(stop["planned_end"])
    ended = deadlines.moment(stop["until"]) if stop["until"] else "—"
    return (
        stop["name"],
        whose,
        deadlines.moment(stop["since"]),
        planned + (screen.say("（已顺延）", " (prolonged)") if stop["prolonged"] else ""),
        ended + (screen.say("（自动）", " (by itself)") if stop["ended_by_itself"] else ""),
        stop["basis"],
        stop["notice"] or "—",
    )


def _reasons(rules: list[Json], screen: Screen) -> Iterator[Block]:
    """Why days count or not, and by which source."""
    for rule in rules:
        mark = words.word(words.MARKS, rule["mark"], screen.language) if rule["mark"] else ""
        name = mark or screen.say("届满", "The end")
        yield f"  {name}{screen.say('：', ': ')}{rule['text']}{screen.aside(rule['source'])}"


def split_words(split: Json, screen: Screen) -> str:
    """Whose time was used, in one line."""
    language = screen.language
    parts = [
        (split["department_days"], screen.say("部门", "department")),
        (split["acceptance_days"], screen.say("部门受理前", "department before acceptance")),
        (split["applicant_days"], screen.say("企业", "applicant")),
        (split["other_days"], screen.say("其他", "others")),
    ]
    return screen.say("，", ", ").join(
        f"{who} {words.amount(count, split['unit'], language)}" for count, who in parts
    )


def term(told: Json, screen: Screen, deadlines: Deadlines) -> Iterator[Block]:
    """What the API says of any other term: acceptance, cure, commitment, answer."""
    yield f"{told['step']} {told['name']}{screen.aside(told['subject'])}"
    longer = screen.say("（已延长）", " (extended)") if told["extended"] else ""
    yield screen.say("  期限：", "  Term: ") + _figure(told["limit"], screen) + longer
    if told["began"]:
        yield screen.say("  起算：", "  Since: ") + deadlines.moment(told["began"])
    on = deadlines.day(told["closes_on"], provisional=told["provisional"])
    yield screen.say("  截止：", "  Closes: ") + on
    if told["due"]:
        yield ledger_rows(told["due"]["ledger"], screen)
    yield from _reasons(told["rules"], screen)


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
