"""The encrypted values in the committed file of a team stack. What only the Pulumi CLI can encrypt is refused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from portal.base.errors import SituationError
from portal.base.files import write_whole
from portal.base.yaml_document import Value
from portal.stackfile.edit import KeyPath, Removed, edited
from portal.stackfile.passphrase import PassphraseCrypter
from portal.stackfile.read import StackFile


def crypter_of(file: StackFile) -> PassphraseCrypter:
    """The crypter of a committed stack file. Its passphrase comes from where Pulumi reads it."""
    by_pulumi = f"`pulumi config set --stack {file.stack} --secret --path 'portal:secrets.NAME'` for each secret"
    if "secretsprovider" in file.document.data:
        raise SituationError(
            "only the Pulumi CLI can use this stack's secrets provider", f"run {by_pulumi}", where=file.document.name
        )
    passphrase = shells_passphrase()
    if file.secrets:
        # A new salt would make them unreadable for ever.
        salt = file.require_salt(
            f"restore the line from its commit. If Pulumi Cloud encrypts this stack's values, run {by_pulumi}"
        )
        return PassphraseCrypter.open(salt, passphrase, file.document.name)
    if file.salt is None:
        return PassphraseCrypter.create(passphrase)
    return PassphraseCrypter.open(file.salt, passphrase, file.document.name)


def write_secrets(file: StackFile, crypter: PassphraseCrypter, values: Mapping[str, str]) -> None:
    """Add secrets to a committed stack file. Comments and order stay."""
    changes: dict[KeyPath, Value | Removed] = {
        (*file.secrets_path, name): {"secure": crypter.encrypt(value)} for name, value in values.items()
    }
    write_whole(file.path, edited(file.path, {("encryptionsalt",): crypter.salt, **changes}))


def shells_passphrase() -> str:
    """The passphrase of team stacks. SituationError if the shell names none, or one that cannot be read."""
    given = os.environ.get("PULUMI_CONFIG_PASSPHRASE")
    from_file = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if not given and from_file:
        try:
            given = Path(from_file).read_text("utf-8").strip()
        except (OSError, ValueError) as error:
            how = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SituationError(
                f"PULUMI_CONFIG_PASSPHRASE_FILE names {from_file}, which cannot be read ({how})",
                "name the file that has the stack's passphrase",
            ) from error
        if not given:
            raise SituationError(f"the passphrase in {from_file} is empty", "restore the file, or name another one")
    if not given:
        raise SituationError(
            "the passphrase that protects the stack's secrets is not set",
            "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
        )
    return given
