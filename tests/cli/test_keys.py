"""`groundwork keys`: rings are made, turned and listed, and no key is ever shown."""

from pathlib import Path

import pytest

from groundwork.console.faults import ExitCode
from groundwork.domain.keyring import KeyRing
from groundwork.domain.model import Role
from groundwork.runtime.keyrings import RingFile
from groundwork.runtime.loop import run as run_loop
from groundwork.store import vault
from groundwork.store.migrations import migrate
from tests.api.house import sign_up
from tests.cli.terminal import done, run, told


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {
        "GROUNDWORK_DATA_DIR": str(tmp_path / "data"),
        "GROUNDWORK_VAULT_KEY_FILE": str(tmp_path / "vault.json"),
        "GROUNDWORK_PAYLOAD_KEY_FILE": str(tmp_path / "payload.json"),
    }


def ring(env: dict[str, str], purpose: str) -> KeyRing:
    return RingFile(Path(env[f"GROUNDWORK_{purpose.upper()}_KEY_FILE"]), purpose)()


def test_make_makes_what_is_missing_and_leaves_what_is_there(env: dict[str, str]) -> None:
    made = told("keys", "make", env=env)["made"]
    assert made == [env["GROUNDWORK_VAULT_KEY_FILE"], env["GROUNDWORK_PAYLOAD_KEY_FILE"]]
    before = ring(env, "vault"), ring(env, "payload")
    assert told("keys", "make", env=env) == {"made": []}
    assert (ring(env, "vault"), ring(env, "payload")) == before


@pytest.mark.parametrize("purpose", ["vault", "payload"])
def test_rotate_adds_a_key_that_writes_and_keeps_the_old_one(
    env: dict[str, str], purpose: str
) -> None:
    done("keys", "make", env=env)
    (old,) = ring(env, purpose).keys
    new = told("keys", "rotate", purpose, env=env)["key"]
    assert [key.id for key in ring(env, purpose).keys] == [old.id, new]
    listed = {one["key"]: one for one in told("keys", "show", env=env)["items"]}
    assert listed[old.id]["state"] == "reads"
    assert listed[new]["state"] == "writes"
    assert listed[new]["purpose"] == purpose


def test_a_key_may_wait_until_every_machine_has_it(env: dict[str, str]) -> None:
    done("keys", "make", env=env)
    assert "每台机器" in done("keys", "rotate", "payload", "--in", "2", env=env)
    states = [
        one["state"]
        for one in told("keys", "show", env=env)["items"]
        if one["purpose"] == "payload"
    ]
    assert states == ["writes", "waits"]


def test_no_command_shows_a_key(env: dict[str, str]) -> None:
    printed = [done("keys", "make", env=env)]
    printed += [done("keys", "rotate", purpose, env=env) for purpose in ("vault", "payload")]
    printed += [done("keys", "show", env=env), done("keys", "show", "--json", env=env)]
    secrets = [key.secret for purpose in ("vault", "payload") for key in ring(env, purpose).keys]
    assert len(secrets) == 4
    assert not [one for one in secrets if one in "".join(printed)]


def test_a_missing_ring_is_told_with_its_remedy(env: dict[str, str]) -> None:
    result = run("keys", "show", env=env)
    assert result.exit_code == ExitCode.REFUSED
    assert "put it back, or correct GROUNDWORK_VAULT_KEY_FILE" in result.stderr
    cluster = {"DATABASE_URL": "postgresql://x/y", "TEMPORAL_ADDRESS": "t.example:7233"}
    cleared = {name: "" for name in env if name.endswith("_KEY_FILE")}
    result = run("keys", "make", env=env | cluster | cleared)
    assert result.exit_code == ExitCode.REFUSED
    assert "name one with GROUNDWORK_VAULT_KEY_FILE" in result.stderr


def test_rewrap_moves_personal_data_to_the_newest_key(
    env: dict[str, str], postgres_url: str
) -> None:
    env = env | {"DATABASE_URL": postgres_url, "TEMPORAL_ADDRESS": "127.0.0.1:1"}
    done("keys", "make", env=env)
    file = RingFile(Path(env["GROUNDWORK_VAULT_KEY_FILE"]), "vault")
    old = file().keys[0].id
    vault.use(file)
    migrate(postgres_url)
    run_loop(sign_up(postgres_url, [(Role.OPS, None), (Role.HOUSEKEEPER, None)]))
    new = told("keys", "rotate", "vault", env=env)["key"]
    assert uses(env) == {old: 2, new: 0}
    assert told("keys", "rewrap", env=env) == {"rewrapped": 2}
    assert uses(env) == {old: 0, new: 2}


def uses(env: dict[str, str]) -> dict[str, int]:
    """What depends on each key of the vault."""
    items = told("keys", "show", env=env)["items"]
    return {one["key"]: one["uses"] for one in items if one["purpose"] == "vault"}
