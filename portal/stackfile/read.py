"""Read ``stacks/Pulumi.<stack>.yaml`` the way the Pulumi CLI passes it to the program."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError, did_you_mean, raise_first
from portal.base.names import require_stack_name
from portal.base.yaml_document import Document, KeyPath, Value, read_document
from portal.stack.settings import misplaced_secret
from portal.stackfile.passphrase import PassphraseCrypter, UnopenedError, damaged_salt
from portal.targets import Target, targets

PROJECT = "portal"
SECRETS_KEY = f"{PROJECT}:secrets"
# The keys below it that are looked at elsewhere: secrets are there, and hooks get none.
APART = ("secrets", "hooks")

Decrypt = Callable[[str], str]


@dataclass(frozen=True)
class StackFile:
    """One stack file. ``values`` are the keys of ``config:`` with their project (``portal:url``)."""

    stack: str
    path: Path
    document: Document
    values: Mapping[str, Value]
    salt: str | None

    def where(self, path: KeyPath) -> str:
        """The file and line of a key below ``portal:`` (``("url",)`` for ``portal:url``)."""
        if not path:
            return self.document.name
        for first in (f"{PROJECT}:{path[0]}", str(path[0])):
            place = self.document.where(("config", first, *path[1:]))
            if place != self.document.where(("config",)):
                return place
        return self.document.name

    @property
    def secrets(self) -> dict[str, Value]:
        """The values below ``portal:secrets``, by name. InputError if the key holds something else."""
        value = self.values.get(SECRETS_KEY)
        if value is None:
            return {}
        if not isinstance(value, dict):
            # Its content may be a secret in plain text, so it is not shown.
            raise InputError(
                where=self.where(("secrets",)),
                key=SECRETS_KEY,
                got="a list" if isinstance(value, list) else "a single value",
                allowed="names with encrypted values (NAME: {secure: ...})",
                fix="remove it, and store each secret with `portal secrets set NAME`",
            )
        return dict(value)

    @property
    def secrets_path(self) -> tuple[str, str]:
        """The path of ``portal:secrets`` in the file."""
        return self.path_of(SECRETS_KEY)

    def path_of(self, key: str) -> tuple[str, str]:
        """The path of a key such as ``portal:url`` in the file, where Pulumi allows its short form too."""
        config = self.document.data.get("config")
        short = key.removeprefix(f"{PROJECT}:")
        return ("config", short if isinstance(config, dict) and short in config else key)

    def require_salt(self, fix: str) -> str:
        """The salt that the file's secrets were encrypted with. InputError with ``fix`` if it is not there."""
        if self.salt is None:
            raise InputError(
                where=self.document.name,
                key="encryptionsalt",
                got="nothing, and the file has encrypted values",
                allowed="the salt that they were encrypted with",
                fix=fix,
            )
        return self.salt

    def config(self, decrypt: Decrypt) -> tuple[dict[str, str], list[str]]:
        """All keys as the texts that the CLI passes on, with decrypted secrets, and the keys that have a secret.

        A secret outside of ``portal:secrets`` is an error: everything else ends in the clear in the cluster.
        InputError if ``decrypt`` does not open a value.

        Values follow YAML's rules: ``1.60`` is 1.6, ``off`` is text. A structure is JSON with sorted keys, as in Go.
        Source: pulumi/pulumi sdk/go/common/workspace/loaders.go (a file is read, written and read again) and
        sdk/go/common/resource/config/value.go.
        """
        texts: dict[str, str] = {}
        secret: list[str] = []
        for key, value in self.values.items():
            name = key.removeprefix(f"{PROJECT}:")
            if name not in (key, *APART):
                raise_first(misplaced_secret((name, *path), self.where((name, *path))) for path in _secrets_in(value))
            if has_secret(value):
                secret.append(key)
            texts[key] = value if isinstance(value, str) else self._text((key,), value, decrypt)
        return texts, secret

    def _text(self, path: KeyPath, value: Value, decrypt: Decrypt) -> str:
        opened = self._decrypted(path, value, decrypt)
        if isinstance(opened, str):
            return opened
        return json.dumps(opened, ensure_ascii=False, sort_keys=True)

    def _decrypted(self, path: KeyPath, value: Value, decrypt: Decrypt) -> Value:
        if isinstance(value, dict):
            if is_secret(value):
                return self._opened(path, str(value["secure"]), decrypt)
            return {key: self._decrypted((*path, key), item, decrypt) for key, item in value.items()}
        if isinstance(value, list):
            return [self._decrypted((*path, index), item, decrypt) for index, item in enumerate(value)]
        return value

    def _opened(self, path: KeyPath, sealed: str, decrypt: Decrypt) -> str:
        try:
            return decrypt(sealed)
        except UnopenedError as error:
            raise self.damaged(path) from error

    def damaged(self, path: KeyPath) -> InputError:
        """The error about an encrypted value that does not open. ``path`` begins with a key of ``values``."""
        first, *rest = path
        known = f"{first}".removeprefix(f"{PROJECT}:")
        named = first == SECRETS_KEY and len(rest) == 1
        return InputError(
            where=self.where((known, *rest)),
            key=".".join(str(part) for part in path),
            got="a value that is damaged, or was encrypted for another stack",
            allowed="an encrypted value of this stack (secure: v1:...)",
            fix="restore it from a copy of the file"
            + (f", or store it again: `portal secrets set {rest[0]} --stack {self.stack}`" if named else ""),
        )


def read_stack_file(checkout: Checkout, stack: str, path: Path | None = None) -> StackFile:
    """The committed file of a stack, or the file at ``path``. InputError if the stack does not exist."""
    require_stack_name(stack, f"stacks/Pulumi.{stack}.yaml")
    file = path or checkout.stack_file(stack)
    if path is None and not file.is_file():
        known = checkout.stack_names()
        raise SituationError(
            f'there is no stack "{stack}" (stacks/Pulumi.{stack}.yaml)',
            did_you_mean(stack, known) if known else "create the file",
        )
    document = read_document(file, checkout.relative(file))
    config = document.data.get("config")
    if not isinstance(config, dict):
        raise InputError(
            where=document.where(("config",)),
            key="config",
            got="nothing" if config is None else "no mapping",
            allowed="a mapping of keys like portal:url",
            fix="write `config:` and the keys below it",
        )
    salt = document.data.get("encryptionsalt")
    if salt is not None and not isinstance(salt, str):
        raise damaged_salt(document.where(("encryptionsalt",)))
    return StackFile(stack, file, document, values_of(config), salt or None)


def named_secrets(file: StackFile) -> Mapping[str, Value]:
    """What a stack names in Secrets Manager, even if the rest of its file is invalid."""
    named = file.values.get(f"{PROJECT}:secretsManager")
    return named if isinstance(named, dict) else {}


def target_in(values: Mapping[str, object]) -> Target | None:
    """The target that a configuration names (``portal:target``), even if the rest is invalid. None if there is none."""
    return targets().get(str(values.get(f"{PROJECT}:target")))


def values_of(config: Mapping[str, Value]) -> dict[str, Value]:
    """The keys of ``config:`` with their project, which Pulumi allows to leave out."""
    return {key if ":" in key else f"{PROJECT}:{key}": value for key, value in config.items()}


def stack_decrypter(file: StackFile, passphrase: str) -> Decrypt:
    """A function that decrypts a stack file's secrets. InputError if the passphrase is wrong or the salt is lost."""
    if file.salt is None and not any(has_secret(value) for value in file.values.values()):
        return _nothing_to_open
    salt = file.require_salt("restore the line from its commit or from a copy of the file")
    return PassphraseCrypter.open(salt, passphrase, file.document.name).decrypt


def _nothing_to_open(_: str) -> str:
    raise PortalError("this stack has no encrypted values")


def placeholder(_: str) -> str:
    """Stands for a secret whose value is not needed: in checks, rendered manifests and golden files."""
    return "[secret]"


def is_secret(value: Value) -> bool:
    """Whether a value is encrypted: ``{secure: ...}`` and nothing else."""
    return isinstance(value, dict) and set(value) == {"secure"} and isinstance(value["secure"], str)


def has_secret(value: Value) -> bool:
    """Whether a value is encrypted, or has one that is in it."""
    if isinstance(value, dict):
        return is_secret(value) or any(has_secret(item) for item in value.values())
    return isinstance(value, list) and any(has_secret(item) for item in value)


def _secrets_in(value: Value, path: KeyPath = ()) -> Iterator[KeyPath]:
    """The paths of the encrypted values in a value."""
    if isinstance(value, dict) and is_secret(value):
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _secrets_in(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secrets_in(item, (*path, index))
