"""Fits a document to the written form, explaining every misfit.

A misfit must not hide what else is wrong, so the pieces that do not fit are left out and the rest
is handed on to the checks of meaning.
"""

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from groundwork.catalogue import written_basics as written
from groundwork.catalogue.mistakes import NOTHING, FieldPath, Said
from groundwork.catalogue.source import Document, Located, child
from groundwork.catalogue.written_basics import Written

W = TypeVar("W", bound=Written)

_ROUNDS: Final = 40
_MOST_EXPLAINED: Final = 200


def fit(
    document: Document, form: type[W], stand_ins: Mapping[str, Any] = MappingProxyType({})
) -> tuple[W | None, frozenset[FieldPath]]:
    """The document in its written form without what does not fit, and where that was.

    Misfits are reported to the document. `stand_ins` take the place of top-level fields that are
    missing or unusable; the form is None when even they do not help.
    """
    if not isinstance(document.data, dict):
        document.report(
            (), Said("文件应由“字段: 值”组成。", "The file must consist of field: value lines.")
        )
        return None, frozenset({()})
    data = document.data
    misfits: frozenset[FieldPath] = frozenset()
    for attempt in range(_ROUNDS):
        try:
            return form.model_validate(data), misfits
        except ValidationError as failure:
            errors = failure.errors(include_url=False)
        if attempt == 0:
            for error in errors[:_MOST_EXPLAINED]:
                _explain(document, form, error)
            misfits = frozenset(_path_of(document.data, error) for error in errors)
        unusable = _removable(data, {_container(data, error) for error in errors})
        needed = stand_ins.keys() - data.keys()
        if unusable == {()} and not needed:
            break
        data = _without(data, unusable - {()}, ())
        for name, value in stand_ins.items():
            data.setdefault(name, value)
    return None, misfits


def _walk(data: Any, location: Iterable[str | int]) -> FieldPath:
    """The part of a location that exists in the data.

    A location speaks of the long form; segments that the short form does not have are skipped.
    """
    path: FieldPath = ()
    here = data
    for part in location:
        exists = part in here if isinstance(here, dict) else child(here, part) is not None
        if exists:
            path = (*path, part)
            here = child(here, part)
    return path


def _container(data: Any, error: ErrorDetails) -> FieldPath:
    """What is unusable because of an error: of a missing field, whatever should have held it."""
    return _walk(data, error["loc"])


def _path_of(data: Any, error: ErrorDetails) -> FieldPath:
    """Where an error is, the name of a missing top-level field included."""
    path = _walk(data, error["loc"])
    missing_at_top = error["type"] == "missing" and not path
    return tuple(error["loc"]) if missing_at_top else path


def _removable(data: Any, containers: Iterable[FieldPath]) -> set[FieldPath]:
    """The pieces to leave out: mappings go alone, plain entries with their list.

    Otherwise the entries after a plain one would be taken to stand one place further up.
    """
    of_mappings: dict[FieldPath, bool] = {}
    removable = set()
    for container in containers:
        path = container
        while path and isinstance(path[-1], int):
            siblings = path[:-1]
            if siblings not in of_mappings:
                entries = _at(data, siblings)
                of_mappings[siblings] = all(isinstance(entry, Located) for entry in entries)
            if of_mappings[siblings]:
                break
            path = siblings
        removable.add(path)
    return removable


def _at(data: Any, path: FieldPath) -> Any:
    for part in path:
        data = child(data, part)
    return data


def _without(data: Any, unusable: set[FieldPath], path: FieldPath) -> Any:
    if isinstance(data, dict):
        kept = Located(
            {
                key: _without(value, unusable, (*path, key))
                for key, value in data.items()
                if (*path, key) not in unusable
            }
        )
        kept.path = data.path if isinstance(data, Located) else path
        return kept
    if isinstance(data, list):
        return [
            _without(value, unusable, (*path, i))
            for i, value in enumerate(data)
            if (*path, i) not in unusable
        ]
    return data


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    close = difflib.get_close_matches(word.casefold()[:80], by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def suggestion(word: str, known: Iterable[str]) -> Said:
    """A remedy for a name that nobody knows: the nearest one, else what there is."""
    names = sorted(known)
    near = nearest(word, names)
    if near is not None:
        return Said(f"是不是“{near}”？", f'Did you mean "{near}"?')
    if not names:
        return NOTHING
    shown, more = names[:12], len(names) > 12  # noqa: PLR2004 - a list to read, not a limit
    return Said(
        f"可用：{'、'.join(shown)}{'等' if more else ''}。",
        f"Known: {', '.join(shown)}{' …' if more else ''}.",
    )


_PATTERNS: Final = {
    written.SLUG: Said(
        "请用小写字母、数字和连字符，以字母开头。",
        "Use lower-case letters, digits and hyphens, starting with a letter.",
    ),
    written.ROUTE: Said(
        "请用小写字母、数字、连字符和下划线，以字母开头。",
        "Use lower-case letters, digits, hyphens and underscores, starting with a letter.",
    ),
    written.STEP: Said("环节编号如 L05。", "A step id looks like L05."),
    written.STEP_OR_PHASE: Said(
        "请写环节编号（L05）或环节的分期（L20.A）。", "Write a step (L05) or a phase (L20.A)."
    ),
    written.OUTPUT: Said(
        "请写本链条的环节（C06），或所接链条的环节（land-to-construction/L20）。",
        "Write a step of this chain (C06) or of the one it follows (land-to-construction/L20).",
    ),
    written.PHASE: Said("分期编号如 A。", "A phase id looks like A."),
    written.VERSION: Said("版本号如 1.0.0。", "A version looks like 1.0.0."),
    written.WORKFLOW: Said(
        "请用大写字母开头的英文名，如 LandToConstruction。",
        "Use a name like LandToConstruction.",
    ),
    written.TAG: Said(
        "依据代号以大写字母开头，如 XK42。", "A source tag starts with a capital letter: XK42."
    ),
    written.LADDER: Said(
        "请写阶梯文件名，如 default-1.0.0。", "Name a ladder file, such as default-1.0.0."
    ),
    written.SHORT_LIMIT: Said(
        "请写成 10 wd（工作日）、60 cd（自然日）、2 h、3 mo，后面可加依据代号，如 20 wd XK42。",
        "Write 10 wd (working days), 60 cd (calendar days), 2 h or 3 mo, with a source tag after "
        "it if you like: 20 wd XK42.",
    ),
    written.TIME_OF_DAY: Said(
        "请写成 17:30，后面可加依据代号，如 17:30 P。",
        "Write 17:30, with a source tag after it if you like: 17:30 P.",
    ),
}

_LONG_LIMIT: Final = Said(
    "请写 limit: 20 wd XK42，或写 amount、unit 和 source。",
    "Write limit: 20 wd XK42, or amount, unit and source.",
)

_PLAIN: Final = {
    "string_type": (
        Said("应为文字。", "This must be text."),
        Said("数字、true、false 作文字时请加引号。", "Put numbers, true and false in quotes."),
    ),
    "int_type": (
        Said("应为整数。", "This must be a whole number."),
        Said("请写不带引号的数字。", "Write digits without quotes."),
    ),
    "bool_type": (
        Said("应为 true 或 false。", "This must be true or false."),
        Said("请勿加引号。", "Write it without quotes."),
    ),
    "list_type": (
        Said("应为列表。", "This must be a list."),
        Said("请写成 [甲, 乙]，或每行以“- ”开头。", "Write [a, b] or one line each with '- '."),
    ),
    "dict_type": (Said("应为“字段: 值”。", "This must be field: value lines."), NOTHING),
    "model_type": (
        Said("应为“字段: 值”。", "This must be field: value lines."),
        Said("例如 {zh: 名称, en: Name}。", "For example {zh: 名称, en: Name}."),
    ),
    "string_too_short": (Said("不能为空。", "This is empty."), Said("请填写。", "Fill it in.")),
    "too_short": (
        Said("列表不能为空。", "The list is empty."),
        Said("请至少写一项。", "Give at least one entry."),
    ),
    "limit_form": (
        Said("时限应写一种形式。", "A limit is written in one form."),
        _LONG_LIMIT,
    ),
    "limit_unit": (Said("limit 已含单位。", "limit already holds the unit."), _LONG_LIMIT),
    "limit_source": (Said("依据写了两次。", "The source is given twice."), _LONG_LIMIT),
}


def _explain(document: Document, form: type[Written], error: ErrorDetails) -> None:
    kind = error["type"]
    path = _walk(document.data, error["loc"])
    value = error["input"]
    name = str(error["loc"][-1]) if error["loc"] else ""
    context = error.get("ctx", {})
    if kind == "missing":
        wrong = Said(f"缺少字段“{name}”。", f'The field "{name}" is missing.')
        document.report(path, wrong, Said("请补上。", "Add it."))
    elif kind == "extra_forbidden":
        fields = _form_at(form, error["loc"][:-1]).model_fields
        wrong = Said(f"没有字段“{name}”。", f'There is no field "{name}".')
        document.report(path, wrong, _for_unknown_field(name, value, fields), key=True)
    elif kind in {"enum", "literal_error"}:
        choices = _quoted(context["expected"])
        wrong = Said(f"“{value}”不可用。", f'"{value}" cannot be used here.')
        document.report(path, wrong, suggestion(str(value), choices))
    elif kind == "string_pattern_mismatch":
        wrong = Said(f"“{value}”的写法不对。", f'"{value}" is not written as it should be.')
        is_key = name == "[key]"
        document.report(path, wrong, _PATTERNS.get(context["pattern"], NOTHING), key=is_key)
    elif kind in {"greater_than_equal", "less_than_equal"}:
        document.report(path, *_out_of_range(value, context))
    elif kind == "string_too_long":
        most = context["max_length"]
        wrong = Said("文字太长。", "The text is too long.")
        document.report(path, wrong, Said(f"至多 {most} 字。", f"At most {most} characters."))
    elif kind in _PLAIN:
        document.report(path, *_PLAIN[kind])
    else:
        document.report(path, Said(f"写法不对：{error['msg']}。", f"{error['msg']}."))


def _out_of_range(value: Any, context: Mapping[str, Any]) -> tuple[Said, Said]:
    if "ge" in context:
        least = context["ge"]
        return Said(f"{value} 太小。", f"{value} is too small."), Said(
            f"至少 {least}。", f"At least {least}."
        )
    most = context["le"]
    return Said(f"{value} 太大。", f"{value} is too large."), Said(
        f"至多 {most}。", f"At most {most}."
    )


def _for_unknown_field(name: str, value: Any, fields: Iterable[str]) -> Said:
    remedy = suggestion(name, fields)
    if value is None and nearest(name, fields) is None:
        # `{en: Scheme, site plan}`: the comma has cut the text in two.
        return Said(
            "若它是上一段文字的一部分，请给整段文字加引号。" + remedy.zh,
            "If it belongs to the text before it, put that whole text in quotes. " + remedy.en,
        )
    return remedy


def _quoted(expected: str) -> list[str]:
    """The choices in pydantic's list: 'a', 'b' or 'c'."""
    return expected.split("'")[1::2]


def _form_at(form: type[Written], location: Iterable[str | int]) -> type[Written]:
    """The form that a location leads to from the given one."""
    for part in location:
        field = form.model_fields.get(str(part))
        if field is not None:
            form = _form_in(field.annotation) or form
    return form


def _form_in(annotation: Any) -> type[Written] | None:
    if isinstance(annotation, type) and issubclass(annotation, Written):
        return annotation
    found = (_form_in(argument) for argument in get_args(annotation))
    return next((form for form in found if form is not None), None)
