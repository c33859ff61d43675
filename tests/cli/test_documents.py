"""A bag of documents, typed at an API in a process of its own."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from groundwork.console.faults import ExitCode
from groundwork.domain.model import Role
from tests.api.house import PREFIX, fresh_key, project_body
from tests.cli.terminal import done, run, serving, told
from tests.papers_of_all_kinds import pdf

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def housekeeper(
    module_migrated_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """How a housekeeper asks an API."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDWORK_DATA_DIR", str(tmp_path_factory.mktemp("bag")))
        with serving(module_migrated_url, Role.HOUSEKEEPER) as env:
            yield env


@pytest.fixture
def project(housekeeper: dict[str, str]) -> str:
    """A new project."""
    made = httpx.post(
        f"{housekeeper['GROUNDWORK_PUBLIC_URL']}{PREFIX}/projects",
        json=project_body(),
        headers=headers(housekeeper),
    )
    code: str = made.json()["code"]
    return code


def headers(env: dict[str, str]) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {env['GROUNDWORK_TOKEN']}",
        "Idempotency-Key": fresh_key(),
    }


def test_a_document_goes_in_and_comes_out(
    housekeeper: dict[str, str], project: str, tmp_path: Path
) -> None:
    env, content = housekeeper, pdf("typed", 2 * MIB + 17)
    file = tmp_path / "设计方案.pdf"
    file.write_bytes(content)
    first = told("documents", "upload", project, str(file), "--material", "design-scheme", env=env)
    assert (first["version"], first["already"]) == (1, False)
    again = done("documents", "upload", project, str(file), "--material", "design-scheme", env=env)
    assert first["document"] in again
    assert "land-to-construction/design-scheme" in done("documents", "list", project, env=env)
    target = tmp_path / "back.pdf"
    fetch = ("documents", "fetch", project, first["document"], "--to", str(target))
    done(*fetch, env=env)
    assert target.read_bytes() == content
    assert run(*fetch, env=env).exit_code == ExitCode.REFUSED
    bag = done("documents", "bag", project, "--chain", "land-to-construction", env=env)
    line = next(line for line in bag.splitlines() if line.startswith("L17 ") and "方案" in line)
    assert "已有" in line
    done("documents", "remove", project, first["document"], env=env)
    assert told("documents", "list", project, env=env) == {"items": []}
    anew = told("documents", "upload", project, str(file), "--material", "design-scheme", env=env)
    assert anew["document"] != first["document"]


def test_an_interrupted_upload_goes_on_where_it_was(
    housekeeper: dict[str, str],
    project: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = pdf("interrupted", 3 * MIB)
    file = tmp_path / "图.pdf"
    file.write_bytes(content)
    sent: list[int] = []
    request = httpx.Client.request

    def breaking(client: httpx.Client, method: str, url: str, **more: Any) -> httpx.Response:
        if method == "PATCH":
            sent.append(len(more["content"]))
            if len(sent) == 2:
                raise KeyboardInterrupt
        return request(client, method, url, **more)

    monkeypatch.setattr(httpx.Client, "request", breaking)
    assert run("documents", "upload", project, str(file), env=housekeeper).exit_code != 0
    taken = told("documents", "upload", project, str(file), env=housekeeper)
    # The first part was not sent a second time.
    assert sum(sent) == len(content) + sent[1]
    listed = told("documents", "list", project, env=housekeeper)["items"]
    (version,) = listed[0]["versions"]
    assert (listed[0]["id"], version["sha256"]) == (
        taken["document"],
        sha256(content).hexdigest(),
    )


def test_what_is_refused_is_told_in_one_line(
    housekeeper: dict[str, str], project: str, tmp_path: Path
) -> None:
    file = tmp_path / "run.exe"
    file.write_bytes(b"MZ")
    result = run("documents", "upload", project, str(file), env=housekeeper)
    assert result.exit_code == ExitCode.REFUSED
    assert "[document_type_refused]" in result.stderr
    assert result.stderr.count("\n") == 1
