"""A list as an Excel workbook, made so that no cell is ever a formula.

XlsxWriter is imported here and nowhere else: it ships without type information.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any, Final, NamedTuple

import xlsxwriter

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

LONGEST_CELL: Final = 32_767
"""Characters that Excel keeps in a cell."""

Cell = str | int | date | None


class Column(NamedTuple):
    """A column's heading and its width in characters."""

    heading: str
    width: int = 14


async def workbook(title: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> bytes:
    """The rows under a frozen header, with dates as dates and every text as text.

    Thousands of rows take a while: they are written in a thread, so that others are served.
    """
    return await asyncio.to_thread(_written, title, columns, rows)


def _written(title: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> bytes:
    paper = BytesIO()
    # Texts stay texts, whatever they begin with: others typed them.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book: Any = xlsxwriter.Workbook(paper, options)
    sheet = book.add_worksheet(title)
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    plain = book.add_format({"valign": "top"})
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, column.heading, head)
    for line, row in enumerate(rows, start=1):
        for number, cell in enumerate(row):
            match cell:
                case None:
                    pass
                case date():
                    sheet.write_datetime(line, number, cell, day)
                case int():
                    sheet.write_number(line, number, cell, plain)
                case str():
                    sheet.write_string(line, number, cell[:LONGEST_CELL], text)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    book.close()
    return paper.getvalue()
