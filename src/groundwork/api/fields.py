"""What is wrong with a value, in words: the validator's findings in both languages.

The values themselves are left out: they may be personal, and nobody needs to be told what they
just sent.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Final

from groundwork.api.errors import FieldError, Problem
from groundwork.domain.definition import Text

MOST_SHOWN: Final = 20
LONGEST_NAME: Final = 120
KEY_HEADER: Final = "idempotency-key"

_TEXTS: Final = MappingProxyType(
    {
        "one_filing": (
            "material、output、document 只能填写一项",
            "name a material, an output or a document, and only one of them",
        ),
        "missing": ("必填", "is required"),
        "extra_forbidden": ("没有这个字段，请删除", "is no field here: leave it out"),
        "string_type": ("应为文本", "must be a text"),
        "string_too_short": ("至少 {min_length} 个字符", "needs at least {min_length} characters"),
        "string_too_long": ("最多 {max_length} 个字符", "takes at most {max_length} characters"),
        "string_pattern_mismatch": ("应符合格式 {pattern}", "must match {pattern}"),
        "string_unicode": ("含有无效字符", "holds characters that are not valid"),
        "enum": ("应为以下之一：{expected}", "must be one of {expected}"),
        "literal_error": ("应为以下之一：{expected}", "must be one of {expected}"),
        "int_type": ("应为整数", "must be a whole number"),
        "int_parsing": ("应为整数", "must be a whole number"),
        "int_from_float": ("应为整数", "must be a whole number"),
        "bool_type": ("应为 true 或 false", "must be true or false"),
        "bool_parsing": ("应为 true 或 false", "must be true or false"),
        "date_type": ("应为日期，如 2026-04-16", "must be a date such as 2026-04-16"),
        "date_parsing": ("应为日期，如 2026-04-16", "must be a date such as 2026-04-16"),
        "date_from_datetime_parsing": (
            "应为日期，如 2026-04-16",
            "must be a date such as 2026-04-16",
        ),
        "date_from_datetime_inexact": (
            "应为日期，如 2026-04-16",
            "must be a date such as 2026-04-16",
        ),
        "datetime_parsing": (
            "应为带时区的时间，如 2026-04-16T09:30:00+08:00",
            "must be a time with its zone such as 2026-04-16T09:30:00+08:00",
        ),
        "datetime_from_date_parsing": (
            "应为带时区的时间，如 2026-04-16T09:30:00+08:00",
            "must be a time with its zone such as 2026-04-16T09:30:00+08:00",
        ),
        "timezone_aware": (
            "时间须带时区，如 2026-04-16T09:30:00+08:00",
            "must name its time zone, as in 2026-04-16T09:30:00+08:00",
        ),
        "greater_than_equal": ("应不小于 {ge}", "must be at least {ge}"),
        "less_than_equal": ("应不大于 {le}", "must be at most {le}"),
        "too_short": ("至少 {min_length} 项", "needs at least {min_length} items"),
        "too_long": ("最多 {max_length} 项", "takes at most {max_length} items"),
        "list_type": ("应为列表", "must be a list"),
        "tuple_type": ("应为列表", "must be a list"),
        "dict_type": ("应为对象", "must be an object"),
        "model_type": ("应为对象", "must be an object"),
        "model_attributes_type": ("应为 JSON 对象", "must be a JSON object"),
        "control_characters": ("不得含有控制字符", "must not hold control characters"),
        "value_error": ("{error}", "{error}"),
    }
)
_OTHER: Final = ("内容不正确", "is not valid")

_KEY_CODES: Final = {"missing": "idempotency_key_required"}


def validation_problem(errors: Sequence[Any]) -> Problem:
    """The problem for what a request's validation found."""
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem("malformed_request")
    for error in errors:
        if error["loc"][0] == "header" and error["loc"][-1].lower() == KEY_HEADER:
            return Problem(_KEY_CODES.get(error["type"], "idempotency_key_malformed"))
    fields = [_field(error) for error in errors[:MOST_SHOWN]]
    first = fields[0]
    return Problem(
        "invalid_request",
        fields=fields,
        count=len(errors),
        first=Text(
            zh=f"{first.pointer}：{first.detail.zh}", en=f"{first.pointer} {first.detail.en}"
        ),
    )


def _field(error: Any) -> FieldError:
    place, *path = error["loc"]
    names = [_shown(part) for part in path]
    pointer = (
        "".join(f"/{_escaped(name)}" for name in names) if place == "body" else ".".join(names)
    )
    zh, en = _TEXTS.get(error["type"], _OTHER)
    context = {name: _shown(value) for name, value in error.get("ctx", {}).items()}
    return FieldError(
        place=place,
        pointer=f"#{pointer}" if place == "body" else pointer,
        code=error["type"],
        detail=Text(zh=zh.format_map(context), en=en.format_map(context)),
    )


def _shown(part: object) -> str:
    # A field's name comes from the caller: it may be endless, or hold what is no Unicode text.
    return str(part)[:LONGEST_NAME].encode("utf-8", "replace").decode()


def _escaped(name: str) -> str:
    """A member's name as RFC 6901 writes it in a pointer."""
    return name.replace("~", "~0").replace("/", "~1")
