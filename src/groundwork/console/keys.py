"""`groundwork keys`: the key rings that personal data and payloads are encrypted with."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

import typer

from groundwork.console.engine import logged, reach
from groundwork.console.options import prints
from groundwork.console.screen import Grid, Screen

if TYPE_CHECKING:
    from groundwork.domain.keyring import KeyRing
    from groundwork.runtime.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="Key rings (密钥环) of personal data and of Temporal's payloads: make, rotate, show.",
)

Purpose = Literal["vault", "payload"]
PURPOSES: Final[Mapping[Purpose, tuple[str, str]]] = {
    "vault": ("个人信息", "personal data"),
    "payload": ("Temporal 载荷", "Temporal's payloads"),
}


@app.command("make")
@prints
def make(screen: Screen) -> None:
    """Make both key rings in the files that the settings name, unless they are there."""
    from groundwork.runtime.keyrings import keep_ring

    files = [str(place) for place in _places(_settings()).values() if keep_ring(place)]
    lines = [
        screen.say(
            f"密钥文件已写入 {one}（仅本用户可读），请另外备份。",
            f"A key ring is in {one}, for you alone: keep a copy elsewhere.",
        )
        for one in files
    ]
    nothing = screen.say("密钥文件都在，没有改动。", "Both key rings are there already.")
    screen.show({"made": files}, *(lines or [nothing]))


@app.command("rotate")
@prints
def rotate(
    screen: Screen,
    purpose: Annotated[Purpose, typer.Argument(help="Which ring gets a new key.")],
    *,
    hours: Annotated[
        float,
        typer.Option(
            "--in",
            min=0,
            max=720,
            metavar="HOURS",
            help="Write with the new key only then, once every machine has the file.",
        ),
    ] = 0,
) -> None:
    """Add a key, with which is written from now on (轮换密钥); old keys stay to read."""
    from groundwork.runtime.keyrings import add_key

    place = _places(_settings())[purpose]
    key = add_key(place, timedelta(hours=hours))
    screen.show(
        {"purpose": purpose, "file": str(place), "key": key.id, "used_from": key.used_from},
        screen.say(
            f"已在 {place} 加入密钥 {key.id}，旧密钥保留用于读取。",
            f"Key {key.id} is in {place}; the old ones stay to read.",
        ),
        *_next(screen, purpose, hours),
    )


@app.command("show")
@prints
def show(screen: Screen) -> None:
    """List the keys with their ages, and what still depends on each. Shows no key."""
    from groundwork.runtime.keyrings import payload_keys, vault_keys
    from groundwork.runtime.loop import run

    settings = _settings()
    items = [
        *_listed("vault", vault_keys(settings)(), run(_subjects(settings))),
        *_listed("payload", (ring := payload_keys(settings)()), run(_executions(settings, ring))),
    ]
    title = "用途,密钥,生成,已用天数,状态,仍依赖它的", "For,Key,Made,Days,State,Depends on it"
    columns = screen.say(*title).split(",")
    rows = [_row(screen, one) for one in items]
    screen.show({"items": [one._asdict() for one in items]}, Grid(columns, rows))


@app.command("rewrap")
@prints
def rewrap(screen: Screen) -> None:
    """Wrap the keys of all personal data under the vault's newest key, while everything runs."""
    from groundwork.runtime.loop import run

    done = run(_rewrap(_settings()))
    screen.show(
        {"rewrapped": done},
        screen.say(
            f"已用最新密钥重新封装 {done} 个，旧密钥不再需要用于个人信息。",
            f"{done} wrapped under the newest key; personal data needs no older one any more.",
        ),
    )


class Listed(NamedTuple):
    """A key as it is listed. `uses` counts what may need it still; None where nobody knows."""

    purpose: Purpose
    key: str
    made_at: datetime
    used_from: datetime
    days: int
    state: str
    uses: int | None


def _listed(purpose: Purpose, ring: "KeyRing", uses: Mapping[str, int]) -> Iterator[Listed]:
    now = datetime.now(UTC)
    for key in ring.keys:
        state = "writes" if key == ring.current(now) else "reads"
        if key.used_from > now:
            state = "waits"
        days = max(0, (now - key.used_from).days)
        yield Listed(purpose, key.id, key.made_at, key.used_from, days, state, uses.get(key.id))


def _row(screen: Screen, one: Listed) -> tuple[str, ...]:
    states = {
        "writes": screen.say("写入和读取", "writes and reads"),
        "waits": screen.say("尚未启用", "not used yet"),
        "reads": screen.say("仅读取", "reads only"),
    }
    return (
        screen.say(*PURPOSES[one.purpose]),
        one.key,
        f"{one.made_at:%Y-%m-%d}",
        str(one.days),
        states[one.state],
        "—" if one.uses is None else str(one.uses),
    )


def _next(screen: Screen, purpose: Purpose, hours: float) -> list[str]:
    told = []
    if hours:
        told.append(
            screen.say(
                f"请在 {hours:g} 小时内把该文件复制到每台机器。",
                f"Copy the file to every machine within {hours:g} hours.",
            )
        )
    if purpose == "vault":
        remedy = "然后运行 groundwork keys rewrap。", "Then run `groundwork keys rewrap`."
        told.append(screen.say(*remedy))
    told.append(screen.say("请更新该文件的备份。", "Keep a new copy of the file elsewhere."))
    return told


async def _rewrap(settings: "Settings") -> int:
    """Batch by batch, each its own transaction: what is done stays done."""
    from groundwork.console.backing_up import open_database
    from groundwork.console.preparing import database
    from groundwork.runtime.keyrings import vault_keys
    from groundwork.store import vault
    from groundwork.store.engine import transaction

    vault.use(vault_keys(settings))
    done = 0
    async with open_database(settings) as url:
        connections = database(url)
        try:
            while True:
                async with transaction(connections) as connection:
                    batch = await vault.rewrap(connection)
                if not batch:
                    return done
                done += batch
        finally:
            await connections.dispose()


async def _subjects(settings: "Settings") -> dict[str, int]:
    """How many subjects' keys are wrapped under each key; nothing while the database is away."""
    from groundwork.console.preparing import database
    from groundwork.runtime.keyrings import vault_keys
    from groundwork.runtime.whereabouts import running_up
    from groundwork.store import vault
    from groundwork.store.engine import autocommit
    from groundwork.store.errors import StoreError

    up = running_up(settings.data_dir)
    given = settings.database_url.get_secret_value() if settings.database_url else None
    url = given or (up.database_url if up else None)
    if url is None:
        return {}
    connections = database(url)
    try:
        async with autocommit(connections) as connection:
            found = await vault.dependants(connection)
    except StoreError:
        return {}
    finally:
        await connections.dispose()
    ring = vault_keys(settings)()
    return dict.fromkeys((key.id for key in ring.keys), 0) | found


async def _executions(settings: "Settings", ring: "KeyRing") -> dict[str, int]:
    """How many workflow executions may hold payloads of each key: those begun in its time.

    Unknown while the engine does not answer, or the settings do not say where it is.
    """
    from groundwork.runtime.temporal import TemporalError
    from groundwork.runtime.whereabouts import running_up

    if settings.embeds_temporal and running_up(settings.data_dir) is None:
        return {}
    begins = [*(key.used_from for key in ring.keys), None]
    found: dict[str, int] = {}
    try:
        client = await reach(settings)
    except TemporalError:
        return {}
    for key, until in zip(ring.keys, begins[1:], strict=True):
        # What is carried on is encrypted anew, so who began later holds nothing of an older key.
        query = f"StartTime < '{until.isoformat()}'" if until else ""
        found[key.id] = (await client.count_workflows(query)).count
    return found


def _places(settings: "Settings") -> dict[Purpose, Path]:
    from groundwork.runtime.keyrings import payload_place, require_place, vault_place

    return {
        "vault": require_place(vault_place(settings), "vault_key_file"),
        "payload": require_place(payload_place(settings), "payload_key_file"),
    }


def _settings() -> "Settings":
    from groundwork.runtime.demonstration import in_use

    return logged(in_use)
