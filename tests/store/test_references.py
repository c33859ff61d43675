"""Projects, definitions, calendars and denials: what the record refers to."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.domain.calendar import Calendar
from groundwork.store.definitions import Definitions
from groundwork.store.denials import Denials
from groundwork.store.errors import ContentDiffers, ProjectExists
from groundwork.store.projects import Projects
from tests.store.conftest import Execute
from tests.store.histories import DEFINITION, DEFINITION_HASH, PROJECT, definition, project


class TestProjects:
    async def test_a_project_is_kept_as_it_was_given(self, engine: AsyncEngine) -> None:
        projects = Projects(engine)
        created = await projects.create(project(uscc_override_reason="旧码，已核营业执照"))
        assert created == await projects.get(PROJECT)
        assert created["uscc_override_reason"] == "旧码，已核营业执照"
        assert created["created_at"].tzinfo is not None
        assert await projects.get("2603-440784-04-01-000000") is None

    async def test_a_code_is_taken_once(self, engine: AsyncEngine) -> None:
        projects = Projects(engine)
        await projects.create(project())
        with pytest.raises(ProjectExists, match=f"project {PROJECT} exists already"):
            await projects.create(project(name="another"))
        kept = await projects.get(PROJECT)
        assert kept is not None
        assert kept["name"] == "新材料生产基地"


class TestDefinitions:
    async def test_what_was_saved_comes_back(self, engine: AsyncEngine) -> None:
        definitions = Definitions(engine)
        await definitions.save(DEFINITION_HASH, DEFINITION)
        await definitions.save(DEFINITION_HASH, DEFINITION)
        assert await definitions.all() == {DEFINITION_HASH: DEFINITION}

    async def test_other_content_under_the_same_hash_is_refused(self, engine: AsyncEngine) -> None:
        definitions = Definitions(engine)
        await definitions.save(DEFINITION_HASH, DEFINITION)
        with pytest.raises(ContentDiffers, match=DEFINITION_HASH):
            await definitions.save(DEFINITION_HASH, definition(steps=3))
        assert await definitions.all() == {DEFINITION_HASH: DEFINITION}

    async def test_one_saved_before_the_model_grew_is_the_same(
        self, engine: AsyncEngine, execute: Execute
    ) -> None:
        definitions = Definitions(engine)
        await execute(
            "INSERT INTO definition (hash, id, version, body, created_at)"
            " VALUES (:hash, :id, :version, CAST(:body AS jsonb) - 'credit', now())",
            hash=DEFINITION_HASH,
            id=DEFINITION.id,
            version=DEFINITION.version,
            body=DEFINITION.model_dump_json(),
        )
        await definitions.save(DEFINITION_HASH, DEFINITION)
        assert await definitions.all() == {DEFINITION_HASH: DEFINITION}

    async def test_a_calendar_is_saved_once_per_version(self, engine: AsyncEngine) -> None:
        definitions = Definitions(engine)
        calendar = Calendar(version="2026.1", published=(2026,), source="test")
        await definitions.save_calendar(calendar)
        await definitions.save_calendar(calendar)
        with pytest.raises(ContentDiffers, match="publish the change as a new version"):
            await definitions.save_calendar(Calendar(version="2026.1", source="test"))
        assert await definitions.all_calendars() == {"2026.1": calendar}


async def test_denials_are_kept_and_listed_newest_first(engine: AsyncEngine) -> None:
    denials = Denials(engine)
    for number in range(5):
        await denials.write("p-1" if number else None, "decide", f"chain-{number}", "wrong_state")
    first = await denials.page(limit=3)
    assert [row["subject"] for row in first.items] == ["chain-4", "chain-3", "chain-2"]
    rest = await denials.page(cursor=first.next, limit=3)
    assert [(row["subject"], row["actor"]) for row in rest.items] == [
        ("chain-1", "p-1"),
        ("chain-0", None),
    ]
    assert rest.next is None
