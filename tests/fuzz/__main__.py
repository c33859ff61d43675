"""`make fuzz`: attack a demonstration at length, and say what was done and what was found.

Ends with 1 if anything was found; what each attack had to say lies in build/fuzz.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Final, NamedTuple

from rich.console import Console

from groundwork.runtime import processes
from groundwork.runtime.embedded import EmbeddedPostgres, EmbeddedTemporal
from groundwork.runtime.loop import run
from tests.fuzz import files, forms, openapi, scanner
from tests.fuzz.stage import Stage, stage
from tests.rings import rings_in

OUTPUT: Final = Path("build") / "fuzz"
EXAMPLES: Final = 25
"""Valid and invalid requests for each address of the API."""
MOST_PAGES: Final = 200
"""Kinds of pages on which each person fills forms in."""
EXAMPLES_OF_FILES: Final = 1000
"""How many damaged ones each reader gets."""
SCANNED: Final = ("housekeeper", "natural-resources.officer", "administrator")
"""As whom the pages are scanned."""
CRAWLING_SECONDS: Final = 60
ATTACKING_SECONDS: Final = 30
"""How long the scanner looks for pages, and how long each of its modules attacks, at most."""
TIMES: Final = 12
"""How often each form is sent."""


class Told(NamedTuple):
    """What an attack did in a line or more, how much it found, and all that it had to say."""

    did: str
    found: int
    output: str


Attack = Callable[[Stage, int], Awaitable[Told]]


async def attack_api(stage: Stage, seed: int) -> Told:
    """Schemathesis: values at the borders, values at random, requests that follow others."""
    did, found, output = [], 0, ""
    for phases, examples in (("coverage", 1), ("fuzzing", EXAMPLES), ("stateful", EXAMPLES)):
        told = await asyncio.to_thread(
            openapi.attack, stage, phases=phases, examples=examples, seed=seed
        )
        did.append(f"{phases}: {told}")
        found += told.failures
        output += told.output
    if lost := sorted(set(stage.tokens) - set(await stage.still_signed_in())):
        did.append(f"lost their tokens on the way, so that much was not reached: {lost}")
        found += 1
    return Told("\n".join(did), found, output)


async def attack_forms(stage: Stage, seed: int) -> Told:
    """Every form of every page."""
    told = await forms.attack(stage, most_pages=MOST_PAGES, times=TIMES, seed=seed)
    return Told(str(told), len(told.wrong), "\n".join(told.wrong))


async def attack_files(stage: Stage, seed: int) -> Told:
    """Everything that reads files, packages, names or headers; the stage looks on."""
    did, output = [], ""
    for name in files.READERS:
        try:
            await asyncio.to_thread(files.attack, name, EXAMPLES_OF_FILES, seed)
        except Exception as broken:
            output += "".join(traceback.format_exception(broken))
            did.append(f"{name}: broken by {EXAMPLES_OF_FILES} damaged ones: {broken!r}"[:300])
    count = len(files.READERS)
    sound = f"{count - len(did)} of {count} readers took {EXAMPLES_OF_FILES} damaged ones each"
    return Told("\n".join([sound, *did]), len(did), output)


async def attack_pages(stage: Stage, seed: int) -> Told:
    """Wapiti, as several people; it draws nothing."""
    did, wrong = [], []
    for who in SCANNED:
        told = await asyncio.to_thread(
            scanner.scan, stage, who, crawling=CRAWLING_SECONDS, attacking=ATTACKING_SECONDS
        )
        did.append(f"{who}: {told}")
        wrong += [f"{who}: {one}" for one in told.wrong]
    return Told("\n".join([*did, *wrong]), len(wrong), "\n".join(wrong))


ATTACKS: Final[Mapping[str, Attack]] = MappingProxyType(
    {"api": attack_api, "forms": attack_forms, "files": attack_files, "pages": attack_pages}
)
"""Every attack by the name that `--only` takes. What they do to the demonstration stays done."""


async def attack_all(names: list[str], seed: int, console: Console) -> int:
    """Attack by all of these; returns how much was found."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    found = 0
    for name in names:
        began = perf_counter()
        console.print(f"{name}: bringing a demonstration up", markup=False, soft_wrap=True)
        try:
            told = await _attacked(name, seed)
        except Exception as broken:
            # On a machine that is busy the stage may not come up: the others go on.
            told = Told(f"broken off: {broken!r}"[:300], 1, traceback.format_exc())
        (OUTPUT / f"{name}.txt").write_text(told.output)
        found += told.found
        console.print(told.did, markup=False, soft_wrap=True)
        took = f"{perf_counter() - began:.0f} s"
        console.print(
            f"{name}: found {told.found} in {took}, seed {seed}", markup=False, soft_wrap=True
        )
    return found


async def _attacked(name: str, seed: int) -> Told:
    """An attack on servers of its own: an engine that was attacked has too much left to do."""
    with (
        tempfile.TemporaryDirectory(prefix="groundwork-", ignore_cleanup_errors=True) as folder,
        rings_in(Path(folder)),
    ):
        postgres = EmbeddedPostgres(Path(folder), durable=False)
        temporal = EmbeddedTemporal(port=processes.free_port())
        try:
            await temporal.start()
            await postgres.start()
            async with stage(postgres, temporal) as opened:
                return await ATTACKS[name](opened, seed)
        finally:
            await postgres.stop()
            await temporal.stop()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(ATTACKS), help="once or more")
    parser.add_argument("--seed", type=int, help="of an earlier run, to draw the same again")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else secrets.randbelow(10**9)
    found = run(attack_all(asked.only or list(ATTACKS), seed, Console(highlight=False)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
