"""Read the secrets that a stack names in Secrets Manager, with the AWS credentials of whoever deploys it.

The program reads them before it registers anything, and preflight reads them to say what would fail. Both ask AWS
themselves. The provider's function ``getSecretVersion`` would not do: it answers while resources are registered, which
the recorder refuses, and the name of a Kubernetes Secret has a hash of its values, so they have to be known by then.

No sentence here repeats a value, nor any key of it that the stack does not name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from portal.base.errors import InputError, PortalError, SituationError
from portal.base.json_types import is_mapping
from portal.base.run_parallel import run_parallel
from portal.models.aws.named_secret import NamedSecret
from portal.plan import Plan
from portal.probe.aws_account import AwsAccount, DeniedError, NotFoundError
from portal.stack.secret_shapes import shape_faults
from portal.stack.secrets import SecretNeed

# For all of them: each answer takes a fraction of a second.
SECONDS = 30.0
# What AWS says of a secret itself: that it is marked for deletion, or that its key cannot decrypt it
# (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors).
_OF_THE_SECRET = ("InvalidRequestException", "DecryptionFailure")


@dataclass(frozen=True)
class ReadSecrets:
    """``values`` by the stack's names, and why others could not be read. No representation shows a value."""

    values: Mapping[str, str] = field(repr=False)
    faults: tuple[PortalError, ...] = ()

    @property
    def findings(self) -> list[InputError]:
        """The faults. Raises one that is nobody's input, such as a network that is gone."""
        found: list[InputError] = []
        for fault in self.faults:
            if not isinstance(fault, InputError):
                raise fault
            found.append(fault)
        return found


def read_secrets(plan: Plan) -> ReadSecrets:
    """All that a stack names. Where the credentials are the fault, it is named once, and no secret is asked for."""
    named, place = plan.settings.secrets_manager, plan.settings.aws
    if not named or place is None:
        return ReadSecrets({})
    account = AwsAccount(place.account, place.region)
    try:
        account.identify()
    except PortalError as error:
        return ReadSecrets({}, (error,))
    # Once each: what belongs together is often in one of them, and is then from one moment.
    looks: dict[str, Callable[[], str | None]] = {
        secret.identity: partial(_text, account, secret) for secret in named.values()
    }
    texts = run_parallel(looks, SECONDS)
    values: dict[str, str] = {}
    faults: dict[str, PortalError] = {}
    for name, secret in named.items():
        try:
            values[name] = _value(plan, name, secret, texts[secret.identity])
        except PortalError as error:
            faults[str(error)] = error
    return ReadSecrets(values, tuple(faults.values()))


def _text(account: AwsAccount, secret: NamedSecret) -> str | None:
    """What it holds; None if that is no text."""
    words = {"VersionId": secret.version} if secret.version is not None else {}
    answer = account.ask("secretsmanager", "get_secret_value", SecretId=secret.name, **words)
    text = answer.get("SecretString")
    return None if text is None else str(text)


def _value(plan: Plan, name: str, secret: NamedSecret, found: str | PortalError | None) -> str:
    where = plan.where(("secretsManager", name))
    if isinstance(found, PortalError):
        raise _unreadable(plan, name, secret, found, where) or found
    need = plan.needs.get(name, SecretNeed(name, "", ""))
    value, faults = ("", ["is binary, and no text"]) if found is None else _taken(secret, need, found)
    for fault in faults:
        raise SituationError(
            f"{name} cannot be used: the value of the secret {secret.name} {fault}",
            "correct it in Secrets Manager, or correct what the stack asks for",
            where=where,
        )
    return value


def _taken(secret: NamedSecret, need: SecretNeed, text: str) -> tuple[str, Iterator[str]]:
    """The value in what a secret holds, and what is wrong with it."""
    if secret.key is None and (need.shape == "text" or not is_mapping(_parsed(text))):
        # As `portal secrets set` does it: whoever pastes a token often adds a line break.
        value = text.rstrip("\r\n")
        return value, shape_faults(need, value)
    if secret.key is None:
        return "", iter(["is a JSON object, and one of its keys is needed ({name: ..., key: ...})"])
    held = _parsed(text)
    if not is_mapping(held):
        return "", iter([f"is no JSON object, and the stack asks for its key {secret.key}"])
    value = held.get(secret.key)
    if not isinstance(value, str):
        return "", iter([f"is a JSON object without a text under the key {secret.key}"])
    return value.rstrip("\r\n"), shape_faults(need, value.rstrip("\r\n"))


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _unreadable(plan: Plan, name: str, secret: NamedSecret, error: PortalError, where: str) -> SituationError | None:
    """What AWS refuses, in words; None if it has nothing to do with this secret."""
    place = plan.settings.aws.region if plan.settings.aws is not None else "AWS"
    if isinstance(error, NotFoundError):
        return SituationError(
            f"{name} cannot be read: {place} has no secret {secret.shown} with a value ({error})",
            "create it there, with a value, or correct its name",
            where=where,
        )
    if isinstance(error, DeniedError):
        return SituationError(
            f"{name} cannot be read: the AWS credentials may not read the secret {secret.name} or use its key, or"
            f" {place} has no such secret",
            "see that it is there, and let whoever deploys read it: a deploy role of a foundation may read what"
            f" portal:deployers.{plan.stack}.secrets lists there",
            where=where,
        )
    said = (str(error).partition(f"{code}: ")[2] for code in _OF_THE_SECRET)
    message = next((one for one in said if one), None)
    if message is None:
        return None
    return SituationError(
        f"{name} cannot be read: AWS refuses the secret {secret.name} ({message})",
        "restore it, or let its KMS key decrypt it",
        where=where,
    )
