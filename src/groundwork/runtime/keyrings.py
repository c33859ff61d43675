"""Key rings in files: read anew whenever they change, written whole or not at all."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Final

from pydantic import ValidationError

from groundwork.domain.keyring import SECRET_BYTES, Key, KeyRing
from groundwork.runtime.settings import Settings, SettingsError, variable

VAULT_FILE: Final = "vault-keys.json"
PAYLOAD_FILE: Final = "payload-keys.json"

Keys = Callable[[], KeyRing]
"""Where a key ring comes from; asked each time, so that a rotation is noticed. Raises KeyRingError.
"""


class KeyRingError(SettingsError):
    """A key ring is missing or cannot be used. The message says how to help, and shows no key."""


class RingFile:
    """A key ring in a file. Calling it gives the ring as the file is now."""

    def __init__(self, path: Path, setting: str) -> None:
        """`setting` is the variable that names the file, for messages."""
        self.path = path
        self._setting = setting
        self._seen: tuple[int, int, int] | None = None
        self._ring: KeyRing | None = None

    def __call__(self) -> KeyRing:
        """The ring. Raises KeyRingError."""
        try:
            found = self.path.stat()
            seen = (found.st_ino, found.st_mtime_ns, found.st_size)
            if self._ring is None or seen != self._seen:
                self._ring = KeyRing.model_validate_json(self.path.read_bytes())
                self._seen = seen
        except OSError as error:
            raise KeyRingError(
                f"无法读取密钥文件 {self.path}（{error.strerror}），请放回该文件，"
                f"或检查 {self._setting}。 The key file {self.path} cannot be read "
                f"({error.strerror}): put it back, or correct {self._setting}."
            ) from None
        except ValidationError:
            raise KeyRingError(
                f"密钥文件 {self.path} 的内容无效，请换回备份。 "
                f"The key file {self.path} holds no key ring: put back a copy of it."
            ) from None
        return self._ring


def vault_place(settings: Settings) -> Path | None:
    """Where the vault's key ring is; None where nobody provided one."""
    if settings.vault_key_file is None and settings.embeds_postgres:
        return settings.data_dir / VAULT_FILE
    return settings.vault_key_file


def payload_place(settings: Settings) -> Path | None:
    """Where the key ring of payloads is; None where nobody provided one."""
    if settings.payload_key_file is None and settings.embeds_temporal:
        return settings.data_dir / PAYLOAD_FILE
    return settings.payload_key_file


def require_place(place: Path | None, field: str) -> Path:
    """The place, named by that field of the settings. Raises KeyRingError where there is none."""
    if place is None:
        raise _nowhere(variable(field))
    return place


def vault_keys(settings: Settings) -> Keys:
    """The key ring that seals personal data; a missing one is told when it is asked for."""
    return _keys(vault_place(settings), variable("vault_key_file"))


def payload_keys(settings: Settings) -> Keys:
    """The key ring that encrypts payloads; a missing one is told when it is asked for."""
    return _keys(payload_place(settings), variable("payload_key_file"))


def require_key_rings(settings: Settings) -> None:
    """Raise KeyRingError unless both key rings can be used."""
    vault_keys(settings)()
    payload_keys(settings)()


def private_keys() -> Keys:
    """A key ring of one process, for what is forgotten with it."""
    ring = KeyRing(keys=(new_key(),))
    return lambda: ring


def new_key(used_in: timedelta = timedelta()) -> Key:
    """A fresh key, to be written with from now or later on."""
    now = datetime.now(UTC).replace(microsecond=0)
    secret = token_bytes(SECRET_BYTES).hex()
    return Key(id=f"k-{token_hex(4)}", made_at=now, used_from=now + used_in, secret=secret)


def make_ring(path: Path) -> KeyRing:
    """Write a key ring with one key to a file that is not there yet. Raises KeyRingError."""
    ring = KeyRing(keys=(new_key(),))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_new(path, lambda: ring)
    except FileExistsError:
        raise KeyRingError(
            f"{path} 已存在，不会覆盖；请另选文件名，或用 groundwork keys rotate 更换密钥。 "
            f"{path} is there already and is not overwritten: choose another name, or use "
            "`groundwork keys rotate`."
        ) from None
    except OSError as error:
        raise _unwritable(path, error) from None
    return ring


def keep_ring(path: Path) -> bool:
    """See to it that there is a key ring; whether one was made. Raises KeyRingError."""
    if path.exists():
        return False
    make_ring(path)
    return True


def keep_key_rings(settings: Settings) -> None:
    """See to it that servers of our own have key rings, each in the data folder.

    Raises KeyRingError when one of a pair is missing: it was lost, and another could read nothing.
    """
    pair = settings.data_dir / VAULT_FILE, settings.data_dir / PAYLOAD_FILE
    wanted = [place for place in (vault_place(settings), payload_place(settings)) if place in pair]
    missing = [place for place in wanted if not place.exists()]
    if len(wanted) > len(missing) > 0:
        raise KeyRingError(
            f"密钥文件 {missing[0]} 不见了：请从备份放回，否则以前的内容无法读取。 "
            f"The key file {missing[0]} is gone: put it back from a copy; without it nobody reads "
            "what was written before (docs/privacy.md)."
        )
    for place in missing:
        make_ring(place)


def key_environment(settings: Settings) -> dict[str, str]:
    """The variables by which a child process finds the same key rings.

    It cannot tell whether its servers are embedded ones.
    """
    places = {"vault_key_file": vault_place(settings), "payload_key_file": payload_place(settings)}
    return {variable(name): str(place) for name, place in places.items() if place is not None}


def add_key(path: Path, used_in: timedelta) -> Key:
    """Add a key to the ring in a file, in one step. Raises KeyRingError."""
    key, fresh = new_key(used_in), path.with_name(f"{path.name}.new")
    try:
        like = path.stat()
        # Read once the new file is ours: of two added at the same time neither may be lost.
        _write_new(fresh, lambda: RingFile(path, str(path))().with_key(key), like)
        fresh.replace(path)
        _keep_name(path.parent)
    except FileExistsError:
        raise KeyRingError(
            f"另一次密钥轮换正在进行，请稍候；若已中断，请删除 {fresh} 后重试。 "
            f"Another key is being added: wait for it. If that was broken off, delete {fresh} and "
            "try again."
        ) from None
    except OSError as error:
        raise _unwritable(path, error) from None
    return key


def _keys(place: Path | None, setting: str) -> Keys:
    if place is not None:
        return RingFile(place, setting)

    def missing() -> KeyRing:
        raise _nowhere(setting)

    return missing


def _nowhere(setting: str) -> KeyRingError:
    return KeyRingError(
        f"没有密钥文件：请以 {setting} 指定文件，再运行 groundwork keys make。 "
        f"There is no key file: name one with {setting} and run `groundwork keys make`."
    )


def _write_new(path: Path, ring: Keys, like: os.stat_result | None = None) -> None:
    """Write a ring to a file that is not there yet, whole or not at all.

    It belongs to us alone, or to whom `like` belongs to. Raises OSError, KeyRingError.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if like is not None:
                if os.geteuid() == 0:
                    os.fchown(file.fileno(), like.st_uid, like.st_gid)
                os.fchmod(file.fileno(), like.st_mode & 0o777)
            file.write(ring().model_dump_json(indent=2).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except (OSError, KeyRingError):
        path.unlink(missing_ok=True)
        raise


def _keep_name(folder: Path) -> None:
    """Have a renamed file keep its name when the power fails."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(path: Path, error: OSError) -> KeyRingError:
    return KeyRingError(
        f"无法写入 {path}（{error.strerror}）。 {path} cannot be written ({error.strerror})."
    )
