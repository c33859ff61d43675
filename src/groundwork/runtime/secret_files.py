"""Secrets from files: beside every secret setting, a variable with `_FILE` may name its file.

Mounted secrets of containers and credentials of service managers come as files, and a file does
not show in the list of a process's environment.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from groundwork.runtime.setting_words import variable_of

SUFFIX: Final = "_FILE"
MOST_BYTES: Final = 64 * 1024


class SecretFileError(ValueError):
    """A secret's file cannot be used. The message is one line, meant for the user."""


class SecretFiles(PydanticBaseSettingsSource):
    """Reads the files that `…_FILE` variables name. Raises SecretFileError."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The secret of a field, if a file has it."""
        name = file_variable(self.settings_cls, field_name)
        path = os.environ.get(name, "") if name else ""
        return (_read(name or "", path) if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """The secrets that files have, by field."""
        found = {}
        for field_name, field in self.settings_cls.model_fields.items():
            value, _, _ = self.get_field_value(field, field_name)
            if value is None:
                continue
            if os.environ.get(variable_of(field_name, field)):
                name = variable_of(field_name, field)
                raise SecretFileError(
                    f"{name} 与 {name}{SUFFIX} 只能设置一个，请取消其中之一。 "
                    f"{name} and {name}{SUFFIX} are both set: unset one of them."
                )
            found[field_name] = value
        return found


def secret_fields(settings_cls: type[BaseSettings]) -> Iterator[str]:
    """The fields that hold secrets and have no setting of their own for a file."""
    for name, field in settings_cls.model_fields.items():
        secret = SecretStr in {field.annotation, *get_args(field.annotation)}
        if secret and f"{name}_file" not in settings_cls.model_fields:
            yield name


def file_variable(settings_cls: type[BaseSettings], field_name: str) -> str | None:
    """The variable that names a field's file; None for a field that is no secret."""
    if field_name not in secret_fields(settings_cls):
        return None
    return variable_of(field_name, settings_cls.model_fields[field_name]) + SUFFIX


def handed_down(
    settings: BaseSettings, inherited: dict[str, str], ours: Mapping[str, str]
) -> dict[str, str]:
    """The environment of a child process: a secret from a file stays in its file.

    `ours` win over `inherited`; a value that is not the file's takes the place of the file.
    """
    kept, written = dict(ours), _of_files(type(settings))
    for name in secret_fields(type(settings)):
        variable = variable_of(name, type(settings).model_fields[name])
        if not inherited.get(variable + SUFFIX):
            continue
        value = getattr(written, name, None)
        if value is not None and kept.get(variable) == value.get_secret_value():
            kept.pop(variable, None)
        elif variable in kept:
            inherited = {k: v for k, v in inherited.items() if k != variable + SUFFIX}
    return inherited | kept


def _of_files(kind: type[BaseSettings]) -> BaseSettings | None:
    """The settings as the environment alone has them; None if it is no longer whole."""
    try:
        return kind()
    except ValueError:
        return None


def _read(name: str, path: str) -> str:
    try:
        with Path(path).expanduser().open("rb") as file:
            secret = file.read(MOST_BYTES).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        # The path is the user's own; what is in the file is never said.
        raise SecretFileError(
            f"{name} 指向的文件无法读取或为空，请检查文件及其权限。 "
            f"The file that {name} names cannot be read or is empty: check it and who may read it."
        )
    return secret
