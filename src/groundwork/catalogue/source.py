"""Reads a YAML file into plain values that remember where they stand.

A small part of YAML is enough for a catalogue, and the rest is refused with a reason: anchors and
aliases (a page of them can stand for gigabytes), tags, several documents, and duplicate keys (of
which other readers silently keep the last). Plain words mean what they look like: only `true` and
`false` are truth values, only digits are numbers, `no` and `1.0` are text.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from yaml.composer import Composer
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from groundwork.catalogue.mistakes import NOTHING, FieldPath, Mistake, Place, Said, mistake

MAX_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 24
MAX_VALUES: Final = 40_000
"""Ten times what a long chain holds; reading more would keep a machine busy for nothing."""

_WHOLE_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_START: Final = Place(1, 1)


class Located(dict[str, Any]):
    """A mapping that knows its place in the file."""

    path: FieldPath = ()


@dataclass
class Document:
    """What one file says, with the place of every key and value and the mistakes found so far."""

    file: Path
    data: Any = None
    keys: dict[FieldPath, Place] = field(default_factory=dict)
    values: dict[FieldPath, Place] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def report(
        self, path: FieldPath, wrong: Said, remedy: Said = NOTHING, *, key: bool = False
    ) -> None:
        """Note a mistake at a path: at its value, or at its key, or at what encloses it."""
        places = self.keys if key else self.values
        place = places.get(path)
        shorter = path
        while place is None and shorter:
            place = self.values.get(shorter)
            shorter = shorter[:-1]
        place = place or self.values.get((), _START)
        self.mistakes.append(mistake(self.file, place, self.label(path), wrong, remedy))

    def label(self, path: FieldPath) -> str:
        """A path for people: list entries go by their id where they have one.

        It ends where a short form stands for everything below.
        """
        text = ""
        here = self.data
        for part in path:
            if isinstance(part, int) and isinstance(here, dict):
                continue
            if isinstance(here, str | int):
                break
            here = child(here, part)
            if isinstance(part, str):
                text += f".{part}" if text else part
            else:
                name = here.get("id") if isinstance(here, dict) else None
                text += f"[{name if isinstance(name, str) else part}]"
        return text


def child(value: Any, part: str | int) -> Any:
    """The entry of a mapping or list, or None."""
    if isinstance(value, dict):
        return value.get(part) if isinstance(part, str) else None
    if isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
        return value[part]
    return None


def read(file: Path) -> Document:
    """Read a file. Whatever is wrong with it is in `mistakes`; then `data` may be None."""
    document = Document(file)
    try:
        text = _text(file)
        node = _compose(text)
    except _UnreadableError as unreadable:
        document.mistakes.append(
            mistake(file, unreadable.place, "", unreadable.wrong, unreadable.remedy)
        )
        return document
    if node is not None:
        document.data = _value(document, node, ())
    return document


class _UnreadableError(Exception):
    def __init__(self, place: Place, wrong: Said, remedy: Said = NOTHING) -> None:
        super().__init__(wrong.en)
        self.place = place
        self.wrong = wrong
        self.remedy = remedy


def _text(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise _UnreadableError(
            _START,
            Said(f"无法读取文件（{reason}）。", f"The file cannot be read ({reason})."),
            Said("请检查路径和权限。", "Check the path and the permissions."),
        ) from error
    if len(content) > MAX_BYTES:
        raise _UnreadableError(
            _START,
            Said("文件超过 1 MB。", "The file is larger than 1 MB."),
            Said("请拆分文件。", "Split it."),
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line_start = before.rfind(b"\n") + 1
        column = len(before[line_start:].decode("utf-8", "replace")) + 1
        raise _UnreadableError(
            Place(before.count(b"\n") + 1, column),
            Said("此处不是 UTF-8 编码。", "This is not UTF-8."),
            Said("请在编辑器中另存为 UTF-8。", "Save the file as UTF-8 in your editor."),
        ) from error


def _compose(text: str) -> Node | None:
    """The tree of nodes of a text with one YAML document.

    PyYAML's own parser takes eight times as long as libyaml's, which every worker and API waits for
    when it starts. But it says better what is wrong and where, so whatever is refused is read again
    by it.
    """
    with suppress(yaml.YAMLError, ValueError, OverflowError, _UnreadableError):
        return _FastComposer(text).get_single_node()
    return _composed_with_care(text)


def _composed_with_care(text: str) -> Node | None:
    """The same by PyYAML's own parser.

    It lets plain ValueError and OverflowError through for escapes and directives that name
    impossible characters or numbers.
    """
    composer = None
    try:
        composer = _Composer(text)
        return composer.get_single_node()
    except ReaderError as error:
        before = text[: error.position]
        place = Place(before.count("\n") + 1, error.position - before.rfind("\n"))
        raise _UnreadableError(
            place,
            Said("此处有不可见的控制字符。", "There is an invisible control character here."),
            Said("请删除。", "Delete it."),
        ) from error
    except yaml.MarkedYAMLError as error:
        raise _syntax(error) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        place = _place(composer.get_mark()) if composer is not None else _START
        raise _UnreadableError(
            place,
            Said("YAML 语法错误：无法识别的写法。", "YAML syntax: this cannot be understood."),
            Said("请检查此行的引号和转义。", "Check the quotes and escapes on this line."),
        ) from error
    finally:
        if composer is not None:
            composer.dispose()


class _Refusing(Composer):
    """Composes nodes, so nothing is ever constructed, and refuses what a catalogue never needs."""

    peek_event: Callable[[], Any]
    """Of the parser that it is combined with."""
    depth = 0
    values = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()
        place = _place(event.start_mark)
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _UnreadableError(
                place,
                Said("不支持锚点（&）和别名（*）。", "Anchors (&) and aliases (*) are refused."),
                Said(
                    "请写出完整内容；若是文字，请加引号。",
                    "Write the content out; put it in quotes if it is text.",
                ),
            )
        if getattr(event, "tag", None) is not None:
            raise _UnreadableError(
                place,
                Said("不支持标签（!）。", "Tags (!) are not allowed."),
                Said("请删除；若是文字，请加引号。", "Delete it; put it in quotes if it is text."),
            )
        if self.depth >= MAX_DEPTH:
            raise _UnreadableError(
                place,
                Said(f"嵌套超过 {MAX_DEPTH} 层。", f"Nested deeper than {MAX_DEPTH} levels."),
                Said("请检查括号和缩进。", "Check brackets and indentation."),
            )
        if self.values >= MAX_VALUES:
            raise _UnreadableError(
                place,
                Said(f"超过 {MAX_VALUES} 个值。", f"More than {MAX_VALUES} values."),
                Said("请拆分文件。", "Split the file."),
            )
        self.values += 1
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


class _Composer(_Refusing, yaml.SafeLoader):
    """Refuses what PyYAML's own parser reads."""


class _FastComposer(_Refusing, yaml.CSafeLoader):
    """Refuses what libyaml's parser reads."""

    def __init__(self, text: str) -> None:
        yaml.CSafeLoader.__init__(self, text)
        Composer.__init__(self)


_SYNTAX: Final = (
    ("mapping values are not allowed", "此处不应有冒号；文字中含“: ”时请加引号"),
    ("found character '\\t'", "缩进不能用制表符（Tab），请用空格"),
    ("could not find expected ':'", "缺少冒号“:”，或缩进不对"),
    ("expected <block end>", "缩进不对，或上一行缺少内容"),
    ("expected ',' or", "缺少逗号或右括号；文字中含逗号、括号时请加引号"),
    ("found unexpected end of stream", "引号或括号没有结束"),
    ("that cannot start any token", "此字符不能作为开头；请给文字加引号"),
    ("unknown escape character", "双引号内的反斜杠写法不对"),
    ("expected a single document", "一个文件只能有一份内容，请删除多余的“---”"),
)


def _syntax(error: yaml.MarkedYAMLError) -> _UnreadableError:
    mark = error.problem_mark or error.context_mark
    said = (part.strip() for part in (error.context, error.problem) if part)
    problem = ", ".join(said) or "this cannot be understood"
    known = next((zh for start, zh in _SYNTAX if start in problem), None)
    return _UnreadableError(
        _place(mark) if mark is not None else _START,
        Said(f"YAML 语法错误：{known or problem}。", f"YAML syntax: {problem}."),
        Said("请对照上下行的缩进。", "Compare with the lines around it."),
    )


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _value(document: Document, node: Node, path: FieldPath) -> Any:
    document.values[path] = _place(node.start_mark)
    if isinstance(node, ScalarNode):
        return _scalar(document, node, path)
    if isinstance(node, SequenceNode):
        return [_value(document, item, (*path, i)) for i, item in enumerate(node.value)]
    assert isinstance(node, MappingNode)
    mapping = Located()
    mapping.path = path
    for key, value in _entries(document, node, path):
        mapping[key] = _value(document, value, (*path, key))
    return mapping


def _entries(document: Document, node: MappingNode, path: FieldPath) -> Iterator[tuple[str, Node]]:
    """The entries of a mapping, each key once; what is no field name or comes twice is reported."""
    seen: dict[str, Place] = {}
    for key_node, value_node in node.value:
        place = _place(key_node.start_mark)
        key = key_node.value
        if not isinstance(key_node, ScalarNode) or not _encodable(key):
            wrong = Said("字段名必须是文字。", "A field name must be plain text.")
            document.mistakes.append(mistake(document.file, place, document.label(path), wrong))
        elif key in seen:
            wrong = Said(
                f"字段“{key}”重复，第 {seen[key].line} 行已有。",
                f'"{key}" is written twice, first on line {seen[key].line}.',
            )
            remedy = Said("请删除其中一个。", "Delete one of them.")
            label = document.label((*path, key))
            document.mistakes.append(mistake(document.file, place, label, wrong, remedy))
        else:
            seen[key] = place
            document.keys[(*path, key)] = place
            yield key, value_node


def _scalar(document: Document, node: ScalarNode, path: FieldPath) -> Any:
    written: str = node.value
    if not _encodable(written):
        wrong = Said("文字中有无效字符。", "The text holds an impossible character.")
        document.mistakes.append(
            mistake(document.file, _place(node.start_mark), document.label(path), wrong)
        )
        return ""
    if node.style:  # a plain scalar has none, or an empty one
        return written
    if _WHOLE_NUMBER.fullmatch(written):
        return int(written)
    return _WORDS.get(written.lower(), written)


def _encodable(text: str) -> bool:
    """Whether the text is real Unicode: an escape can smuggle in half a character."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
