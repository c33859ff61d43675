"""`groundwork deployment`, and what doctor says of workers that get no chains."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.loop import run as run_async
from groundwork.runtime.settings import load_settings
from groundwork.runtime.temporal import connect, register_search_attributes
from groundwork.store.migrations import migrate
from tests.cli.terminal import PATIENCE, done, run, told

Env = dict[str, str]


@pytest.fixture
def env(temporal_server: EmbeddedTemporal, module_postgres_url: str) -> Env:
    """An installation with servers of its own, whose workers are of version 7."""
    migrate(module_postgres_url)
    own = {
        "DATABASE_URL": module_postgres_url.replace("+psycopg", ""),
        "TEMPORAL_ADDRESS": temporal_server.address,
        "GROUNDWORK_TASK_QUEUE": "told-of-versions",
        "GROUNDWORK_DEPLOYMENT": "told-of-versions",
        "GROUNDWORK_BUILD_ID": "7",
    }

    async def prepare() -> None:
        settings = load_settings(temporal_address=temporal_server.address)
        for namespace in (settings.namespace, settings.rehearsal_namespace):
            client = await connect(settings, namespace=namespace)
            await register_search_attributes(client)

    run_async(prepare())
    return own


@contextmanager
def _worker(env: Env) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "groundwork.worker"], env=os.environ | env, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + PATIENCE
        while not told("deployment", "show", env=env)["versions"]:
            assert time.monotonic() < until, "no worker asked for work"
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _doctor(env: Env, what: str = "deployment") -> dict[str, Any]:
    result = run("doctor", "--json", "--lang", "en", env=env)
    return next(one for one in json.loads(result.stdout)["checks"] if one["id"] == what)


def test_a_version_is_shown_made_current_and_taken_back(env: Env) -> None:
    assert "any worker" in done("deployment", "show", "--lang", "en", env=env)
    prepared = done("prepare", "--lang", "en", env=env)
    assert "groundwork deployment current 7" in prepared
    assert _doctor(env)["status"] == "fail"
    nobody = _doctor(env, "worker")
    assert (nobody["status"], "groundwork worker" in nobody["remedy"]) == ("fail", True)
    refused = run("deployment", "current", "7", env=env)
    assert refused.exit_code == 1
    assert "start its workers first" in refused.stderr
    with _worker(env):
        while _doctor(env, "worker")["status"] != "ok":
            time.sleep(0.2)
        missing = _doctor(env)
        assert missing["status"] == "fail"
        assert "groundwork deployment current 7" in missing["remedy"]
        assert "No version is current" in done("deployment", "show", "--lang", "en", env=env)
        ramped = told("deployment", "ramp", "7", "--percent", "25", env=env)["versions"]
        assert [(one["standing"], one["percent"]) for one in ramped] == [("ramping", 25.0)]
        assert told("deployment", "current", "7", env=env)["current"] == "7"
        assert _doctor(env)["status"] == "ok"
        assert "groundwork deployment" not in done("prepare", "--lang", "en", env=env)
        unnamed = _doctor(env | {"GROUNDWORK_BUILD_ID": ""})
        assert (unnamed["status"], "GROUNDWORK_BUILD_ID" in unnamed["remedy"]) == ("warn", True)
        assert told("deployment", "hasten", "7", env=env) == {"version": "7", "told": 0}
        assert run("deployment", "hasten", "6", env=env).exit_code == 1, "nobody knows it"
        # The postman and its like run on it.
        while not (busy := run("deployment", "drained", "7", "--json", env=env)).exit_code:
            time.sleep(0.2)
        assert '"drained": false' in busy.stdout
        assert told("deployment", "current", "--unversioned", env=env)["current"] is None


def test_what_cannot_be_meant_is_refused(env: Env) -> None:
    assert run("deployment", "current", env=env).exit_code == 2
    assert run("deployment", "current", "7", "--unversioned", env=env).exit_code == 2
    unknown = run("deployment", "drained", "no-such", env=env)
    assert unknown.exit_code == 1
    assert "no-such" in unknown.stderr
    away = run("deployment", "show", env=env | {"TEMPORAL_ADDRESS": "127.0.0.1:1"})
    assert away.exit_code == 3
