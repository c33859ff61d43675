"""What the shapes and lines of a drawing mean, as a list to stand above it."""

from typing import Final

from markupsafe import Markup

from groundwork.api.languages import Language, said
from groundwork.api.pages.drawing.signs import EXEMPT, SIGNS, badge
from groundwork.api.pages.drawing.svg import tag
from groundwork.domain.definition import Text

_SAMPLES: Final = (
    (
        "critical",
        Text(zh="粗线：关键路径", en="Thick line: critical path"),
        tag("path", class_="map-line map-critical", d="M0 8h32"),
    ),
    (
        "passed",
        Text(zh="蓝线：已走过", en="Blue line: way gone"),
        tag("path", class_="map-line map-passed", d="M0 8h32"),
    ),
)
_BARS: Final = (
    (
        Text(zh="已用时间", en="Time used"),
        (tag("rect", class_="bar bar-done", x=1, y=2, width=30, height=12, rx=2),),
    ),
    (
        Text(zh="预计", en="Forecast"),
        (tag("rect", class_="bar bar-todo bar-ahead", x=1, y=2, width=30, height=12, rx=2),),
    ),
    (
        Text(zh="停表", en="Clock stopped"),
        (
            tag("rect", class_="bar bar-paused", x=1, y=2, width=30, height=12, rx=2),
            tag("path", class_="gantt-hatch", d="M3 13 13 3M12 13 22 3M21 13 30 4"),
        ),
    ),
    (
        Text(zh="等待申报", en="Waiting to be handed in"),
        (tag("path", class_="gantt-waited", d="M0 8h32"),),
    ),
    (
        Text(zh="关键路径", en="Critical path"),
        (tag("path", class_="gantt-critical", d="M0 8h32"),),
    ),
    (
        Text(zh="承诺时限", en="Promised limit"),
        (tag("path", class_="gantt-promised", d="M16 1v14m-4-14h8l-4 5z"),),
    ),
    (
        Text(zh="法定时限", en="Statutory limit"),
        (tag("path", class_="gantt-statutory", d="M14.5 1v14M17.5 1v14"),),
    ),
    (
        Text(zh="休息日、节假日", en="Days of rest"),
        (tag("rect", class_="gantt-holiday", x=1, y=2, width=30, height=12),),
    ),
)


def map_legend(language: Language, *, predicted: bool = False) -> Markup:
    """The lights, and what the lines mean; of a rehearsal the lines only."""
    signs = () if predicted else (*SIGNS.values(), EXEMPT)
    samples = [(name, sample) for key, name, sample in _SAMPLES if not predicted or key != "passed"]
    items = [
        *(tag("li", badge(sign, language)) for sign in signs),
        *(_item(name, language, sample) for name, sample in samples),
        tag("li", said(_PREDICTED_DATES if predicted else _DATES, language)),
    ]
    return tag("ul", *items, class_="drawing-legend")


def gantt_legend(language: Language, *, predicted: bool = False) -> Markup:
    """What the bars and marks of a Gantt chart mean; of a rehearsal those that it can have."""
    chosen = [_BARS[1], _BARS[4], _BARS[7]] if predicted else _BARS
    items = (_item(name, language, *sample) for name, sample in chosen)
    return tag("ul", *items, class_="drawing-legend")


_DATES: Final = Text(
    zh="日期：已办结为办结日，在办为到期日，未开始为预计办结日",
    en="Dates: done on, due on, or for steps not started expected on",
)
_PREDICTED_DATES: Final = Text(zh="日期：预计办结日", en="Dates: expected to be done on")


def _item(name: Text, language: Language, *sample: Markup) -> Markup:
    shown = tag(
        "svg", *sample, class_="drawing drawing-sample", width=32, height=16, aria_hidden="true"
    )
    return tag("li", shown, said(name, language))
