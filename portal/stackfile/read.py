"""Read ``stacks/Pulumi.<stack>.yaml`` as the Pulumi CLI would hand it to the program."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import InputError, SituationError, did_you_mean
from portal.base.yaml_document import Document, KeyPath, Value, read_document
from portal.stackfile.passphrase import PassphraseCrypter

PROJECT = "portal"

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
        """The place of a key below ``portal:`` (``("url",)`` for ``portal:url``)."""
        if not path:
            return self.document.name
        for first in (f"{PROJECT}:{path[0]}", str(path[0])):
            place = self.document.where(("config", first, *path[1:]))
            if place != self.document.where(("config",)):
                return place
        return self.document.name

    def config(self, decrypt: Decrypt) -> tuple[dict[str, str], list[str]]:
        """All keys as the CLI's texts, secrets decrypted, and the keys that are or contain a secret.

        Both by YAML's rules: ``1.60`` is 1.6, ``off`` is text. A structure is JSON with sorted keys, as Go's maps are.
        Source: pulumi/pulumi sdk/go/common/workspace/loaders.go (a file is read, written and read again) and
        sdk/go/common/resource/config/value.go.
        """
        texts: dict[str, str] = {}
        secret: list[str] = []
        for key, value in self.values.items():
            if _has_secret(value):
                secret.append(key)
            texts[key] = _text(value, decrypt)
        return texts, secret


def read_stack_file(checkout: Checkout, stack: str, path: Path | None = None) -> StackFile:
    """The committed file of a stack, or the one at ``path``. A stack that does not exist is an input error."""
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
    """What opens the secrets of a stack file that a passphrase protects; a wrong passphrase is an input error."""
    if file.salt is None:
        return lambda _: ""
    return PassphraseCrypter.open(file.salt, passphrase, file.document.name).decrypt


def placeholder(_: str) -> str:
    """Stands for every secret where its value is not needed: rendering, checking, golden files."""
    return "[secret]"


def _text(value: Value, decrypt: Decrypt) -> str:
    if isinstance(value, dict) and is_secret(value):
        return decrypt(str(value["secure"]))
    if isinstance(value, str):
        return value
    return json.dumps(_decrypted(value, decrypt), ensure_ascii=False, sort_keys=True)


def is_secret(value: Value) -> bool:
    """Whether a value is an encrypted one: ``{secure: ...}`` and nothing else."""
    return isinstance(value, dict) and set(value) == {"secure"} and isinstance(value["secure"], str)


def _has_secret(value: Value) -> bool:
    if isinstance(value, dict):
        return is_secret(value) or any(_has_secret(item) for item in value.values())
    return isinstance(value, list) and any(_has_secret(item) for item in value)


def _decrypted(value: Value, decrypt: Decrypt) -> Value:
    if isinstance(value, dict):
        if is_secret(value):
            return decrypt(str(value["secure"]))
        return {key: _decrypted(item, decrypt) for key, item in value.items()}
    return [_decrypted(item, decrypt) for item in value] if isinstance(value, list) else value
