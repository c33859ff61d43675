"""The day-by-day reckoning behind a due date, as a table."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from groundwork.console import words
from groundwork.console.screen import Grid, Language, Screen
from groundwork.domain.clock import LedgerDay


def ledger_data(ledger: Iterable[LedgerDay], language: Language) -> list[dict[str, Any]]:
    """The reckoning for programs."""
    return [
        {
            "day": entry.day.isoformat(),
            "mark": entry.mark.value,
            "number": entry.number,
            "note": words.said(entry.note, language),
            "provisional": entry.provisional,
        }
        for entry in ledger
    ]


def ledger_grid(ledger: Iterable[LedgerDay], screen: Screen) -> Grid:
    """The reckoning for people."""
    return ledger_rows(ledger_data(ledger, screen.language), screen)


def ledger_rows(ledger: Iterable[dict[str, Any]], screen: Screen) -> Grid:
    """The reckoning for people, from what programs get of it."""
    provisional = screen.aside(screen.say("暂定", "provisional"))
    rows = [
        (
            words.day(date.fromisoformat(entry["day"]), screen.language),
            "" if entry["number"] is None else str(entry["number"]),
            words.word(words.MARKS, entry["mark"], screen.language),
            entry["note"] + (provisional if entry["provisional"] else ""),
        )
        for entry in ledger
    ]
    columns = screen.say("日期,第几日,是否计入,说明", "Day,No.,Counts,Note").split(",")
    return Grid(columns, rows, numeric=frozenset({1}))
