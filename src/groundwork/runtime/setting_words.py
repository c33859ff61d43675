"""What settings are called outside: variables, their table, and what is wrong with a value."""

from collections.abc import Callable, Mapping

from pydantic import ValidationError
from pydantic.fields import FieldInfo

PREFIX = "GROUNDWORK_"


def variable_of(name: str, field: FieldInfo) -> str:
    """The environment variable of a field."""
    alias = field.validation_alias
    return alias if isinstance(alias, str) else PREFIX + name.upper()


def table_of(fields: Mapping[str, FieldInfo], besides: Callable[[str], str]) -> str:
    """The table of all settings, in Markdown; `besides` is said of a field after its meaning."""
    rows = [
        f"| `{variable_of(name, field)}` | {_default(field)} | {field.description}{besides(name)} |"
        for name, field in fields.items()
    ]
    return "\n".join(["| Variable | Default | Meaning |", "|---|---|---|", *rows])


def explain(error: ValidationError, fields: Mapping[str, FieldInfo]) -> str:
    """One line about the first mistake. The offending value is left out: it may be a secret."""
    mistake = error.errors(include_url=False, include_input=False)[0]
    if mistake["type"] == "value_error" and not mistake["loc"]:
        return str(mistake["ctx"]["error"])
    where = str(mistake["loc"][0])
    name = next((n for n, one in fields.items() if where in {n, variable_of(n, one)}), None)
    if name is None:
        return f"没有名为 {where} 的设置。 There is no setting named {where}: remove it."
    field = fields[name]
    example = (field.examples or [_default(field).strip("`")])[0]
    return (
        f"环境变量 {variable_of(name, field)} 的值无效，可改为 {example}，或取消设置以使用默认值。 "
        f"{variable_of(name, field)} is not valid ({_reason(mistake['msg'])}): "
        f"set it to a value like {example}, or unset it to use the default."
    )


def _default(field: FieldInfo) -> str:
    return "unset" if field.default is None else f"`{field.default}`"


def _reason(sentence: str) -> str:
    if sentence.startswith("String should match pattern"):
        return "it does not have the expected form"
    reason = sentence.removeprefix("Value error, ")
    return reason[:1].lower() + reason[1:]
