"""Every address of the API, asked by many people in good and bad form: answered as documented.

`make fuzz` does the same with thousands of cases.
"""

import asyncio

from tests.fuzz.openapi import attack
from tests.fuzz.planting import planted
from tests.fuzz.stage import ADMINISTRATOR, HANDLES, Stage

EXAMPLES = 2
"""Of each kind, for each address."""


def test_ids_that_exist_are_put_where_they_belong() -> None:
    schema = {"type": "string", "maxLength": 60}
    parameters = [
        {"name": "chain_id", "in": "path", "schema": schema},
        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
    ]
    bodies = {
        "LaunchBody": {"properties": {"chain": schema, "reason": schema}},
        "Receipt": {"properties": {"chain": schema}},
        "DelegationBody": {"properties": {"steps": {"type": "array", "items": schema}}},
    }
    document = {
        "paths": {"/chains/{chain_id}": {"get": {"parameters": parameters}}},
        "components": {"schemas": bodies},
    }
    known = {"chain": {"c-2", "c-1"}, "definition": {"d"}, "step": {"L01"}}
    found = planted(document, known)
    shown = [one["schema"] for one in found["paths"]["/chains/{chain_id}"]["get"]["parameters"]]
    assert shown[0]["anyOf"] == [{"type": "string", "enum": ["c-1", "c-2"]}, schema]
    assert shown[1] == {"type": "integer"}
    inner = found["components"]["schemas"]
    assert inner["LaunchBody"]["properties"]["chain"]["anyOf"][0]["enum"] == ["d"]
    assert inner["LaunchBody"]["properties"]["reason"] == schema
    assert inner["Receipt"] == bodies["Receipt"]
    steps = inner["DelegationBody"]["properties"]["steps"]
    assert steps["items"]["anyOf"][0]["enum"] == ["L01"]


async def test_every_address_answers_as_documented(attacked: Stage) -> None:
    told = await asyncio.to_thread(attack, attacked, phases="fuzzing", examples=EXAMPLES, seed=1)
    assert not told.failures, told.output
    assert told.tested == told.operations > 0, told.output
    assert told.cases >= told.operations * EXAMPLES, told
    # Not only refusals: much of what is drawn leads to what exists.
    assert {"200", "403", "404", "422"} <= told.statuses.keys(), told
    assert set(await attacked.still_signed_in()) == {ADMINISTRATOR, *HANDLES}
