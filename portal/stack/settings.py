"""Parse a stack's configuration into its settings. The program and the checks both use this.

The target decides which settings a stack has: those of a portal, or those of what portals share.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Literal, get_args, get_origin

from portal.base.errors import InputError, SituationError, did_you_mean, one_of, raise_first
from portal.base.yaml_document import KeyPath, show_path
from portal.models.aws.foundation import FoundationSettings
from portal.models.base import Model, validated
from portal.models.stack import StackSettings
from portal.targets import targets

PREFIX = "portal:"


def parse_settings(
    config: Mapping[str, str], secret_keys: Collection[str], where: Callable[[KeyPath], str]
) -> StackSettings:
    """The settings in the ``portal:`` keys of a configuration. ``where`` gives the file and line of a key.

    Refuses a secret that is not encrypted, as it would be in plain text in the file and in the state.
    """
    _refuse_secrets(secret_keys, {"secrets", "hooks"}, where)
    data = _data(StackSettings, config)
    raise_first(_no_portal(data.get("target"), where))
    unknown = list(_unknown_target(data.get("target"), where))
    try:
        settings = validated(StackSettings, data, where, prefix=PREFIX)
    except InputError as error:
        raise_first([*unknown, error, *error.others])
        raise
    raise_first(unknown)
    if settings.secrets and f"{PREFIX}secrets" not in secret_keys:
        name = next(iter(settings.secrets))
        raise plain_secret(name, where(("secrets", name)))
    return settings


def parse_foundation(
    config: Mapping[str, str], secret_keys: Collection[str], where: Callable[[KeyPath], str]
) -> FoundationSettings:
    """The settings of a stack that portals share, in the same way. It has no secrets."""
    _refuse_secrets(secret_keys, {"secrets"}, where)
    return validated(FoundationSettings, _data(FoundationSettings, config), where, prefix=PREFIX)


def _refuse_secrets(secret_keys: Collection[str], allowed: Collection[str], where: Callable[[KeyPath], str]) -> None:
    """The engine's own files may be newer than what a command has read. It says which keys hold secrets, not where."""
    keys = [key.removeprefix(PREFIX) for key in secret_keys if key.startswith(PREFIX)]
    raise_first(misplaced_secret((key,), where((key,))) for key in keys if key not in allowed)


def _data(model: type[Model], config: Mapping[str, str]) -> dict[str, object]:
    """The values of the ``portal:`` keys of a configuration, for a model."""
    own = {key.removeprefix(PREFIX): value for key, value in config.items() if key.startswith(PREFIX)}
    return {key: _decoded(model, key, value) for key, value in own.items()}


def _no_portal(name: object, where: Callable[[KeyPath], str]) -> Iterator[InputError]:
    """Whoever asks for a portal's settings wants to do something with a portal."""
    target = targets().get(str(name))
    if target is not None and not target.portal:
        yield SituationError(
            f"the stack has no portal: its target {target.name} is what portals share",
            "name the stack of a portal; this one is deployed with `pulumi up` and removed with `pulumi destroy`",
            where=where(("target",)),
        )


def _unknown_target(name: object, where: Callable[[KeyPath], str]) -> Iterator[InputError]:
    if isinstance(name, str) and name not in targets():
        yield InputError(
            where=where(("target",)),
            key=f"{PREFIX}target",
            got=f'"{name}"',
            allowed=one_of(targets()),
            fix=did_you_mean(name, targets()),
        )


def misplaced_secret(path: KeyPath, where: str) -> InputError:
    """The error about an encrypted value outside of ``portal:secrets``.

    ``pulumi config set --secret`` writes one. It would be decrypted into a ConfigMap, and into Pulumi's state.
    """
    in_app_config = path[0] == "appConfig"
    return InputError(
        where=where,
        key=f"{PREFIX}{show_path(path)}",
        got="an encrypted value, which would be in the clear in the cluster",
        allowed="{$secret: NAME}" if in_app_config else "a value that is not encrypted, as this key holds no secret",
        fix="store the value with `portal secrets set NAME`, and write {$secret: NAME} here"
        if in_app_config
        else "only portal:secrets holds encrypted values, and appConfig names them as {$secret: NAME}",
    )


def plain_secret(name: str, where: str) -> InputError:
    """The error about a secret in plain text. Whoever can read the file has seen it, so a new one has to be issued."""
    return InputError(
        where=where,
        key=f"{PREFIX}secrets.{name}",
        got="a value that is not encrypted",
        allowed="an encrypted value (secure: ...)",
        fix=f"remove it, have a new secret issued, and store that with `portal secrets set {name}`",
    )


def _decoded(model: type[Model], key: str, text: str) -> object:
    """Pulumi passes a structure as JSON, a scalar as its text, and a key without a value as ``null``."""
    field = next((f for name, f in model.model_fields.items() if key in {name, f.alias}), None)
    if field is not None and (field.annotation is str or get_origin(field.annotation) is type(str)):
        return text
    if field is not None and get_origin(field.annotation) is Literal and text in map(str, get_args(field.annotation)):
        # Pydantic reads a text as a number for every type but this one.
        return next(one for one in get_args(field.annotation) if str(one) == text)
    if text != "null" and text[:1] not in "{[":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
