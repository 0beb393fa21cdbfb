"""Read ``stacks/Pulumi.<stack>.yaml`` the way the Pulumi CLI passes it to the program."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import InputError, SituationError, did_you_mean, raise_first
from portal.base.names import require_stack_name
from portal.base.yaml_document import Document, KeyPath, Value, read_document
from portal.stack.settings import misplaced_secret
from portal.stackfile.passphrase import PassphraseCrypter

PROJECT = "portal"
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

    def config(self, decrypt: Decrypt) -> tuple[dict[str, str], list[str]]:
        """All keys as the texts that the CLI passes on, with decrypted secrets, and the keys that have a secret.

        A secret outside of ``portal:secrets`` is an error: everything else ends in the clear in the cluster.

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
            if _has_secret(value):
                secret.append(key)
            texts[key] = _text(value, decrypt)
        return texts, secret


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
    values = {key if ":" in key else f"{PROJECT}:{key}": value for key, value in config.items()}
    salt = document.data.get("encryptionsalt")
    return StackFile(stack, file, document, values, salt if isinstance(salt, str) else None)


def stack_decrypter(file: StackFile, passphrase: str) -> Decrypt:
    """A function that decrypts a stack file's secrets. InputError if the passphrase is wrong."""
    if file.salt is None:
        return lambda _: ""
    return PassphraseCrypter.open(file.salt, passphrase, file.document.name).decrypt


def placeholder(_: str) -> str:
    """Stands for a secret whose value is not needed: in checks, rendered manifests and golden files."""
    return "[secret]"


def _text(value: Value, decrypt: Decrypt) -> str:
    if isinstance(value, dict) and is_secret(value):
        return decrypt(str(value["secure"]))
    if isinstance(value, str):
        return value
    return json.dumps(_decrypted(value, decrypt), ensure_ascii=False, sort_keys=True)


def is_secret(value: Value) -> bool:
    """Whether a value is encrypted: ``{secure: ...}`` and nothing else."""
    return isinstance(value, dict) and set(value) == {"secure"} and isinstance(value["secure"], str)


def _has_secret(value: Value) -> bool:
    if isinstance(value, dict):
        return is_secret(value) or any(_has_secret(item) for item in value.values())
    return isinstance(value, list) and any(_has_secret(item) for item in value)


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


def _decrypted(value: Value, decrypt: Decrypt) -> Value:
    if isinstance(value, dict):
        if is_secret(value):
            return decrypt(str(value["secure"]))
        return {key: _decrypted(item, decrypt) for key, item in value.items()}
    return [_decrypted(item, decrypt) for item in value] if isinstance(value, list) else value
