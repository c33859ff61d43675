"""Backups of servers that are somebody else's: what is restored, and what is refused."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from groundwork.console.backing_up import content_path
from groundwork.console.backup_manifest import DATABASE, MANIFEST
from groundwork.console.faults import ExitCode
from groundwork.runtime.embedded import EmbeddedPostgres
from groundwork.store.migrations import migrate, revision
from tests.cli.terminal import done, run, told
from tests.store.test_backup_point import PROJECT, connected

CONTENT = b"what a document holds" * 1000
DIGEST = sha256(CONTENT).hexdigest()
DOCUMENT = """
    WITH filed AS (
        INSERT INTO document (id, project_code, kind, title, created_at, created_by)
        VALUES ('d-1', '2603-440784-04-01-000001', 'attachment', 't', now(), 't') RETURNING id
    )
    INSERT INTO document_version (document_id, number, file_name, extension, size, sha256, scan,
        kept, uploaded_at, uploaded_by)
    SELECT id, 1, 'a.pdf', 'pdf', %s, %s, 'clean', true, now(), 't' FROM filed
"""


@pytest.fixture(scope="module")
def template(postgres_server: EmbeddedPostgres) -> str:
    """The name of a database with a project and its document, to be copied."""
    name = f"template_{uuid4().hex}"
    url = postgres_server.create_database(name)
    migrate(url)
    with connected(url) as connection:
        connection.execute(PROJECT)
        connection.execute(DOCUMENT, (len(CONTENT), DIGEST))
    return name


@pytest.fixture
def installed(
    postgres_server: EmbeddedPostgres, template: str, tmp_path: Path
) -> Iterator[dict[str, str]]:
    """The settings of an installation on servers of its own."""
    name = f"backup_{uuid4().hex}"
    kept = tmp_path / "documents" / "kept" / DIGEST[:2] / DIGEST
    kept.parent.mkdir(parents=True)
    kept.write_bytes(CONTENT)
    yield settings(postgres_server.create_database(name, template=template), tmp_path / "documents")
    postgres_server.drop_database(name)


@pytest.fixture
def elsewhere(postgres_url: str, tmp_path: Path) -> dict[str, str]:
    """The settings of an installation that has nothing yet."""
    return settings(postgres_url, tmp_path / "new documents")


def settings(database: str, documents: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database.replace("+psycopg", ""),
        # Nobody is there: what is not ours is not asked.
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "GROUNDWORK_DOCUMENTS_URL": f"file://{documents}".replace(" ", "%20"),
    }


def titles(env: dict[str, str]) -> list[tuple[object, ...]]:
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        return connection.execute("SELECT title FROM document").fetchall()


def test_it_is_restored_elsewhere_with_its_documents(
    installed: dict[str, str], elsewhere: dict[str, str], tmp_path: Path
) -> None:
    made = told("backup", str(tmp_path / "b"), env=installed)
    assert (made["engine"], made["documents"], made["events"]) == ("external", "included", 0)
    assert made["schema_revision"] == revision(installed["DATABASE_URL"]).current
    restored = told("restore", str(tmp_path / "b"), env=elsewhere)
    assert restored["whole"]
    assert not restored["chains_continue"]
    assert titles(elsewhere) == [("t",)]
    (kept,) = (path for path in tmp_path.glob("new*/kept/*/*") if path.is_file())
    assert kept.read_bytes() == CONTENT


def test_nobody_else_may_read_it(installed: dict[str, str], tmp_path: Path) -> None:
    told("backup", str(tmp_path / "b"), env=installed)
    places = [tmp_path / "b", *(tmp_path / "b").rglob("*")]
    assert not [path for path in places if path.stat().st_mode & 0o077]


def test_without_contents_it_says_which_are_missing(
    installed: dict[str, str], elsewhere: dict[str, str], tmp_path: Path
) -> None:
    made = told("backup", str(tmp_path / "b"), "--no-documents", env=installed)
    assert made["documents"] == "apart"
    result = run("restore", str(tmp_path / "b"), "--json", env=elsewhere)
    assert result.exit_code == ExitCode.REFUSED
    assert json.loads(result.stdout)["missing_documents"] == [DIGEST]


def test_a_content_that_was_lost_before_is_told(installed: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "documents" / "kept" / DIGEST[:2] / DIGEST).unlink()
    result = run("backup", str(tmp_path / "b"), "--json", env=installed)
    assert result.exit_code == ExitCode.REFUSED
    assert json.loads(result.stdout)["missing_documents"] == [DIGEST]


def test_data_is_not_overwritten_unless_it_is_forced(
    installed: dict[str, str], tmp_path: Path
) -> None:
    folder = str(tmp_path / "b")
    told("backup", folder, env=installed)
    with psycopg.connect(installed["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("UPDATE document SET title = 'changed since'")
    refused = run("restore", folder, env=installed)
    assert (refused.exit_code, "--force" in refused.stderr) == (ExitCode.REFUSED, True)
    assert titles(installed) == [("changed since",)]
    assert told("restore", folder, "--force", env=installed)["whole"]
    assert titles(installed) == [("t",)]


def test_what_was_there_is_back_if_the_backup_cannot_be_loaded(
    installed: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "b"
    told("backup", str(folder), env=installed)
    facts = json.loads((folder / MANIFEST).read_text())
    # No machine has programs of that version.
    (folder / MANIFEST).write_text(json.dumps({**facts, "postgres": "9999.1"}))
    refused = run("restore", str(folder), "--force", env=installed)
    assert (refused.exit_code, "pg_restore" in refused.stderr) == (ExitCode.REFUSED, True)
    assert titles(installed) == [("t",)]


def test_a_database_in_use_is_left_alone(installed: dict[str, str], tmp_path: Path) -> None:
    told("backup", str(tmp_path / "b"), env=installed)
    where = installed["DATABASE_URL"] + "&application_name=groundwork"
    with psycopg.connect(where):
        refused = run("restore", str(tmp_path / "b"), "--force", "--lang", "en", env=installed)
    assert (refused.exit_code, "stop workers" in refused.stderr) == (ExitCode.REFUSED, True)
    assert titles(installed) == [("t",)]


@pytest.mark.parametrize("name", [DATABASE, content_path(DIGEST)])
def test_a_damaged_backup_changes_nothing(
    name: str, installed: dict[str, str], elsewhere: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "b"
    told("backup", str(folder), env=installed)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    refused = run("restore", str(folder), env=elsewhere)
    assert (refused.exit_code, name in refused.stderr) == (ExitCode.REFUSED, True)
    assert revision(elsewhere["DATABASE_URL"]).current is None


def test_one_of_a_later_release_or_without_a_manifest_is_refused(
    installed: dict[str, str], elsewhere: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "b"
    told("backup", str(folder), env=installed)
    manifest = folder / MANIFEST
    facts = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**facts, "schema_revision": "v9999"}))
    assert "upgrade" in run("restore", str(folder), env=elsewhere).stderr
    manifest.write_text("{}")
    assert MANIFEST in run("restore", str(folder), env=elsewhere).stderr
    manifest.unlink()
    assert MANIFEST in run("restore", str(folder), env=elsewhere).stderr


def test_a_folder_that_holds_something_is_not_written_into(
    installed: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine").touch()
    refused = run("backup", str(tmp_path / "b"), env=installed)
    assert refused.exit_code == ExitCode.REFUSED
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["mine"]


def test_keys_are_named_and_copied_only_when_asked_for(
    installed: dict[str, str], elsewhere: dict[str, str], tmp_path: Path
) -> None:
    key = tmp_path / "audit-key.pem"
    fingerprint = told("audit", "keygen", str(key))["fingerprint"]
    env = {**installed, "GROUNDWORK_AUDIT_KEY_FILE": str(key)}
    keys = {one["setting"]: one for one in told("backup", str(tmp_path / "apart"), env=env)["keys"]}
    assert {"GROUNDWORK_VAULT_KEY_FILE", "GROUNDWORK_PAYLOAD_KEY_FILE"} < keys.keys()
    assert keys["GROUNDWORK_AUDIT_KEY_FILE"] == {
        "setting": "GROUNDWORK_AUDIT_KEY_FILE",
        "fingerprint": fingerprint,
        "file": None,
    }
    assert not (tmp_path / "apart" / "keys").exists()
    told("backup", str(tmp_path / "with"), "--with-keys", env=env)
    place = tmp_path / "new" / "audit-key.pem"
    place.parent.mkdir()
    told(
        "restore",
        str(tmp_path / "with"),
        env={**elsewhere, "GROUNDWORK_AUDIT_KEY_FILE": str(place)},
    )
    assert place.read_bytes() == key.read_bytes()
    assert place.stat().st_mode & 0o077 == 0


def test_what_could_not_be_read_is_not_restored(
    installed: dict[str, str], elsewhere: dict[str, str], tmp_path: Path
) -> None:
    ring = {"GROUNDWORK_VAULT_KEY_FILE": str(tmp_path / "vault-keys.json")}
    done("keys", "make", env={**installed, **ring})
    told("backup", str(tmp_path / "b"), env={**installed, **ring})
    kept = (tmp_path / "vault-keys.json").rename(tmp_path / "kept")
    refused = run("restore", str(tmp_path / "b"), env={**elsewhere, **ring})
    assert refused.exit_code == ExitCode.REFUSED
    assert "GROUNDWORK_VAULT_KEY_FILE" in refused.stderr
    assert revision(elsewhere["DATABASE_URL"]).current is None
    kept.rename(tmp_path / "vault-keys.json")
    assert told("restore", str(tmp_path / "b"), env={**elsewhere, **ring})["whole"]
