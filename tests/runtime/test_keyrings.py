"""Key rings in files: made for one owner, added to, read anew, and clearly missed."""

import resource
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from groundwork.runtime import keyrings
from groundwork.runtime.keyrings import KeyRingError, RingFile, add_key, make_ring
from groundwork.runtime.settings import Settings, load_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "ring.json"


def test_a_ring_is_made_for_its_owner_alone_and_never_overwritten(file: Path) -> None:
    ring = make_ring(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert RingFile(file, "X")() == ring
    with pytest.raises(KeyRingError, match="not overwritten"):
        make_ring(file)
    assert RingFile(file, "X")() == ring


def test_no_representation_shows_a_key(file: Path) -> None:
    ring = make_ring(file)
    assert ring.keys[0].secret not in f"{ring!r} {ring} {ring.keys[0]!r}"


def test_a_key_that_was_added_is_noticed_by_who_reads_the_file(file: Path) -> None:
    first = make_ring(file).keys[0]
    reader = RingFile(file, "X")
    assert reader().current(datetime.now(UTC)) == first
    second = add_key(file, timedelta())
    assert reader().keys == (first, second)
    assert reader().current(datetime.now(UTC)) == second
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == [file.name]


@pytest.fixture
def full_at() -> Iterator[Callable[[int], None]]:
    """Lets no file grow beyond so many bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_costs_no_key(file: Path, full_at: Callable[[int], None]) -> None:
    make_ring(file)
    ring = RingFile(file, "X")()
    full_at(file.stat().st_size + 20)
    with pytest.raises(KeyRingError, match="cannot be written"):
        add_key(file, timedelta())
    assert RingFile(file, "X")() == ring
    other = file.with_name("other.json")
    full_at(20)
    with pytest.raises(KeyRingError, match="cannot be written"):
        make_ring(other)
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_of_two_keys_added_at_once_neither_is_lost(file: Path) -> None:
    ring = make_ring(file)
    under_way = file.with_name(f"{file.name}.new")
    under_way.touch()
    with pytest.raises(KeyRingError, match=f"delete {under_way}"):
        add_key(file, timedelta())
    assert RingFile(file, "X")() == ring
    under_way.unlink()
    added = add_key(file, timedelta())
    assert RingFile(file, "X")().keys == (*ring.keys, added)


@pytest.mark.parametrize("content", ["", "{}", '{"keys": []}', '{"keys": [{"secret": "5ec2e7"}]}'])
def test_a_file_that_holds_no_ring_is_told_without_what_it_holds(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_text(content)
    with pytest.raises(KeyRingError, match="holds no key ring") as told:
        RingFile(file, "X")()
    assert "5ec2e7" not in str(told.value)


def test_a_lost_file_is_told_with_the_setting_that_names_it(file: Path) -> None:
    with pytest.raises(KeyRingError, match="put it back, or correct X"):
        RingFile(file, "X")()


def test_where_servers_are_not_ours_somebody_must_provide_the_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("GROUNDWORK_VAULT_KEY_FILE", "GROUNDWORK_PAYLOAD_KEY_FILE"):
        monkeypatch.delenv(name)
    cluster = load_settings(database_url="postgresql://x/y", temporal_address="t.example:7233")
    for keys in (keyrings.vault_keys(cluster), keyrings.payload_keys(cluster)):
        with pytest.raises(KeyRingError, match="groundwork keys make"):
            keys()
    ours = Settings()
    assert keyrings.vault_place(ours) == ours.data_dir / "vault-keys.json"
    assert keyrings.payload_place(ours) == ours.data_dir / "payload-keys.json"


def test_our_own_servers_get_rings_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GROUNDWORK_VAULT_KEY_FILE", "GROUNDWORK_PAYLOAD_KEY_FILE"):
        monkeypatch.delenv(name)
    settings = Settings(data_dir=tmp_path)
    keyrings.keep_key_rings(settings)
    vault, payload = keyrings.vault_keys(settings)(), keyrings.payload_keys(settings)()
    assert vault.keys[0].secret != payload.keys[0].secret
    keyrings.keep_key_rings(settings)
    assert keyrings.vault_keys(settings)() == vault


@pytest.mark.parametrize("lost", ["vault-keys.json", "payload-keys.json"])
def test_a_ring_that_was_lost_is_not_replaced_behind_ones_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    for name in ("GROUNDWORK_VAULT_KEY_FILE", "GROUNDWORK_PAYLOAD_KEY_FILE"):
        monkeypatch.delenv(name)
    settings = Settings(data_dir=tmp_path)
    keyrings.keep_key_rings(settings)
    (tmp_path / lost).unlink()
    with pytest.raises(KeyRingError, match=f"{lost} is gone: put it back"):
        keyrings.keep_key_rings(settings)
    assert not (tmp_path / lost).exists()
