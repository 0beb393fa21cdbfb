"""Keys that stand on both sides are ours: a Service, a probe, a policy or a start module depends on them too.

The values to compare with come from the derivation itself. The table only says which setting owns a key; a test holds
that every key of the core is either here or named as free.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portal.appconfig.references import is_file_reference
from portal.base.errors import InputError, SituationError
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, value_at
from portal.checks.location import app_config_key, app_config_location
from portal.plan import Plan
from portal.stack.connection_budget import POOL_MAX


@dataclass(frozen=True)
class Owned:
    """A key that ``appConfig`` may not change, with everything below it. ``why`` continues "follows from"."""

    path: tuple[str, ...]
    why: str
    fix: str
    free: tuple[tuple[str, ...], ...] = ()


_URL = "change portal:url"
_PORT = "remove it; for TLS in front of the portal use portal:ingress or portal:gateway"
_PLUGINS = "write `{enabled: false}` under portal:plugins"
_DATABASE = "change portal:database"

OWNED: tuple[Owned, ...] = (
    Owned(("app", "baseUrl"), "the address of the portal", _URL),
    Owned(("app", "packages"), "the plugins of the stack", _PLUGINS),
    Owned(("portal",), "the plugins and the sign-in of the stack", "change portal:signIn or portal:plugins"),
    Owned(("backend", "baseUrl"), "the address of the portal", _URL),
    Owned(("backend", "cors", "origin"), "the address of the portal", _URL),
    Owned(("backend", "listen"), "the port of the Service and of the probes", _PORT),
    Owned(("backend", "https"), "the port of the Service and of the probes", _PORT),
    Owned(("backend", "server"), "the port of the Service and of the probes", "remove it"),
    Owned(("backend", "packages"), "the plugins of the stack", _PLUGINS),
    Owned(("backend", "workingDirectory"), "the volumes of the pod", "remove it; the pod can write to /tmp alone"),
    Owned(("backend", "lifecycle", "serverShutdownDelay"), "the time that a pod has to stop", "remove it"),
    # Pools have a rule of their own below. The rest of knex is between Backstage and PostgreSQL.
    Owned(
        ("backend", "database"),
        "the database of the stack",
        _DATABASE,
        free=(("knexConfig",), ("plugin", "*", "knexConfig")),
    ),
    Owned(("auth", "environment"), "the environment that the sign-in providers have", "remove it"),
    Owned(
        ("auth", "session", "secret"),
        "the secrets of the stack",
        "remove it; `portal secrets set SESSION_SECRET` stores another one",
    ),
    Owned(
        ("techdocs", "builder"),
        "the image, which has no programs that build documents",
        "remove it; build documents in CI: https://backstage.io/docs/features/techdocs/configuring-ci-cd",
    ),
)

# Keys of the core that people may change: nothing outside of app-config depends on them.
FREE: tuple[tuple[str, ...], ...] = (
    ("app", "title"),
    ("app", "extensions"),
    ("organization", "name"),
    ("backend", "cors", "methods"),
    ("backend", "cors", "credentials"),
    ("backend", "rateLimit"),
    ("backend", "csp"),
    ("backend", "database", "knexConfig"),
    ("auth", "providers"),
    ("catalog",),
)


def check_owned_keys(plan: Plan) -> Iterator[InputError]:
    """Find keys that appConfig changed and a setting owns. Also where it deletes one."""
    final, derived = plan.app_config.data, plan.app_config.derived
    for owned in OWNED:
        before, after = value_at(derived, owned.path), value_at(final, owned.path)
        for path in _differences(before, after, owned.path):
            inside = path[len(owned.path) :]
            if not any(_matches(free, inside) for free in owned.free):
                yield SituationError(
                    f"{app_config_key(path)} follows from {owned.why}, and appConfig may not change it",
                    owned.fix,
                    where=app_config_location(plan, path),
                )
    yield from _pools(plan)


def _differences(before: Any, after: Any, path: KeyPath) -> Iterator[KeyPath]:  # noqa: ANN401 - JSON in
    old: Mapping[str, Any] = before if is_mapping(before) else {}
    new: Mapping[str, Any] = after if is_mapping(after) else {}
    if all(value is None or (is_mapping(value) and not is_file_reference(value)) for value in (before, after)):
        for key in dict.fromkeys([*old, *new]):
            yield from _differences(old.get(key), new.get(key), (*path, key))
    elif before != after:
        yield path


def _matches(pattern: tuple[str, ...], path: KeyPath) -> bool:
    return len(path) >= len(pattern) and all(want in ("*", part) for want, part in zip(pattern, path, strict=False))


def _pools(plan: Plan) -> Iterator[InputError]:
    """A pool may have fewer connections than the database's limit is calculated for, not more."""
    database: Any = value_at(plan.app_config.data, ("backend", "database"))
    if not is_mapping(database):
        return
    plugins: Any = database.get("plugin")
    places: list[KeyPath] = [("backend", "database", "knexConfig")]
    places += [("backend", "database", "plugin", name, "knexConfig") for name in plugins] if is_mapping(plugins) else []
    for place in places:
        for key in ("client", "connection", "searchPath"):
            if value_at(plan.app_config.data, (*place, key)) is not None:
                yield SituationError(
                    f"{app_config_key((*place, key))} follows from the database of the stack,"
                    " and appConfig may not change it",
                    _DATABASE,
                    where=app_config_location(plan, (*place, key)),
                )
        first = place == places[0]
        most = value_at(plan.app_config.data, (*place, "pool", "max"))
        for key in ("min", "max"):
            path = (*place, "pool", key)
            size = value_at(plan.app_config.data, path)
            absent = size is None and (key == "min" or (not first and most is None))
            if not absent and not _fits(size):
                yield InputError(
                    where=app_config_location(plan, path),
                    key=app_config_key(path),
                    got="nothing" if size is None else f'"{size}"' if not is_list(size) else "a list",
                    allowed=f"0 to {POOL_MAX} connections, as the database allows {POOL_MAX} for each plugin of a pod",
                    fix="write a smaller number, or remove the line",
                )


def _fits(size: object) -> bool:
    text = str(size)
    return not isinstance(size, bool) and text.isascii() and text.isdigit() and int(text) <= POOL_MAX
