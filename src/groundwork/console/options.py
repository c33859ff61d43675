"""Options that many commands share, added to each in one line."""

import functools
import inspect
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from typing import Annotated, Any, Concatenate, Final, ParamSpec, TypeVar, cast

import typer

from groundwork.console.faults import Misuse
from groundwork.console.screen import Language, Screen

P = ParamSpec("P")
Tool = TypeVar("Tool")

PANEL = "The answer"

Lang = Annotated[
    Language, typer.Option("--lang", help="Language of the answer.", rich_help_panel=PANEL)
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON for programs.", rich_help_panel=PANEL)
]


SHORTEST_REASON: Final = 4
"""Characters of a reason that somebody will read who was not there."""


def a_reason(text: str | None) -> str | None:
    """What stands behind `--reason`, for Typer's `callback`; None where it may be left out.

    Raises Misuse for one that says nothing.
    """
    if text is not None and len(text.strip()) < SHORTEST_REASON:
        raise Misuse(
            f"--reason 请写明理由，至少 {SHORTEST_REASON} 个字。 "
            f"--reason: say why, in {SHORTEST_REASON} characters or more."
        )
    return text


def reason(shown: str) -> Any:
    """The option `--reason` of a repair; `shown` says who reads it."""
    told = f"Why (理由), in {SHORTEST_REASON} characters or more; {shown}, so no personal data."
    return typer.Option("--reason", help=told, callback=a_reason)


def option(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    """An option of a command, as `inspect` describes parameters."""
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


SCREEN = (option("language", Lang, "zh"), option("as_json", AsJson, False))


def with_options(
    command: Callable[Concatenate[Tool, P], None],
    options: Sequence[inspect.Parameter],
    opened: Callable[..., AbstractContextManager[Tool]],
) -> Callable[..., None]:
    """The command with further options, with which its first argument is opened and closed."""
    own = list(inspect.signature(command).parameters.values())[1:]

    @functools.wraps(command)
    def complete(**given: Any) -> None:
        with opened(**{one.name: given.pop(one.name) for one in options}) as tool:
            cast("Callable[..., None]", command)(tool, **given)

    parameters = [*own, *options]
    # Typer reads both: the parameters from the one, their types from the other.
    described: Any = complete
    described.__signature__ = inspect.Signature(parameters)
    described.__annotations__ = {one.name: one.annotation for one in parameters}
    return complete


def prints(command: Callable[Concatenate[Screen, P], None]) -> Callable[..., None]:
    """Give a command the options `--lang` and `--json`, and the screen that they make."""
    return with_options(command, SCREEN, lambda **chosen: nullcontext(Screen(**chosen)))


def pairs(given: Sequence[str], name: str) -> dict[str, str]:
    """The `KEY=VALUE` values of an option. Raises Misuse for one without `=`, or given twice."""
    found: dict[str, str] = {}
    for item in given:
        key, separator, value = item.partition("=")
        if not separator or not key:
            raise Misuse(
                f"选项 {name} 的值“{item}”应写作 KEY=VALUE。 {name}: write {item} as KEY=VALUE."
            )
        if key in found:
            raise Misuse(f"选项 {name} 重复给出了 {key}。 {name}: {key} is given twice.")
        found[key] = value
    return found


def a_date(text: str) -> date:
    """A date written 2026-04-16, for Typer's `parser`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no date: write it like 2026-04-16") from None


def a_moment(text: str) -> datetime:
    """An aware moment written 2026-12-31T18:00+08:00, for Typer's `parser`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter(
            f"{text} is no moment with its zone: write it like 2026-12-31T18:00+08:00"
        )
    return moment
