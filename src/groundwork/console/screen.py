"""What a command prints: JSON for programs, tables for people, plain columns into a pipe."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from rich.console import RenderableType

Language = Literal["zh", "en"]

PIPE_WIDTH: Final = 120
"""Columns of what is drawn into a pipe, unless COLUMNS says otherwise."""


class Mark(NamedTuple):
    """A text with a style that only terminals show."""

    text: str
    style: str


Cell = str | Mark


@dataclass(frozen=True)
class Grid:
    """A table: its columns' headings and its rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numeric: frozenset[int] = field(default=frozenset())
    """Columns whose figures stand on the right."""


Block = Cell | Grid


@dataclass(frozen=True)
class Screen:
    """Where a command's answer goes: standard output, in one language."""

    language: Language = "zh"
    as_json: bool = False

    def say(self, zh: str, en: str) -> str:
        """The text in the screen's language."""
        return en if self.language == "en" else zh

    def aside(self, text: str) -> str:
        """The text in brackets, to follow another; nothing for an empty one."""
        return self.say(f"（{text}）", f" ({text})") if text else ""

    def show(self, data: Any, *blocks: Block) -> None:
        """Print the data as JSON if that was asked for, else the blocks for people."""
        if self.as_json:
            self.json(data)
        else:
            self.tell(*blocks)

    def json(self, data: Any) -> None:
        """Print data as JSON."""
        import orjson

        sys.stdout.write(
            orjson.dumps(data, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode()
            + "\n"
        )

    def tell(self, *blocks: Block) -> None:
        """Print texts and tables for people."""
        draw = _on_terminal if sys.stdout.isatty() else _plainly
        for block in blocks:
            draw(block)

    def draw(self, drawing: "RenderableType") -> None:
        """Print something that Rich draws; into a pipe without colours."""
        from rich.console import Console

        if sys.stdout.isatty():
            Console(highlight=False).print(drawing)
            return
        paper = StringIO()
        width = get_terminal_size((PIPE_WIDTH, 0)).columns
        Console(file=paper, highlight=False, width=width).print(drawing)
        for line in paper.getvalue().splitlines():
            sys.stdout.write(line.rstrip() + "\n")

    def note(self, zh: str, en: str) -> None:
        """Say something beside the answer, on standard error."""
        sys.stderr.write(self.say(zh, en) + "\n")

    @contextmanager
    def busy(self, zh: str, en: str) -> Iterator[None]:
        """Say on standard error what takes long; on a terminal with a spinner that goes away."""
        if not sys.stderr.isatty():
            self.note(zh, en)
            yield
            return
        from rich.console import Console

        with Console(stderr=True).status(self.say(zh, en)):
            yield


def _plainly(block: Block) -> None:
    match block:
        case Grid():
            sys.stdout.write("".join(f"{line}\n" for line in _aligned(block)))
        case Mark(text=text) | str(text):
            sys.stdout.write(f"{text}\n")


def _aligned(grid: Grid) -> Iterator[str]:
    """The rows in columns of even width; a Chinese character is two wide."""
    from rich.cells import cell_len

    rows = [tuple(grid.columns), *(tuple(_text(cell) for cell in row) for row in grid.rows)]
    widths = [max(cell_len(row[i]) for row in rows) for i in range(len(grid.columns))]
    for row in rows:
        padded = [
            " " * (width - cell_len(text)) + text
            if index in grid.numeric
            else text + " " * (width - cell_len(text))
            for index, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(padded).rstrip()


def _on_terminal(block: Block) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if not isinstance(block, Grid):
        console.print(_rich(block))
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for index, heading in enumerate(block.columns):
        table.add_column(heading, justify="right" if index in block.numeric else "left")
    for row in block.rows:
        table.add_row(*(_rich(cell) for cell in row))
    console.print(table)


def _rich(cell: Cell) -> Any:
    from rich.text import Text

    return Text(cell.text, cell.style) if isinstance(cell, Mark) else Text(cell)


def _text(cell: Cell) -> str:
    return cell.text if isinstance(cell, Mark) else cell
