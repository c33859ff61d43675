"""The schema's history leads to the tables, whoever runs it and how often."""

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, NullPool, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

import groundwork.store
from groundwork.domain.tracking import read_tracking_code
from groundwork.runtime.keyrings import KeyRingError, RingFile
from groundwork.store import vault
from groundwork.store.engine import database_url
from groundwork.store.errors import SchemaNewer, StoreError
from groundwork.store.migrations import downgrade, migrate, revision
from groundwork.store.people_tables import AbsenceRow
from groundwork.store.tables import METADATA, table

for module in pkgutil.iter_modules(groundwork.store.__path__, "groundwork.store."):
    if module.name.endswith("_tables"):  # tables of their own stand beside the record's
        importlib.import_module(module.name)


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(database_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


def differences(url: str) -> list[Any]:
    with connected(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, METADATA))


def test_migrations_and_tables_agree(postgres_url: str) -> None:
    assert table(AbsenceRow).metadata is METADATA
    migrate(postgres_url)
    assert differences(postgres_url) == []


def test_a_column_or_index_that_only_one_of_them_has_would_show(postgres_url: str) -> None:
    migrate(postgres_url)
    with connected(postgres_url) as connection:
        connection.execute(text("ALTER TABLE step DROP COLUMN light"))
        connection.execute(text("DROP INDEX ix_event_key"))
    assert {difference[0] for difference in differences(postgres_url)} == {
        "add_column",
        "add_index",
    }


def test_up_down_and_up_again_ends_where_it_began(postgres_url: str) -> None:
    assert revision(postgres_url).current is None
    migrate(postgres_url)
    downgrade(postgres_url, "base")
    with connected(postgres_url) as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    migrate(postgres_url)
    assert revision(postgres_url).up_to_date
    assert differences(postgres_url) == []


def test_migrating_an_up_to_date_database_changes_nothing(postgres_url: str) -> None:
    migrate(postgres_url)
    with connected(postgres_url) as connection:
        connection.execute(text("INSERT INTO calendar VALUES ('2026.1', 'hash', '{}')"))
    migrate(postgres_url)
    with connected(postgres_url) as connection:
        assert connection.execute(text("SELECT version FROM calendar")).scalar() == "2026.1"


def test_processes_that_migrate_at_once_wait_for_each_other(postgres_url: str) -> None:
    program = (
        "import sys; from groundwork.store.migrations import migrate;"
        " print('ready', flush=True); input(); migrate(sys.argv[1])"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, postgres_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    outcomes = [(process.communicate()[1], process.returncode) for process in processes]
    assert outcomes == [("", 0)] * 2
    assert revision(postgres_url).up_to_date


def test_a_failing_migration_leaves_nothing_behind(postgres_url: str) -> None:
    with connected(postgres_url) as connection:
        connection.execute(text("CREATE TABLE escalation (id int)"))
    with pytest.raises(StoreError, match="DuplicateTable"):
        migrate(postgres_url)
    with connected(postgres_url) as connection:
        assert inspect(connection).get_table_names() == ["escalation"]


def test_a_database_of_a_later_release_is_refused(postgres_url: str) -> None:
    migrate(postgres_url)
    with connected(postgres_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaNewer, match=r"9999.*later release"):
        migrate(postgres_url)
    assert not revision(postgres_url).up_to_date


def test_projects_that_are_there_get_a_code_that_reads_as_one(postgres_url: str) -> None:
    migrate(postgres_url)
    downgrade(postgres_url, "0008")
    with connected(postgres_url) as connection:
        connection.execute(
            text("""
            INSERT INTO project
            SELECT '2603-440784-04-01-' || lpad(n::text, 6, '0'), '厂', '企业', 'x', NULL, '440784',
                'h', now(), 'h'
            FROM generate_series(1, 2500) n
            """)
        )
    migrate(postgres_url)
    with connected(postgres_url) as connection:
        rows = connection.execute(text("SELECT code, hash FROM tracking_code")).all()
    assert len(rows) == len({code for code, _ in rows}) == 2500
    for code, hashed in rows:
        assert read_tracking_code(code) == code
        assert hashed == sha256(code.encode()).hexdigest()
    downgrade(postgres_url, "0008")
    migrate(postgres_url)
    assert differences(postgres_url) == []


def test_sessions_of_browsers_are_told_from_tokens(postgres_url: str) -> None:
    migrate(postgres_url)
    downgrade(postgres_url, "0011")
    with connected(postgres_url) as connection:
        connection.execute(
            text("""
            INSERT INTO person VALUES ('p-1', '某人', 'ops', NULL, true, now());
            INSERT INTO api_token (id, person_id, hash, label, created_at, expires_at)
            VALUES ('session', 'p-1', 'a', 'browser', now(), now() + interval '12 hours'),
                   ('odd', 'p-1', 'b', 'browser', now(), now() + interval '30 days'),
                   ('program', 'p-1', 'c', 'browser', now(), NULL)
            """)
        )
    migrate(postgres_url)
    with connected(postgres_url) as connection:
        rows = connection.execute(
            text("SELECT id, kind, scope, confirmed_at IS NULL FROM api_token ORDER BY id")
        ).all()
        connection.execute(text("UPDATE api_token SET scope = 'read' WHERE id = 'program'"))
    assert [tuple(row) for row in rows] == [
        ("odd", "api", "admin", True),
        ("program", "api", "admin", True),
        ("session", "session", "admin", False),
    ]
    downgrade(postgres_url, "0011")
    with connected(postgres_url) as connection:
        query = text("SELECT id FROM api_token WHERE revoked_at IS NOT NULL")
        assert connection.execute(query).scalars().all() == ["program"], "none is widened"


def test_people_are_given_what_they_worked_on_before_there_were_grants(postgres_url: str) -> None:
    migrate(postgres_url)
    downgrade(postgres_url, "0013")
    with connected(postgres_url) as connection:
        connection.execute(
            text("""
            INSERT INTO person VALUES
                ('keeper', '某人', 'housekeeper', NULL, true, now()),
                ('manager', '某人', 'project_manager', NULL, true, now()),
                ('other', '某人', 'project_manager', NULL, true, now());
            INSERT INTO project
            SELECT code, '厂', '企业', uscc, NULL, district, 'keeper', now(), 'x'
            FROM (VALUES ('one', 'A', '440784'), ('two', 'B', '440703'), ('three', 'A', '440784'))
                AS known (code, uscc, district);
            SET session_replication_role = replica;
            INSERT INTO chain (id, project_code, type, definition_id, definition_version,
                definition_hash, calendar_version, variant, district, housekeeper, state, light,
                waiting_on, act_by, provisional, launched_at, seq, head_hash, snapshot, updated_at)
            VALUES ('c', 'one', 't', 'd', '1', 'h', '1', 'standard', '440784', 'keeper', 'running',
                'green', 'nobody', now(), false, now(), 1, 'h', '{}', now());
            INSERT INTO event (chain_id, seq, type, at, recorded_at, actor_id, actor_role, basis,
                body, prev_hash, hash)
            VALUES ('c', 1, 'received', now(), now(), 'manager', 'project_manager', '', '{}', '',
                'h');
            """)
        )
    migrate(postgres_url)
    with connected(postgres_url) as connection:
        query = "SELECT person_id, kind, value FROM person_grant ORDER BY person_id, value"
        given = [tuple(row) for row in connection.execute(text(query))]
        noted = connection.execute(
            text("SELECT count(*) FROM duty_record WHERE what = 'grant_given'")
        )
        assert noted.scalar_one() == len(given)
    assert given == [
        ("keeper", "park", "440703"),
        ("keeper", "park", "440784"),
        ("manager", "enterprise", "A"),
    ]


PERSONAL = {
    "person": "name",
    "account": "sign_in_name",
    "channel": "url",
    "api_token": "label",
    "feed": "label",
    "absence": "reason",
    "webhook": "secret",
}


def put_personal_data(url: str) -> None:
    """Rows as an earlier release wrote them, with one datum in each place."""
    with connected(url) as connection:
        connection.execute(
            text("""
            INSERT INTO person VALUES ('p-1', '李建国', 'ops', NULL, true, now());
            INSERT INTO account (person_id, sign_in_name, hash, must_change, changed_at, failures,
                totp_secret) VALUES ('p-1', 'li.jianguo', 'h', false, now(), 0, 'JBSWY3DPEHPK3PXP');
            INSERT INTO channel (id, person_id, label, scheme, url, language, rhythm, state,
                failures, created_at) VALUES ('c-1', 'p-1', '手机', 'mail',
                'mail:li@example.cn', 'zh', 'daily', 'active', 0, now());
            INSERT INTO api_token (id, person_id, hash, label, created_at)
                VALUES ('t-1', 'p-1', 'x', '李建国的电脑', now());
            INSERT INTO feed (id, person_id, language, label, hash, created_at)
                VALUES ('f-1', 'p-1', 'zh', '李建国的手机', 'y', now());
            INSERT INTO absence (id, person_id, substitute_id, first_day, last_day, reason, set_by,
                set_at) VALUES ('a-1', 'p-1', 'p-1', '2026-03-02', '2026-03-03', '病假', 'p-1',
                now());
            INSERT INTO webhook (id, label, url, types, secret, state, failures, created_at,
                created_by) VALUES ('w-1', '平台', 'https://x.example/k3y', '{*}', 'whsec_1',
                'active', 0, now(), 'p-1')
            """)
        )


def personal_data(url: str) -> dict[str, Any]:
    with connected(url) as connection:
        return {
            name: connection.execute(text(f"SELECT {column} FROM {name}")).scalar_one()
            for name, column in PERSONAL.items()
        }


def test_personal_data_that_is_there_is_sealed_and_opened_again(postgres_url: str) -> None:
    migrate(postgres_url)
    downgrade(postgres_url, "0014")
    put_personal_data(postgres_url)
    plain = personal_data(postgres_url)
    migrate(postgres_url)
    sealed = personal_data(postgres_url)
    for name, value in plain.items():
        assert isinstance(sealed[name], bytes)
        assert value.encode() not in sealed[name]
    with connected(postgres_url) as connection:
        subjects = connection.execute(text("SELECT id FROM vault_subject ORDER BY id")).scalars()
        assert list(subjects) == ["p-1", "sign-in-names", "w-1"]
    assert differences(postgres_url) == []
    downgrade(postgres_url, "0014")
    assert personal_data(postgres_url) == plain


def test_personal_data_is_not_sealed_without_a_key_ring(
    postgres_url: str, key_rings: tuple[Path, Path]
) -> None:
    migrate(postgres_url)
    downgrade(postgres_url, "0014")
    put_personal_data(postgres_url)
    before = personal_data(postgres_url)
    vault.use(RingFile(key_rings[0].with_name("lost.json"), "GROUNDWORK_VAULT_KEY_FILE"))
    try:
        with pytest.raises(KeyRingError, match="put it back, or correct GROUNDWORK_VAULT_KEY_FILE"):
            migrate(postgres_url)
    finally:
        vault.use(RingFile(key_rings[0], "GROUNDWORK_VAULT_KEY_FILE"))
    assert revision(postgres_url).current == "0014"
    assert personal_data(postgres_url) == before


ABOUT_PEOPLE = ("delegation", "handover", "duty_record")
LABEL = "若溪的手机"


def put_reasons(url: str, person: str, reason: str) -> None:
    """Rows as an earlier release wrote them, with a reason in each place and a test notice."""
    with connected(url) as connection:
        for statement in (
            "INSERT INTO person VALUES (:p, 'x', 'ops', NULL, false, now())",
            "INSERT INTO delegation (id, delegator_id, delegate_id, actions, chains, steps,"
            " first_day, last_day, reason, granted_by, granted_at) VALUES ('d-' || :p, :p, :p,"
            " '{}', '{}', '{}', '2026-03-02', '2026-03-03', :reason, :p, now())",
            "INSERT INTO handover (id, by_id, source_id, target_id, reason, received_at)"
            " VALUES ('h-' || :p, :p, :p, :p, :reason, now())",
            "INSERT INTO duty_record (at, by_id, person_id, what, subject, reason)"
            " VALUES (now(), 'p-head', :p, 'person_left', :p, :reason)",
            "INSERT INTO notice (id, source, kind, rule, book, person_id, urgent, at, created_at,"
            " title, body) VALUES ('n-' || :p, 'test:c-' || :p || '@2026-03-02', 'test',"
            " 'channel_test', 'b', :p, true, now(), now(), '{}',"
            " jsonb_build_object('zh', '渠道 ' || CAST(:label AS text) || ' 可以收到通知。'))",
        ):
            values = {"p": person, "reason": reason, "label": LABEL}
            connection.execute(text(statement), values)


def said(url: str) -> dict[str, list[str]]:
    """Everything in those tables, as text."""
    with connected(url) as connection:
        return {
            name: [str(row) for row in connection.execute(text(f"SELECT * FROM {name}"))]
            for name in (*ABOUT_PEOPLE, "notice")
        }


def test_reasons_about_people_are_sealed_and_opened_again(postgres_url: str) -> None:
    migrate(postgres_url, "0022")
    put_reasons(postgres_url, "p-ruoxi", "住院手术")
    put_reasons(postgres_url, "p-erased", "辞退")
    with connected(postgres_url) as connection:
        connection.execute(
            text(
                "INSERT INTO vault_subject (id, made_at, erased_at)"
                " VALUES ('p-erased', now(), now())"
            )
        )
    migrate(postgres_url)
    kept = str(said(postgres_url))
    assert [word for word in ("住院手术", "辞退", LABEL) if word in kept] == []
    assert differences(postgres_url) == []
    with connected(postgres_url) as connection, pytest.raises(IntegrityError, match="only ever"):
        connection.execute(text("DELETE FROM duty_record"))
    downgrade(postgres_url, "0022")
    opened = said(postgres_url)
    for name in ABOUT_PEOPLE:
        assert "住院手术" in str(opened[name])
        assert "辞退" not in str(opened[name])
    assert LABEL not in str(opened["notice"])
