"""What appConfig takes away: entries of lists that it replaces, and keys that it deletes with an empty value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from portal.appconfig.derive import derived_config
from portal.appconfig.merge import APPENDED, merge
from portal.base.errors import InputError, SituationError
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, show_path, value_at
from portal.contract import DATABASE_PASSWORD, SESSION_SECRET
from portal.plan import Plan

# What a dropped entry is called, by the first of these keys that it has.
_NAMES = ("target", "url", "host", "name", "id", "type")


def notices(plan: Plan) -> list[str]:
    """What the stack's owner should know and may have meant. It stops nothing."""
    config = derived_config(plan.resolved)
    written: tuple[tuple[Mapping[str, Any], Callable[[KeyPath], str]], ...] = (
        (plan.release.portal.app_config, plan.loaded.document.where),
        (plan.settings.app_config, plan.where),
    )
    found: list[str] = []
    for part, where in written:
        for path, what in _losses(config, part, ()):
            found.append(f"{where(('appConfig', *path))}: appConfig.{show_path(path)} {what}")
        config = merge(config, part)
    return found


def _losses(before: Any, part: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:  # noqa: ANN401 - JSON in
    for key, value in part.items() if is_mapping(part) else ():
        old, here = value_at(before, (key,)), (*path, key)
        if value is None and old is not None:
            yield here, f"has no value, and deletes {_named(old)}"
        elif is_mapping(value):
            yield from _losses(old, value, here)
        elif is_list(old) and here != APPENDED:
            gone = [entry for entry in old if not is_list(value) or entry not in value]
            if gone:
                which = ", ".join(_entry(entry) for entry in gone)
                yield here, f"replaces a list of {len(old)}, and drops {len(gone)} of them: {which}"


def _named(old: object) -> str:
    if is_mapping(old):
        return f"what is derived there: {', '.join(old)}" if "$secret" not in old else "a secret"
    return "what is derived there"


def _entry(entry: object) -> str:
    if is_mapping(entry):
        name = next((str(entry[key]) for key in _NAMES if isinstance(entry.get(key), str)), None)
        return name if name is not None else f"one with {', '.join(entry)}"
    return str(entry)


def check_taken_away(plan: Plan) -> Iterator[InputError]:
    """Find derived secrets that nothing mounts anymore: what used them was taken away under appConfig."""
    own = {DATABASE_PASSWORD, SESSION_SECRET}
    for name in sorted(plan.app_config.derived_secrets - plan.app_config.secrets - own):
        yield SituationError(
            f"the stack needs the secret {name}, and appConfig took away what reads it",
            "keep that part: leave the key out where it has no value, and repeat the derived entries in a list that"
            " replaces them; or do without what needs the secret: `{connected: false}`, `{enabled: false}` or"
            " `{credential: none}`",
            where=plan.where(("appConfig",)),
        )
