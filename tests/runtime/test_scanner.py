"""The virus scanner: what it says, and what counts as no answer."""

import socket
import sys
import threading
from pathlib import Path

import pytest

from groundwork.runtime.scanner import NotScanned, Scanner, ScannerAway, scanner
from groundwork.runtime.settings import Settings, SettingsError
from tests.clamd import EICAR, clamd


def named(address: str, timeout: float = 5) -> Scanner:
    found = scanner(Settings(scanner=address, scanner_timeout=timeout))
    assert found is not None
    return found


@pytest.fixture
def clean(tmp_path: Path) -> str:
    (tmp_path / "clean").write_bytes(b"%PDF-1.7" * 100_000)
    return str(tmp_path / "clean")


@pytest.fixture
def infected(tmp_path: Path) -> str:
    (tmp_path / "infected").write_bytes(EICAR)
    return str(tmp_path / "infected")


def test_clamd_gets_the_whole_content_and_is_believed(clean: str, infected: str) -> None:
    with clamd() as server:
        assert named(server.address).is_clean(clean)
        assert not named(server.address).is_clean(infected)
        assert server.seen == [Path(clean).read_bytes(), EICAR]


@pytest.mark.parametrize(
    "reply", [b"INSTREAM size limit exceeded. ERROR", b"", b"stream: OK but not really"]
)
def test_what_was_not_scanned_is_never_clean(clean: str, reply: bytes) -> None:
    with clamd() as server:
        server.reply = reply
        with pytest.raises(NotScanned):
            named(server.address).is_clean(clean)


def test_a_clamd_that_hangs_up_on_a_content_did_not_scan_it(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(8 * 1024 * 1024))
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            connection, _ = server.accept()
            connection.close()

        hanging_up = threading.Thread(target=hang_up)
        hanging_up.start()
        with pytest.raises(NotScanned):
            named(f"clamd://127.0.0.1:{server.getsockname()[1]}").is_clean(str(tmp_path / "large"))
        hanging_up.join()


def test_a_clamd_that_is_away_or_silent_is_away(clean: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(ScannerAway):
            named(f"clamd://127.0.0.1:{port}", timeout=0.1).is_clean(clean)
    with pytest.raises(ScannerAway):
        named(f"clamd://127.0.0.1:{port}").is_clean(clean)
    with pytest.raises(ScannerAway):
        named("clamd:///nowhere/clamd.sock").is_clean(clean)


@pytest.mark.parametrize(("code", "verdict"), [(0, True), (1, False)])
def test_a_command_is_believed_by_its_exit_code(clean: str, code: int, verdict: bool) -> None:
    assert named(f"exec:{sys.executable} -c 'exit({code})'").is_clean(clean) is verdict


def test_a_command_gets_the_path_last(infected: str) -> None:
    program = 'import sys; sys.exit("EICAR" in open(sys.argv[-1]).read())'
    assert not named(f"exec:{sys.executable} -c '{program}'").is_clean(infected)


def test_a_command_that_hangs_is_away(clean: str) -> None:
    with pytest.raises(ScannerAway):
        named(f"exec:{sys.executable} -c 'import time; time.sleep(9)'", timeout=0.5).is_clean(clean)


def test_a_command_that_fails_did_not_scan(clean: str) -> None:
    with pytest.raises(NotScanned):
        named(f"exec:{sys.executable} -c 'exit(2)'").is_clean(clean)


def test_a_command_that_is_not_there_is_away(clean: str) -> None:
    with pytest.raises(ScannerAway):
        named("exec:/nowhere/scan").is_clean(clean)


def test_without_a_setting_there_is_none() -> None:
    assert scanner(Settings()) is None


@pytest.mark.parametrize(
    "address", ["exec:scan '", "clamd://:x", "clamd://host:99999", "clamd://?"]
)
def test_an_address_that_cannot_be_used_is_told_in_one_line(address: str) -> None:
    with pytest.raises(SettingsError, match="GROUNDWORK_SCANNER") as refused:
        scanner(Settings(scanner=address))
    assert "\n" not in str(refused.value)
