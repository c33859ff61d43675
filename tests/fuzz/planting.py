"""Puts ids that exist into an OpenAPI document: half of what is drawn from it then leads somewhere.

Without them nearly every request would end with "no such chain". What the document says of answers
stays as it is.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from groundwork.api.receipts import PREFIX

_PARAMETERS: Final = {
    "chain_id": "chain",
    "code": "project",
    "commitment": "commitment",
    "deficiency": "deficiency",
    "department": "department",
    "department_id": "department",
    "definition": "definition",
    "document": "document",
    "escalation": "escalation",
    "housekeeper": "person",
    "key": "step",
    "kpi": "kpi",
    "person_id": "person",
    "project": "project",
    "step": "step",
    "subject": "commitment",
    "unit": "unit",
    "uscc": "uscc",
    "channel_id": "channel",
    "token_id": "token",
    "view_id": "view",
    "calendar": "calendar",
    "of": "step",
}
"""Which kind of id a parameter takes, by its name."""

_BY_PATH: Final = {
    (f"{PREFIX}/catalogue/{{chain}}", "chain"): "definition",
    (f"{PREFIX}/catalogue/{{chain}}", "version"): "version",
}
"""Parameters whose name means something else at that address."""

_FIELDS: Final = {
    "after": "chain",
    "assignee": "person",
    "base": "calendar",
    "chains": "chain",
    "commitment": "commitment",
    "deficiency": "deficiency",
    "delegate": "person",
    "department": "department",
    "document": "document",
    "escalation": "escalation",
    "former": "person",
    "housekeeper": "person",
    "into": "unit",
    "items": "material",
    "material": "material",
    "materials": "material",
    "of": "step",
    "project": "project",
    "promised": "material",
    "step": "step",
    "steps": "step",
    "subject": "uscc",
    "substitute": "person",
    "to": "person",
    "unit": "unit",
    "uscc": "uscc",
}
"""Which kind of id a member of a body takes, by its name."""

_BY_BODY: Final = {
    ("LaunchBody", "chain"): "definition",
    ("AdoptCalendarBody", "version"): "calendar",
}

_BODIES: Final = ("Body", "Addition", "Change")
"""How the names of what is sent end; other schemas are of answers."""


def planted(document: Mapping[str, Any], known: Mapping[str, set[str]]) -> dict[str, Any]:
    """The same document, from which ids that exist are drawn as often as others."""
    copy = deepcopy(dict(document))
    for path, operations in copy["paths"].items():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                kind = _of_parameter(path, parameter)
                if kind and known.get(kind):
                    parameter["schema"] = _or_known(parameter["schema"], known[kind])
    for name, schema in copy["components"]["schemas"].items():
        if not name.endswith(_BODIES):
            continue
        for member, inner in schema.get("properties", {}).items():
            kind = _BY_BODY.get((name, member)) or _FIELDS.get(member)
            if not kind or not known.get(kind):
                continue
            if inner.get("type") == "array":
                inner["items"] = _or_known(inner["items"], known[kind])
            else:
                schema["properties"][member] = _or_known(inner, known[kind])
    return copy


def _of_parameter(path: str, parameter: Mapping[str, Any]) -> str | None:
    name = parameter.get("name", "")
    if (path, name) in _BY_PATH:
        return _BY_PATH[path, name]
    if name == "version" and path.startswith(f"{PREFIX}/calendars"):
        return "calendar"
    if name == "chain":
        return "chain"
    return _PARAMETERS.get(name)


def _or_known(schema: Mapping[str, Any], ids: set[str]) -> dict[str, Any]:
    return {"anyOf": [{"type": "string", "enum": sorted(ids)}, schema]}
