"""What `portal secrets list` says of each secret: where it comes from, whether it is there, and what reads it."""

from __future__ import annotations

from portal.command.json_answers import JsonAnswer
from portal.models.aws.named_secret import NamedSecret
from portal.stack.secret_uses import SecretUse


class SecretAnswer(JsonAnswer):
    """One secret. Its value is in no answer."""

    name: str
    """Its name in `portal:secrets`, or in `portal:secretsManager`."""

    stored: bool
    """Whether it has a value: an encrypted one, or one in Secrets Manager. Nobody asked AWS whether it is there."""

    secrets_manager: str | None = None
    """Its name in Secrets Manager, with its key and version, if the stack names it there."""

    needed: bool
    """Whether the stack reads it as it is now. A plugin that is not connected yet needs none."""

    generated: bool
    """Whether the command generates it. Nobody has to choose a value."""

    used_by: tuple[str, ...]
    """What reads it; empty for a secret that nothing reads."""

    description: str | None = None
    """What it is."""

    obtain: str | None = None
    """Where to get it."""


class SecretsAnswer(JsonAnswer):
    """`portal secrets list --json`."""

    stack: str
    """The stack."""

    file: str
    """The file that the encrypted values are in."""

    secrets: tuple[SecretAnswer, ...]
    """Every secret that is stored, needed, or read by a plugin of the portal once it is connected."""


def secret_answer(name: str, use: SecretUse | None, named: NamedSecret | None, *, stored: bool) -> SecretAnswer:
    """The answer about one. ``named`` is what the stack names in Secrets Manager, and ``use`` what reads it."""
    there = stored or named is not None
    place = named.shown if named is not None else None
    if use is None:
        return SecretAnswer(name=name, stored=there, secrets_manager=place, needed=False, generated=False, used_by=())
    need = use.need
    return SecretAnswer(
        name=name,
        stored=there,
        secrets_manager=place,
        needed=use.needed,
        generated=need.generated,
        used_by=use.used_by,
        description=need.description,
        obtain=need.obtain,
    )


def secret_state(row: SecretAnswer, *, team: bool) -> str:
    """The same for people, in a few words."""
    if row.stored:
        where = "stored" if row.secrets_manager is None else f"in Secrets Manager: {row.secrets_manager}"
        return where if row.used_by else f"{where}, but nothing reads it"
    if not row.needed:
        return "not needed yet"
    return "made by `portal up`" if row.generated and not team else "missing"
