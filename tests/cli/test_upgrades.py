"""`groundwork catalogue upgrade` and `rollout`: what they say and how they end."""

from collections.abc import Iterator

import pytest

from groundwork.domain.model import Role
from groundwork.store.migrations import migrate
from tests.cli.terminal import done, run, serving, told

KIND = "land-to-construction"


@pytest.fixture(scope="module")
def env(module_postgres_url: str) -> Iterator[dict[str, str]]:
    """An administrator's access to an API without an engine, on an empty record."""
    migrate(module_postgres_url)
    with serving(module_postgres_url, Role.ADMINISTRATOR) as access:
        yield access


def test_a_preview_looks_at_every_running_chain(env: dict[str, str]) -> None:
    found = told("catalogue", "upgrade", KIND, "--preview", env=env)
    assert (found["state"], found["looked_at"], found["unfit_count"]) == ("ready", 0, 0)
    said = done("catalogue", "upgrade", KIND, "--preview", "--lang", "en", env=env)
    assert f"Definition {found['version']}: 0 running chains" in said


def test_a_rollout_that_has_not_begun_says_so(env: dict[str, str]) -> None:
    assert told("catalogue", "rollout", KIND, "--version", "1.1.0", env=env)["state"] is None
    assert "not begun" in done("catalogue", "rollout", KIND, "--lang", "en", env=env)


def test_what_is_not_there_ends_with_its_exit_code(env: dict[str, str]) -> None:
    assert (
        run("catalogue", "upgrade", KIND, "--version", "9.9.9", "--preview", env=env).exit_code == 1
    )
    lost = run("catalogue", "upgrade", KIND, "--chain", "no.chain", "--preview", env=env)
    assert lost.exit_code == 1
