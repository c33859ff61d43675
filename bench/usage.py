"""What processes use: processor seconds and memory."""

from typing import NamedTuple

import psutil  # type: ignore[import-untyped]  # it has no types; temporalio brings it along


class Usage(NamedTuple):
    """Processor seconds since the start of the process, and resident bytes now."""

    cpu: float
    rss: int


def usage(pid: int, *, children: bool = True) -> Usage:
    """The usage of a process, with that of its children unless they count elsewhere."""
    process = psutil.Process(pid)
    own = process.cpu_times()
    cpu, rss = own.user + own.system, process.memory_info().rss
    if not children:
        return Usage(cpu, rss)
    cpu += own.children_user + own.children_system  # those that have ended
    for child in process.children(recursive=True):
        try:
            times = child.cpu_times()
            rss += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
        cpu += times.user + times.system
    return Usage(cpu, rss)


def suspend(pid: int) -> None:
    """Freeze a process and its children: whoever asks them something gets no answer."""
    for process in _family(pid):
        process.suspend()


def resume(pid: int) -> None:
    """Let a frozen process and its children go on."""
    for process in reversed(_family(pid)):
        process.resume()


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]
