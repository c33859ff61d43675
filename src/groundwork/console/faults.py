"""What can go wrong with a command, in one line, and the exit code that scripts see."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended. `docs/cli.md` explains each to people."""

    OK = 0
    REFUSED = 1
    """The request was refused, or failed."""
    USAGE = 2
    """The command was not written as it must be."""
    UNREACHABLE = 3
    """Nothing answers: the API, the engine or the database."""


class Fault(Exception):
    """Ends a command with one line on standard error, Chinese first."""

    code = ExitCode.REFUSED


class Misuse(Fault):
    """Options that do not fit together, or a value that cannot be meant."""

    code = ExitCode.USAGE


class Unreachable(Fault):
    """Nobody answers. What was asked for may be tried again."""

    code = ExitCode.UNREACHABLE


def as_fault(error: BaseException) -> Fault | None:
    """The fault to report for an error that a room below raised; None for any other error.

    The rooms are imported one after the other, and only once something went wrong.
    """
    if isinstance(error, Fault):
        return error
    if _is_absence(error):
        return Unreachable(str(error))
    if _is_refusal(error):
        return Fault(str(error))
    if (how := _silence(error)) is not None:
        from groundwork.runtime.temporal import silent

        return Unreachable(str(silent(how)))
    if isinstance(error, OSError) and error.filename is not None:
        return Fault(
            f"无法使用 {error.filename}（{error.strerror}）。 "
            f"{error.filename} cannot be used ({error.strerror})."
        )
    return _law(error)


def _is_absence(error: BaseException) -> bool:
    from groundwork.runtime.temporal import TemporalUnavailable
    from groundwork.store.errors import StoreUnavailable

    return isinstance(error, TemporalUnavailable | StoreUnavailable)


def _silence(error: BaseException) -> str | None:
    """How the engine kept silent after it was reached; None for any other error."""
    from temporalio.service import RPCError

    from groundwork.runtime.gateway import EngineSilent
    from groundwork.runtime.temporal import SILENCE

    if isinstance(error, RPCError):
        return error.status.name if error.status in SILENCE else None
    return str(error) if isinstance(error, EngineSilent) else None


def _is_refusal(error: BaseException) -> bool:
    from groundwork.catalogue.calendar_import import CalendarExistsError
    from groundwork.catalogue.calendars import CalendarFileError, UnknownCalendarError
    from groundwork.catalogue.loader import CatalogueError
    from groundwork.domain.calendar import HorizonError
    from groundwork.rehearsal.reading import ScriptError
    from groundwork.rehearsal.room import RehearsalError
    from groundwork.runtime.processes import StartError
    from groundwork.runtime.settings import SettingsError
    from groundwork.runtime.temporal import TemporalError
    from groundwork.store.errors import StoreError

    return isinstance(
        error,
        CalendarExistsError
        | CalendarFileError
        | CatalogueError
        | HorizonError
        | RehearsalError
        | ScriptError
        | SettingsError
        | StartError
        | StoreError
        | TemporalError
        | UnknownCalendarError,
    )


def _law(error: BaseException) -> Fault | None:
    from groundwork.domain.rejections import Rejection

    if isinstance(error, Rejection):
        return Fault(f"{error.sentence('zh')} {error.sentence('en')}")
    return None
