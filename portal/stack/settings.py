"""Parse a stack's configuration into its settings. The program and the checks both use this."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import get_origin

from portal.base.errors import InputError, did_you_mean, one_of, raise_first
from portal.base.yaml_document import KeyPath, show_path
from portal.models.base import validated
from portal.models.stack import StackSettings
from portal.targets import targets

PREFIX = "portal:"


def parse_settings(
    config: Mapping[str, str], secret_keys: Collection[str], where: Callable[[KeyPath], str]
) -> StackSettings:
    """The settings in the ``portal:`` keys of a configuration. ``where`` gives the file and line of a key.

    Refuses a secret that is not encrypted, as it would be in plain text in the file and in the state.
    """
    # The engine's own files may be newer than what a command has read. It says which keys hold secrets, not where.
    misplaced = [key.removeprefix(PREFIX) for key in secret_keys if key.startswith(PREFIX)]
    raise_first(misplaced_secret((key,), where((key,))) for key in misplaced if key not in {"secrets", "hooks"})
    own = {key.removeprefix(PREFIX): value for key, value in config.items() if key.startswith(PREFIX)}
    data = {key: _decoded(key, value) for key, value in own.items()}
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


def _decoded(key: str, text: str) -> object:
    """Pulumi passes a structure as JSON, a scalar as its text, and a key without a value as ``null``."""
    field = next((f for name, f in StackSettings.model_fields.items() if key in {name, f.alias}), None)
    if field is not None and (field.annotation is str or get_origin(field.annotation) is type(str)):
        return text
    if text != "null" and text[:1] not in "{[":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
