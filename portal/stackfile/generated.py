"""The stack file that ``portal up`` writes for a local stack: the committed file, and generated values.

It is a complete stack file for ``--config-file``, so the checkout stays clean. It and its passphrase are under
``.portal/``, and only their owner can read them.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping

from portal.base.checkout import Checkout
from portal.base.errors import InputError, SituationError, raise_first
from portal.base.files import write_whole
from portal.base.yaml_document import Value
from portal.models.database import DEFAULT_ENGINE, ENGINES, DatabaseSettings
from portal.stack.secrets import generate, generated_names
from portal.stack.settings import plain_secret
from portal.stackfile.edit import edited
from portal.stackfile.passphrase import PassphraseCrypter, looks_sealed
from portal.stackfile.read import SECRETS_KEY, StackFile, is_secret, placeholder, read_stack_file, target_in


def write_generated_stack(
    checkout: Checkout, committed: StackFile, additions: Mapping[str, Value] | None = None
) -> StackFile:
    """Write the file: the committed keys, ``additions``, and secrets. Secrets that it already has stay the same.

    ``additions`` are what ``portal up`` found out. None keeps those that are in the file.
    """
    return _generated(checkout, committed, additions, {})


def _generated(
    checkout: Checkout, committed: StackFile, additions: Mapping[str, Value] | None, given: Mapping[str, str]
) -> StackFile:
    """The same, with secrets from a person too."""
    _refuse_own_salt(committed)
    previous = generated_stack(checkout, committed.stack)
    kept = previous.secrets if previous is not None else {}
    passphrase = _passphrase(checkout, committed.stack, new=not kept)
    names = generated_names(database_engine(committed))
    if previous is not None and set(names) <= set(kept) and not given:
        salt = _salt(checkout, previous)
    else:
        crypter = (
            _crypter(checkout, previous, passphrase) if previous and kept else PassphraseCrypter.create(passphrase)
        )
        for name in names:
            kept.setdefault(name, {"secure": crypter.encrypt(generate())})
        kept |= {name: {"secure": crypter.encrypt(value)} for name, value in given.items()}
        salt = crypter.salt
    own = _additions(committed, previous) if additions is None else additions
    return _write(checkout, committed, salt, {**own, SECRETS_KEY: dict(sorted(kept.items()))})


def store_secret(checkout: Checkout, committed: StackFile, name: str, value: str) -> StackFile:
    """Put one secret from a person into the generated file. The rest of the file stays."""
    return _generated(checkout, committed, None, {name: value})


def remove_secret(checkout: Checkout, committed: StackFile, name: str) -> None:
    """Take one secret out of the generated file. The rest of the file stays."""
    current = generated_stack(checkout, committed.stack)
    if current is not None:
        _rewrite(checkout, committed, current, {key: item for key, item in current.secrets.items() if key != name})


def generated_stack(checkout: Checkout, stack: str) -> StackFile | None:
    """The generated file. None before it was written. SituationError if it is damaged."""
    path = checkout.generated_stack_file(stack)
    if not path.is_file():
        return None
    try:
        file = read_stack_file(checkout, stack, path)
        # Of the right kind, or an error.
        _ = file.secrets
    except InputError as error:
        if not path.is_file():
            # `portal down --delete-data` removed it just now.
            return None
        what = error.got if isinstance(error, SituationError) else f"{error.key} is {error.got}"
        raise SituationError(
            f"the file is damaged: {what}", _restore(checkout, stack), where=checkout.relative(path)
        ) from error
    return file


def require_openable(checkout: Checkout, stack: str) -> None:
    """Raise what keeps the generated file's secrets from being opened, as far as a look can tell. Opens none."""
    file = generated_stack(checkout, stack)
    if file is None or not file.secrets:
        return
    _passphrase(checkout, stack, new=False)
    _salt(checkout, file)


def opened_configuration(checkout: Checkout, stack: str) -> tuple[dict[str, str], list[str]]:
    """The generated file's configuration with decrypted secrets, and the secret keys. Never write this to a file."""
    generated = generated_stack(checkout, stack)
    if generated is None:
        path = checkout.relative(checkout.generated_stack_file(stack))
        raise SituationError(f"{path} is not there", "run `portal up`, which writes it")
    return generated.config(_crypter(checkout, generated, _passphrase(checkout, stack, new=False)).decrypt)


def checked_configuration(
    checkout: Checkout, committed: StackFile, *, complete: bool = True
) -> tuple[dict[str, str], list[str]]:
    """A stack's configuration with a placeholder for every secret, for checks and manifests, which need no value.

    A secret counts as given if it is in the file, or if it is one that ``portal up`` generates for a local stack.
    Without ``complete``, damaged values and files are accepted: storing, removing and deleting them is the repair.
    """
    texts, secret_keys = committed.config(placeholder)
    # The CLI treats the whole key as secret if one value in it is. Only the file says which values are encrypted.
    plain = [name for name, value in committed.secrets.items() if not is_secret(value)]
    raise_first(plain_secret(name, committed.where(("secrets", name))) for name in plain)
    # With another secrets provider, the values look different.
    if complete and committed.salt is not None and "secretsprovider" not in committed.document.data:
        damaged = [name for name, value in committed.secrets.items() if not _may_open(value)]
        raise_first(committed.damaged((SECRETS_KEY, name)) for name in damaged)
    given = set(committed.secrets)
    try:
        generated = generated_stack(checkout, committed.stack)
    except InputError:
        if complete:
            raise
        generated = None
    if generated is not None:
        given |= set(generated.secrets)
    if not team_stack(committed):
        given |= set(generated_names(database_engine(committed)))
    names = sorted(given)
    return {**texts, SECRETS_KEY: json.dumps(dict.fromkeys(names, placeholder("")))}, sorted(
        {*secret_keys, SECRETS_KEY}
    )


def _may_open(value: Value) -> bool:
    return isinstance(value, dict) and looks_sealed(str(value["secure"]))


def _passphrase(checkout: Checkout, stack: str, *, new: bool) -> str:
    """The passphrase of the generated file. ``new``: nothing is encrypted with it yet, so it may be made."""
    file = checkout.passphrase_file(stack)
    if not file.is_file():
        if not new:
            raise _lost(checkout, stack, "is missing")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.parent.chmod(0o700)
        write_whole(file, secrets.token_urlsafe(32), 0o600)
    try:
        passphrase = file.read_text("utf-8").strip()
    except UnicodeDecodeError as error:
        raise _lost(checkout, stack, "is damaged") from error
    if not passphrase:
        raise _lost(checkout, stack, "is empty")
    return passphrase


def _crypter(checkout: Checkout, file: StackFile, passphrase: str) -> PassphraseCrypter:
    fix = _restore(checkout, file.stack)
    return PassphraseCrypter.open(_salt(checkout, file), passphrase, file.document.name, fix)


def _salt(checkout: Checkout, file: StackFile) -> str:
    return file.require_salt(_restore(checkout, file.stack))


def _lost(checkout: Checkout, stack: str, how: str) -> SituationError:
    what = f"the passphrase that protects the secrets of {stack} {how}"
    return SituationError(what, _restore(checkout, stack), where=checkout.relative(checkout.passphrase_file(stack)))


def _restore(checkout: Checkout, stack: str) -> str:
    """What to do where secrets cannot be opened. They are in two files, and nobody else has them."""
    passphrase, file = checkout.passphrase_file(stack), checkout.generated_stack_file(stack)
    return (
        f"restore {checkout.relative(passphrase)} and {checkout.relative(file)} from a copy. If there is none, the"
        f" secrets are lost: `portal down --delete-data --stack {stack}` deletes the stack with its data, and the next"
        " `portal up` generates new ones"
    )


def _rewrite(checkout: Checkout, committed: StackFile, current: StackFile, kept: Mapping[str, Value]) -> StackFile:
    """The generated file with other secrets, and with what `portal up` added to it."""
    own = _additions(committed, current)
    return _write(checkout, committed, _salt(checkout, current), {**own, SECRETS_KEY: dict(sorted(kept.items()))})


def _additions(committed: StackFile, current: StackFile | None) -> dict[str, Value]:
    """What ``portal up`` added to the generated file."""
    return {key: item for key, item in current.values.items() if key not in committed.values} if current else {}


def database_engine(file: StackFile) -> type[DatabaseSettings]:
    """The database engine that a stack file names, even if the rest is invalid. An unknown one gives the default."""
    chosen = file.values.get("portal:database")
    name = str(chosen.get("engine", DEFAULT_ENGINE)) if isinstance(chosen, dict) else DEFAULT_ENGINE
    return ENGINES.get(name, ENGINES[DEFAULT_ENGINE])


def team_stack(file: StackFile) -> bool:
    """Whether a stack is a team stack, even if the rest of its file is invalid."""
    target = target_in(file.values)
    return target is not None and target.team


def _write(checkout: Checkout, committed: StackFile, salt: str, additions: Mapping[str, Value]) -> StackFile:
    changes: dict[tuple[str, ...], Value] = {("config", key): value for key, value in additions.items()}
    text = edited(committed.path, {("encryptionsalt",): salt, **changes})
    path = checkout.generated_stack_file(committed.stack)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    write_whole(path, text, 0o600)
    return read_stack_file(checkout, committed.stack, path)


def _refuse_own_salt(committed: StackFile) -> None:
    if committed.salt is not None or committed.secrets:
        raise SituationError(
            "the file has secrets of its own, and those of a local stack are kept under .portal/",
            "remove encryptionsalt and portal:secrets from the file",
            where=committed.document.name,
        )
