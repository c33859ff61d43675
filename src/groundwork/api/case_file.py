"""Sets the file of a case as PDF. What it says comes from `case_facts`.

It stands in STSong-Light, one of the fonts for Chinese that PDF readers have or replace, so no font
is shipped.
"""

from collections.abc import Sequence
from functools import cache, partial
from io import BytesIO
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from groundwork.api.case_facts import CaseFile, Facts, Grid, Section

FONT: Final = "STSong-Light"
_MARGIN: Final = 18 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_LINE: Final = HexColor("#b8bec6")
_SHADE: Final = HexColor("#eef1f4")
_LABELS: Final = 0.26


def case_file(case: CaseFile) -> bytes:
    """The PDF."""
    _register()
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=f"{case.title} {case.number}",
        author="Groundwork",
        lang="en" if case.language == "en" else "zh-CN",
    )
    story: list[Flowable] = [
        _text(case.title, 20, 28),
        _text(case.number, 11, 16),
        _text(case.made, 9, 14),
        Spacer(0, 6 * mm),
    ]
    for section in case.sections:
        story += _section(section)
    footer = partial(_footer, f"{case.title} · {case.number} · {case.made}")
    document.build(story, onFirstPage=footer, onLaterPages=footer)
    return out.getvalue()


def _section(section: Section) -> list[Flowable]:
    size = 13 if section.level == 1 else 10.5
    parts: list[Flowable] = [Spacer(0, 3 * mm), _text(section.title, size, size * 1.5, keep=True)]
    for block in section.blocks:
        if isinstance(block, str):
            parts.append(_text(block))
        elif isinstance(block, Grid):
            parts.append(_grid(block))
        else:
            parts.append(_facts(block))
        parts.append(Spacer(0, 1.5 * mm))
    return parts


def _facts(facts: Facts) -> Table:
    rows = [[_text(name), _text(value)] for name, value in facts]
    return _table(rows, (_LABELS, 1 - _LABELS), [("BACKGROUND", (0, 0), (0, -1), _SHADE)])


def _grid(grid: Grid) -> Table:
    rows = [[_text(one, 8, 11) for one in row] for row in (grid.header, *grid.rows)]
    return _table(rows, grid.widths, [("BACKGROUND", (0, 0), (-1, 0), _SHADE)], heading=1)


def _table(
    rows: Sequence[Sequence[Flowable]],
    widths: Sequence[float],
    looks: Sequence[tuple[Any, ...]],
    heading: int = 0,
) -> Table:
    shared: list[Any] = [
        ("GRID", (0, 0), (-1, -1), 0.4, _LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    return Table(
        [list(row) for row in rows],
        colWidths=[share * _WIDTH for share in widths],
        repeatRows=heading,
        # A row that is higher than a page goes on on the next one.
        splitInRow=1,
        style=TableStyle([*shared, *looks]),
    )


def _text(text: str, size: float = 9, leading: float = 12.5, *, keep: bool = False) -> Paragraph:
    style = ParagraphStyle(
        "text",
        fontName=FONT,
        fontSize=size,
        leading=leading,
        alignment=TA_LEFT,
        # Breaks between any two characters, as Chinese does, and long hashes do too.
        wordWrap="CJK",
        keepWithNext=int(keep),
    )
    return Paragraph(escape(text).replace("\n", "<br/>"), style)


def _footer(text: str, canvas: Any, document: Any) -> None:
    canvas.saveState()
    canvas.setFont(FONT, 7.5)
    canvas.drawString(_MARGIN, 10 * mm, text)
    canvas.drawRightString(A4[0] - _MARGIN, 10 * mm, str(document.page))
    canvas.restoreState()


@cache
def _register() -> None:
    registerFont(UnicodeCIDFont(FONT))
