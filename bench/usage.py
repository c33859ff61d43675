"""What processes use: processor seconds and memory."""

from contextlib import suppress
from typing import NamedTuple, TypeAlias

import psutil  # type: ignore[import-untyped]  # it has no types; temporalio brings it along

Frozen: TypeAlias = list[psutil.Process]
"""Processes that stand still until they are let go on."""


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


def suspend(pid: int) -> Frozen:
    """Freeze a process and its children: whoever asks them something gets no answer."""
    frozen: Frozen = []
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        parent.suspend()  # first, so that it has no more children than these
        frozen.append(parent)
        for child in parent.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.suspend()
                frozen.append(child)
    return frozen


def resume(frozen: Frozen) -> None:
    """Let frozen processes go on, as far as nobody has ended them."""
    for process in reversed(frozen):
        with suppress(psutil.NoSuchProcess):
            process.resume()
