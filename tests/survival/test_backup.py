"""The drill: back up while it runs, go on, lose everything, restore, and carry on to the end."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.survival.park import ENTERPRISE, Park, chain_of, post, project_code
from tests.survival.walk import Walk

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]

GROUNDWORK = Path(sys.executable).with_name("groundwork")
CONTENT = b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\n%%EOF\n"


def told(park: Park, *words: str, code: int = 0) -> dict[str, Any]:
    """What a command prints with `--json` on that installation."""
    result = said(park, *words, "--json")
    assert result.returncode == code, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def said(park: Park, *words: str, keys: bool = True) -> subprocess.CompletedProcess[str]:
    """How a command ends on that installation; without `keys` its key rings are nowhere."""
    environment = {
        name: value for name, value in os.environ.items() if keys or not name.endswith("_KEY_FILE")
    }
    environment["GROUNDWORK_DATA_DIR"] = str(park.settings.data_dir)
    return subprocess.run(
        [GROUNDWORK, *words], env=environment, capture_output=True, text=True, check=False
    )


async def launched(client: httpx.AsyncClient, number: int) -> str:
    code = project_code(number)
    await post(
        client, "/projects", f"project-{code}", {"code": code, "district": "440784", **ENTERPRISE}
    )
    order = {"project": code, "chain": "land-to-construction"}
    await post(client, "/chains", f"launch-{code}", order)
    return code


async def hand_in(client: httpx.AsyncClient, code: str) -> None:
    """Put a document into the project's bag."""
    answer = await client.post(
        f"/projects/{code}/documents",
        files={"file": ("协议.pdf", CONTENT, "application/pdf")},
        headers={"Idempotency-Key": f"document-{code}"},
    )
    assert answer.status_code == httpx.codes.CREATED, answer.text


async def fetched(client: httpx.AsyncClient, code: str) -> bytes:
    (document,) = (await client.get(f"/projects/{code}/documents")).json()["items"]
    answer = await client.get(f"/projects/{code}/documents/{document['id']}/content")
    return answer.content


async def recorded(client: httpx.AsyncClient, chain: str) -> Mapping[str, int]:
    """The keys on record, each with the number of its first event."""
    keys: dict[str, int] = {}
    events = (await client.get(f"/audit/chains/{chain}", params={"limit": 200})).json()["items"]
    for event in events:
        keys.setdefault(event["key"], event["seq"])
    return keys


async def test_a_lost_installation_comes_back_and_goes_on(park: Park, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    async with park.client() as client:
        code = await launched(client, 700_001)
        walk = Walk(chain_of(code), lambda: client)
        await hand_in(client, code)
        for step in await walk.steps():
            await walk.decide(step)
        kept = dict(walk.receipts)
        made = told(park, "backup", str(folder))
        for step in await walk.steps():
            await walk.decide(step)
    assert made["missing_documents"] == []
    assert set(walk.receipts) > set(kept)

    park.kill("up")
    refused = said(park, "restore", str(folder), "--lang", "en")
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    shutil.rmtree(park.settings.data_dir)
    unreadable = said(park, "restore", str(folder), "--lang", "en", keys=False)
    assert unreadable.returncode == 1
    assert "GROUNDWORK_PAYLOAD_KEY_FILE" in unreadable.stderr
    restored = told(park, "restore", str(folder))
    assert restored["whole"]
    assert restored["chains_continue"]

    await park.start()
    async with park.client() as client:
        again = Walk(chain_of(code), lambda: client)
        assert set(await recorded(client, again.chain)) >= set(kept)
        assert not set(await recorded(client, again.chain)) & (set(walk.receipts) - set(kept))
        end = await again.to_the_end()
        assert end["state"] == "completed"
        verified = (await client.get("/audit/verify")).json()
        assert verified["findings"] == []
        assert await fetched(client, code) == CONTENT
