"""The connection to Temporal: one configuration for all, payloads, search attributes."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    RemoveSearchAttributesRequest,
)
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.converter import WorkflowSerializationContext
from temporalio.exceptions import ApplicationError
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Replayer, Worker

from groundwork.domain.base import Frozen
from groundwork.runtime import temporal
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.keyrings import KeyRingError, payload_keys
from groundwork.runtime.settings import Settings
from groundwork.workflows.attributes import CLOCK_STOPPED, OPEN_STEPS, SEARCH_ATTRIBUTES
from tests.runtime import sample_workflows
from tests.runtime.sample_workflows import AskTheClock, Echo, Fail, LookAround, ManyDays

BOOL = IndexedValueType.INDEXED_VALUE_TYPE_BOOL
WORKFLOWS = [AskTheClock, Echo, Fail, LookAround, ManyDays]


def names() -> tuple[str, str]:
    """A fresh workflow ID and task queue."""
    return f"sample.{uuid4()}", f"queue-{uuid4()}"


class TestConnecting:
    async def test_a_text_travels_encrypted_through_a_real_server(
        self, temporal_client: Client
    ) -> None:
        workflow_id, queue = names()
        text = "拿地即动工" * 400
        async with Worker(temporal_client, task_queue=queue, workflows=WORKFLOWS):
            handle = await temporal_client.start_workflow(
                Echo.run, text, id=workflow_id, task_queue=queue
            )
            assert await handle.result() == text
        history = await handle.fetch_history()
        started = history.events[0].workflow_execution_started_event_attributes
        (payload,) = started.input.payloads
        assert payload.metadata["encoding"] == b"binary/encrypted"
        assert len(payload.data) < len(text.encode()) / 10
        assert text[:5].encode() not in history.to_json().encode()

    async def test_what_a_failure_says_is_encrypted_and_comes_back_the_same(
        self, temporal_client: Client
    ) -> None:
        workflow_id, queue = names()
        async with Worker(temporal_client, task_queue=queue, workflows=WORKFLOWS):
            handle = await temporal_client.start_workflow(
                Fail.run, "李建国 13800138000", id=workflow_id, task_queue=queue
            )
            with pytest.raises(WorkflowFailureError) as failed:
                await handle.result()
        assert isinstance(failed.value.cause, ApplicationError)
        assert failed.value.cause.message == "李建国 13800138000"
        assert "13800138000" not in (await handle.fetch_history()).to_json()

    async def test_without_a_key_ring_nobody_connects(
        self, temporal_server: EmbeddedTemporal, tmp_path: Path
    ) -> None:
        lost = Settings(payload_key_file=tmp_path / "lost.json")
        with pytest.raises(KeyRingError, match=r"lost\.json cannot be read .*put it back"):
            await temporal.connect(lost, address=temporal_server.address)

    async def test_no_server_is_told_in_a_sentence(
        self, settings: Settings, free_port: int
    ) -> None:
        with pytest.raises(temporal.TemporalUnavailable, match=f"127.0.0.1:{free_port}"):
            await temporal.connect(settings, address=f"127.0.0.1:{free_port}")

    async def test_a_profile_says_where_and_settings_say_more(
        self, temporal_server: EmbeddedTemporal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "temporal.toml"
        file.write_text(
            f'[profile.city]\naddress = "{temporal_server.address}"\nnamespace = "rehearsal"\n'
        )
        monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
        by_profile = await temporal.connect(Settings(temporal_profile="city"))
        assert by_profile.namespace == "rehearsal"
        named = Settings(temporal_profile="city", namespace="default")
        assert (await temporal.connect(named)).namespace == "default"

    async def test_a_profile_nobody_asked_for_is_not_read(
        self, temporal_server: EmbeddedTemporal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "temporal.toml"
        file.write_text('[profile.default]\naddress = "elsewhere.example:7233"\ntls = {}\n')
        monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
        settings = Settings(temporal_address=temporal_server.address)
        assert (await temporal.connect(settings)).service_client.config.target_host == (
            temporal_server.address
        )


class TestTheSandbox:
    async def look_around(self, client: Client) -> dict[str, int]:
        workflow_id, queue = names()
        async with Worker(client, task_queue=queue, workflows=WORKFLOWS):
            return await client.execute_workflow(LookAround.run, id=workflow_id, task_queue=queue)

    async def test_shares_the_core_but_not_the_workflows(self, temporal_client: Client) -> None:
        seen = await self.look_around(temporal_client)
        assert seen["core"] == id(Frozen)
        assert seen["here"] != id(sample_workflows.LookAround)

    async def test_refuses_a_clock(self, temporal_client: Client) -> None:
        workflow_id, queue = names()
        async with Worker(temporal_client, task_queue=queue, workflows=WORKFLOWS):
            handle = await temporal_client.start_workflow(
                AskTheClock.run, id=workflow_id, task_queue=queue
            )
            failure = await first_failure(temporal_client, handle)
            await handle.terminate()
        assert "time.time" in failure

    async def test_can_be_switched_off(
        self, temporal_server: EmbeddedTemporal, settings: Settings
    ) -> None:
        bare = settings.model_copy(update={"sandbox": False})
        client = await temporal.connect(bare, address=temporal_server.address)
        seen = await self.look_around(client)
        assert seen["here"] == id(sample_workflows.LookAround)

    async def test_need_not_be_asked_for_whom_a_payload_is_meant(self, settings: Settings) -> None:
        # Converters or codecs that want to know it would never be told: see runtime/sandbox.py.
        converter = temporal.data_converter(payload_keys(settings))
        told = converter.with_context(
            WorkflowSerializationContext(namespace="default", workflow_id="case")
        )
        assert told is converter

    async def test_a_replayer_takes_the_same_configuration(
        self, temporal_client: Client, settings: Settings
    ) -> None:
        workflow_id, queue = names()
        async with Worker(temporal_client, task_queue=queue, workflows=WORKFLOWS):
            handle = await temporal_client.start_workflow(
                Echo.run, "竣工即投产" * 400, id=workflow_id, task_queue=queue
            )
            await handle.result()
        replayer = Replayer(workflows=WORKFLOWS, plugins=[temporal.plugin(settings)])
        result = await replayer.replay_workflow(await handle.fetch_history())
        assert result.replay_failure is None


class TestSearchAttributes:
    @pytest.mark.parametrize("namespace", ["default", "rehearsal"])
    async def test_are_registered_by_the_embedded_server_and_may_be_registered_again(
        self, temporal_client: Client, namespace: str
    ) -> None:
        await temporal.verify_search_attributes(temporal_client, namespace)
        assert await temporal.register_search_attributes(temporal_client, namespace) == []

    async def test_may_be_set_and_searched(self, temporal_client: Client) -> None:
        workflow_id, queue = names()
        marks = TypedSearchAttributes(
            [
                SearchAttributePair(OPEN_STEPS, ["L03", "L07"]),
                SearchAttributePair(CLOCK_STOPPED, True),
            ]
        )
        handle = await temporal_client.start_workflow(
            Echo.run, "", id=workflow_id, task_queue=queue, search_attributes=marks
        )
        query = f"OpenSteps = 'L07' AND ClockStopped = true AND WorkflowId = '{workflow_id}'"
        found: list[str] = []
        while not found:  # visibility follows after a moment
            found = [each.id async for each in temporal_client.list_workflows(query)]
        assert found == [workflow_id]
        await handle.terminate()

    async def test_fit_a_namespace_of_a_sql_store(self) -> None:
        kinds = [key.indexed_value_type for key in SEARCH_ATTRIBUTES]
        for kind in set(kinds):
            assert kinds.count(kind) <= (10 if kind.name == "KEYWORD" else 3)

    async def test_that_are_missing_or_of_another_type_are_named_with_the_remedy(
        self, settings: Settings
    ) -> None:
        server = EmbeddedTemporal(port=settings.temporal_port)
        try:
            await server.start()
            client = await temporal.connect(settings, address=server.address)
            await client.operator_service.remove_search_attributes(
                RemoveSearchAttributesRequest(
                    namespace="rehearsal", search_attributes=["Light", "NextDueAt"]
                )
            )
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(namespace="rehearsal", search_attributes={"Light": BOOL})
            )
            with pytest.raises(temporal.MissingSearchAttributes) as refused:
                await temporal.verify_search_attributes(client, "rehearsal")
            assert (refused.value.missing, refused.value.mistyped) == (("NextDueAt",), ("Light",))
            assert "search-attribute remove --namespace rehearsal --name" in str(refused.value)
            with pytest.raises(temporal.MissingSearchAttributes) as refused:
                await temporal.register_search_attributes(client, "rehearsal")
            assert (refused.value.missing, refused.value.mistyped) == ((), ("Light",))
            await client.operator_service.remove_search_attributes(
                RemoveSearchAttributesRequest(namespace="rehearsal", search_attributes=["Light"])
            )
            with pytest.raises(temporal.MissingSearchAttributes, match="请运行 groundwork prepare"):
                await temporal.verify_search_attributes(client, "rehearsal")
            assert await temporal.register_search_attributes(client, "rehearsal") == ["Light"]
        finally:
            await server.stop()

    async def test_of_a_namespace_that_does_not_exist_are_told_in_a_sentence(
        self, temporal_client: Client
    ) -> None:
        with pytest.raises(temporal.NamespaceMissing, match="namespace create --namespace nowhere"):
            await temporal.verify_search_attributes(temporal_client, "nowhere")


async def test_a_rehearsal_may_skip_far_more_often_than_the_servers_default_allows(
    temporal_server: EmbeddedTemporal, settings: Settings
) -> None:
    client = await temporal.connect(
        settings, address=temporal_server.address, namespace=settings.rehearsal_namespace
    )
    skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=True))
    workflow_id, queue = names()
    async with Worker(client, task_queue=queue, workflows=WORKFLOWS):
        days = await skipper.client.execute_workflow(
            ManyDays.run, 210, id=workflow_id, task_queue=queue
        )
    assert days == 210


async def first_failure(client: Client, handle: WorkflowHandle[Any, Any]) -> str:
    """Why the first workflow task of a run failed, once it has."""
    async for event in handle.fetch_history_events(wait_new_event=True):
        if event.HasField("workflow_task_failed_event_attributes"):
            failure = event.workflow_task_failed_event_attributes.failure
            return str(await client.data_converter.decode_failure(failure))
    raise AssertionError("no task failed")
