"""From a verb and some options to the body of a command, checked against its form."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, get_args, get_origin

from groundwork.console.faults import Misuse
from groundwork.domain.base import Frozen
from groundwork.domain.commands import AnyCommand

COMMANDS: Final[Mapping[str, type[Frozen]]] = MappingProxyType(
    {kind.model_fields["type"].default: kind for kind in get_args(get_args(AnyCommand)[0])}
)
"""Every kind of command by its verb."""

SUBJECTS: Final = ("step", "deficiency", "commitment", "escalation", "unit")
"""What a command may be about; each has one of these at most."""

MATERIALS: Final = "materials"


def kind_of(verb: str) -> type[Frozen]:
    """The form of a command; hyphens will do. Raises Misuse for a verb that there is not."""
    kind = COMMANDS.get(verb.replace("-", "_"))
    if kind is None:
        known = ", ".join(COMMANDS)
        raise Misuse(
            f"没有“{verb}”这个动作。可用：{known}。 There is no verb {verb}. There are: {known}."
        )
    return kind


def verb_of(kind: type[Frozen]) -> str:
    """The verb of a form."""
    verb: str = kind.model_fields["type"].default
    return verb


def subject_of(kind: type[Frozen]) -> str | None:
    """The field that says what a command is about; None when it is about the whole chain."""
    return next((name for name in SUBJECTS if name in kind.model_fields), None)


def fields_of(kind: type[Frozen]) -> list[str]:
    """What can be said besides the verb and its subject."""
    return [name for name in kind.model_fields if name not in {"type", subject_of(kind)}]


def command_body(
    kind: type[Frozen],
    subject: str | None,
    options: Mapping[str, Any],
    extra: Sequence[str] = (),
    all_materials: Callable[[str], Sequence[str]] | None = None,
) -> dict[str, Any]:
    """The body of a command.

    `options` are by field, None for those not given; `extra` are `FIELD=VALUE`, repeated for
    lists. `all_materials` finds the materials of a step, when all are handed in. Raises Misuse for
    a subject that is missing or too much, and for a field that the command does not have.
    """
    verb = verb_of(kind)
    body = _subject(kind, subject)
    for name, value in options.items():
        if value is not None:
            body[_field(kind, verb, _alias(kind, name))] = value
    for item in extra:
        _add(kind, verb, body, item)
    if all_materials is not None:
        body[_field(kind, verb, MATERIALS)] = list(all_materials(subject or ""))
    return body


def _subject(kind: type[Frozen], given: str | None) -> dict[str, Any]:
    verb, field = verb_of(kind), subject_of(kind)
    if field is None and given is not None:
        raise Misuse(
            f"{verb} 针对整个链条，请去掉“{given}”。 "
            f"{verb} is about the whole chain: leave {given} out."
        )
    if field is not None and given is None:
        example = {"step": "L01", "unit": "B1"}.get(field, f"<{field}>")
        raise Misuse(
            f"{verb} 须指明 {field}，如：act CHAIN {verb} {example}。 "
            f"{verb} needs the {field} it is about, as in: act CHAIN {verb} {example}."
        )
    return {} if field is None else {field: given}


def _alias(kind: type[Frozen], name: str) -> str:
    """`--reason` gives whatever a command calls its reason."""
    fields = kind.model_fields
    grounded = "ground" in fields and "reason" not in fields
    return "ground" if name == "reason" and grounded else name


def _field(kind: type[Frozen], verb: str, name: str) -> str:
    known = fields_of(kind)
    if name not in known:
        have = ", ".join(known) or "—"
        raise Misuse(
            f"{verb} 没有“{name}”这一项；它有：{have}。 {verb} has no field {name}; it has: {have}."
        )
    return name


def _add(kind: type[Frozen], verb: str, body: dict[str, Any], item: str) -> None:
    name, separator, value = item.partition("=")
    if not separator:
        raise Misuse(f"--field {item}：应写作 NAME=VALUE。 --field {item}: write it as NAME=VALUE.")
    name = _field(kind, verb, name.replace("-", "_"))
    annotation = kind.model_fields[name].annotation
    if get_origin(_bare(annotation)) is tuple:
        body.setdefault(name, []).append(value)
    elif name in body:
        raise Misuse(f"“{name}”给出了两次。 {name} is given twice.")
    else:
        # `assignee=` is nobody.
        body[name] = None if not value and type(None) in get_args(annotation) else value


def _bare(annotation: Any) -> Any:
    """A field's type without what surrounds it, such as its limits."""
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation
