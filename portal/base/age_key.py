"""Keys of age, to which backups are encrypted (https://age-encryption.org/v1)."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any, Protocol

from portal.base.errors import InputError, PortalError, SituationError
from portal.base.files import write_whole

_PREFIX = "AGE-SECRET-KEY-1"


def is_public_key(text: str) -> bool:
    """Whether this is a public key: X25519 in Bech32, which has a checksum."""
    age = _library()
    try:
        age.x25519.Recipient.from_str(text)
    except age.RecipientError:
        return False
    return True


def write_new_key(path: Path) -> str:
    """Write a new private key into a file that only its owner may read. Returns the public key.

    SituationError if the file is there: whatever was encrypted to the key in it could not be read any more.
    """
    if path.exists() or path.is_symlink():
        raise SituationError(f"{path} is there already, and may have the only key to your backups", "name another file")
    key = _library().x25519.Identity.generate()
    public = str(key.to_public())
    write_whole(path, f"# public key: {public}\n{key}\n", 0o600)
    return public


class Writable(Protocol):
    """What a stream is decrypted into."""

    def write(self, piece: bytes, /) -> int: ...  # noqa: D102 - as of any stream
    def flush(self) -> None: ...  # noqa: D102 - as of any stream


class PrivateKey:
    """The private key in a file, as :func:`write_new_key` or `age-keygen` wrote it.

    No error repeats what is in the file.
    """

    def __init__(self, path: Path) -> None:
        age = _library()
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise SituationError(f"{path} cannot be read: {reason}", "name the file with the private key") from error
        keys = [line.strip() for line in lines if line.strip().startswith(_PREFIX)]
        try:
            self._identity: Any = age.x25519.Identity.from_str(*keys)
        except (TypeError, age.IdentityError):
            raise InputError(
                where=str(path),
                key="",
                got="a file that is not shown here",
                allowed=f"one line with a private key of age ({_PREFIX}...)",
                fix="name the file that `portal backup key` or `age-keygen` wrote",
            ) from None

    def decrypt(self, source: IO[bytes], target: Writable) -> None:
        """Decrypt a stream into another one, piece by piece. Whatever arrives there is what was encrypted.

        PortalError if it was encrypted to another key, or if it is damaged or cut off: then the target has a part.
        """
        age = _library()
        try:
            age.decrypt_io(source, target, [self._identity])
        except (OSError, age.DecryptError) as error:
            if "broken pipe" in str(error).lower():
                # Nobody reads the target any more. The library makes an error without a number of it.
                raise BrokenPipeError from error
            raise PortalError(
                f"the backup cannot be decrypted with this key, or it is damaged ({str(error).lower()})"
            ) from None


def _library() -> Any:  # noqa: ANN401 - it has no types
    """Its own import takes a while, and few commands need it."""
    import pyrage  # noqa: PLC0415 - see above

    return pyrage
