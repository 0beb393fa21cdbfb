"""The stack file that ``portal up`` writes for a local stack: the committed file, and generated values.

It is a complete stack file for ``--config-file``, so the checkout stays clean. It and its passphrase are under
``.portal/``, and only their owner can read them.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping

from portal.base.checkout import Checkout
from portal.base.errors import SituationError
from portal.base.files import write_whole
from portal.base.yaml_document import Value
from portal.models.database import DEFAULT_ENGINE, ENGINES, DatabaseSettings
from portal.stack.secrets import generate, generated_names
from portal.stack.settings import plain_secret
from portal.stackfile.edit import edited
from portal.stackfile.passphrase import PassphraseCrypter
from portal.stackfile.read import StackFile, is_secret, placeholder, read_stack_file, stack_decrypter
from portal.targets import targets

SECRETS_KEY = "portal:secrets"


def write_generated_stack(checkout: Checkout, committed: StackFile, additions: Mapping[str, Value]) -> StackFile:
    """Write the file: the committed keys, ``additions``, and secrets. Secrets that it already has stay the same."""
    _refuse_own_salt(committed)
    path = checkout.generated_stack_file(committed.stack)
    previous = read_stack_file(checkout, committed.stack, path) if path.is_file() else None
    passphrase = _passphrase(checkout, committed.stack)
    names = generated_names(database_engine(committed))
    if previous is not None and previous.salt is not None and set(names) <= set(_secrets(previous)):
        salt, kept = previous.salt, _secrets(previous)
    else:
        crypter = (
            PassphraseCrypter.open(previous.salt, passphrase, previous.document.name)
            if previous is not None and previous.salt is not None
            else PassphraseCrypter.create(passphrase)
        )
        kept = _secrets(previous) if previous is not None else {}
        for name in names:
            kept.setdefault(name, {"secure": crypter.encrypt(generate())})
        salt = crypter.salt
    _write(checkout, committed, salt, {**additions, SECRETS_KEY: dict(sorted(kept.items()))})
    return read_stack_file(checkout, committed.stack, path)


def store_secret(checkout: Checkout, committed: StackFile, name: str, value: str) -> StackFile:
    """Put one secret from a person into the generated file. The rest of the file stays."""
    path = checkout.generated_stack_file(committed.stack)
    current = (
        read_stack_file(checkout, committed.stack, path)
        if path.is_file()
        else write_generated_stack(checkout, committed, {})
    )
    crypter = PassphraseCrypter.open(current.salt or "", _passphrase(checkout, committed.stack), current.document.name)
    kept: dict[str, Value] = {**_secrets(current), name: {"secure": crypter.encrypt(value)}}
    own = {key: item for key, item in current.values.items() if key not in committed.values}
    _write(checkout, committed, crypter.salt, {**own, SECRETS_KEY: dict(sorted(kept.items()))})
    return read_stack_file(checkout, committed.stack, path)


def opened_configuration(checkout: Checkout, stack: str) -> tuple[dict[str, str], list[str]]:
    """The generated file's configuration with decrypted secrets, and the secret keys. Never write this to a file."""
    generated = read_stack_file(checkout, stack, checkout.generated_stack_file(stack))
    passphrase = checkout.passphrase_file(stack).read_text().strip()
    return generated.config(stack_decrypter(generated, passphrase))


def checked_configuration(checkout: Checkout, committed: StackFile) -> tuple[dict[str, str], list[str]]:
    """A stack's configuration with a placeholder for every secret, for checks and manifests, which need no value.

    A secret counts as given if it is in the file, or if it is one that ``portal up`` generates for a local stack.
    """
    texts, secret_keys = committed.config(placeholder)
    for name, value in _secrets(committed).items():
        # The CLI treats the whole key as secret if one value in it is. Only the file says which values are encrypted.
        if not is_secret(value):
            raise plain_secret(name, committed.where(("secrets", name)))
    given = set(_secrets(committed))
    path = checkout.generated_stack_file(committed.stack)
    if path.is_file():
        given |= set(_secrets(read_stack_file(checkout, committed.stack, path)))
    if not team_stack(committed):
        given |= set(generated_names(database_engine(committed)))
    names = sorted(given)
    return {**texts, SECRETS_KEY: json.dumps(dict.fromkeys(names, placeholder("")))}, sorted(
        {*secret_keys, SECRETS_KEY}
    )


def _passphrase(checkout: Checkout, stack: str) -> str:
    file = checkout.passphrase_file(stack)
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.parent.chmod(0o700)
        write_whole(file, secrets.token_urlsafe(32), 0o600)
    return file.read_text().strip()


def _secrets(file: StackFile) -> dict[str, Value]:
    value = file.values.get(SECRETS_KEY)
    return dict(value) if isinstance(value, dict) else {}


def database_engine(file: StackFile) -> type[DatabaseSettings]:
    """The database engine that a stack file names, even if the rest is invalid. An unknown one gives the default."""
    chosen = file.values.get("portal:database")
    name = str(chosen.get("engine", DEFAULT_ENGINE)) if isinstance(chosen, dict) else DEFAULT_ENGINE
    return ENGINES.get(name, ENGINES[DEFAULT_ENGINE])


def team_stack(file: StackFile) -> bool:
    """Whether a stack is a team stack, even if the rest of its file is invalid."""
    target = targets().get(str(file.values.get("portal:target")))
    return target is not None and target.team


def _write(checkout: Checkout, committed: StackFile, salt: str, additions: Mapping[str, Value]) -> None:
    changes: dict[tuple[str, ...], Value] = {("config", key): value for key, value in additions.items()}
    text = edited(committed.path, {("encryptionsalt",): salt, **changes})
    path = checkout.generated_stack_file(committed.stack)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    write_whole(path, text, 0o600)


def _refuse_own_salt(committed: StackFile) -> None:
    if committed.salt is not None:
        raise SituationError(
            "the file has secrets of its own, and those of a local stack are kept under .portal/",
            "remove encryptionsalt and portal:secrets from the file",
            where=committed.document.name,
        )
