"""What appConfig takes away: entries of lists that it replaces, and keys that it deletes with an empty value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from portal.appconfig.derive import derived_config
from portal.appconfig.merge import APPENDED, merge
from portal.appconfig.references import files
from portal.base.errors import InputError, SituationError
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, show_path, value_at
from portal.checks.location import app_config_key, app_config_location
from portal.contract import DATABASE_PASSWORD, SECRETS_FOLDER, SESSION_SECRET
from portal.plan import Plan

# What a dropped entry is called, by the first of these keys that it has.
_NAMES = ("target", "url", "host", "name", "id", "type")


def losses(plan: Plan) -> list[str]:
    """What the stack's owner may have meant, a sentence each. It stops nothing."""
    config = derived_config(plan.resolved)
    written: tuple[tuple[Mapping[str, Any], Callable[[KeyPath], str]], ...] = (
        (plan.release.portal.app_config, plan.loaded.document.where),
        (plan.settings.app_config, plan.where),
    )
    found: list[str] = []
    for part, where in written:
        for path, what in _lost(config, part, ()):
            found.append(f"{where(('appConfig', *path))}: appConfig.{show_path(path)} {what}")
        config = merge(config, part)
    return found


def _lost(before: Any, part: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:  # noqa: ANN401 - JSON in
    for key, value in part.items() if is_mapping(part) else ():
        old, here = value_at(before, (key,)), (*path, key)
        if value is None and old is not None:
            yield here, f"has no value, and deletes {_named(old)}"
        elif is_mapping(value):
            yield from _lost(old, value, here)
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
    """Find sections of plugins, and derived secrets that nothing mounts anymore, that appConfig took away.

    A key without a value deletes what is there. Backstage would not start without such a section, or the plugin would
    do nothing: `{enabled: false}` is for that. People paste such keys with the template of Backstage's own app.
    """
    yield from _sections(plan)
    own = {DATABASE_PASSWORD, SESSION_SECRET}
    readers = {file: path for path, file in files(plan.app_config.derived)}
    for name in sorted(plan.app_config.derived_secrets - plan.app_config.secrets - own):
        reader = readers[f"{SECRETS_FOLDER}/{name}"]
        yield SituationError(
            f"the stack needs the secret {name}, and appConfig took away what reads it ({show_path(reader)})",
            "keep that part: leave the key out where it has no value, and repeat the derived entries in a list that"
            " replaces them; or do without what needs the secret: `{connected: false}`, `{enabled: false}` or"
            " `{credential: none}`",
            where=app_config_location(plan, reader),
        )


def _sections(plan: Plan) -> Iterator[InputError]:
    for name, plugin in plan.plugins.items():
        for section in plugin.record.app_config if plugin.enabled else ():
            derived = plan.app_config.derived.get(section)
            if is_mapping(derived) and plan.app_config.data.get(section) is None:
                yield SituationError(
                    f"{app_config_key((section,))} has no value, which takes away what the plugin {name} needs",
                    f"remove the line, or write `portal:plugins: {{{name}: {{enabled: false}}}}`",
                    where=app_config_location(plan, (section,)),
                )
