"""The part of app-config that every portal has, such as addresses, database and catalog."""

from __future__ import annotations

from typing import Any

from portal.contract import (
    DATABASE_HOST,
    DATABASE_NAME,
    DATABASE_PORT,
    DATABASE_USER,
    KEEP_ALIVE_SECONDS,
    PORT,
    SESSION_SECRET,
)
from portal.models.portal_file import CatalogLocation
from portal.models.scalars import origin
from portal.stack.connection_budget import POOL_MAX
from portal.stack.migrations import StackMigrations
from portal.stack.resolve import ResolvedStack
from portal.stack.sign_in import ENVIRONMENT

# Kinds that any repository may register. Not Users and Groups (who people are) or Templates (what runs with the
# portal's rights): https://backstage.io/docs/overview/threat-model
OPEN_KINDS = ["Component", "API", "Resource", "System", "Domain", "Location"]
OWN_KINDS = [*OPEN_KINDS, "Group", "User", "Template"]

# How many refused requests for sign-in or for a token one address may send a minute to one pod. Those that succeed do
# not count: behind an ingress controller everybody has the same address, and each page that is opened asks for a token
# and for public keys. There is no limit over all of Backstage, as probes of the kubelet would meet it.
REFUSED_SIGN_INS_A_MINUTE = 600

# The policy denies what owners may do with things of a type to everybody, if a permission is for no such thing
# (app/packages/backend/src/permissions/decide.ts). So nobody but administrators has what only they may read.
_OF_NOTHING = {"plugin": "permission", "resourceType": "nothing", "rule": "IS_OWNER", "parameter": "claims"}


def core_config(stack: ResolvedStack) -> dict[str, Any]:
    """app-config without what records add.

    Secrets are ``{$secret: NAME}``. Values that only a deployment knows are ``${PORTAL_...}``.
    """
    settings, portal, excluded = stack.settings, stack.release.portal, stack.excluded
    return {
        "app": {
            "title": stack.title,
            "baseUrl": settings.url,
            "packages": _packages(list(excluded.frontend)),
            "extensions": [],
        },
        "organization": {"name": portal.organization},
        "portal": {"signIn": settings.sign_in.provider, "permissions": _permissions(stack)},
        "backend": {
            "baseUrl": settings.url,
            "listen": f":{PORT}",
            "packages": _packages(list(excluded.backend)),
            "cors": {
                "origin": settings.url,
                "methods": ["GET", "HEAD", "PATCH", "POST", "PUT", "DELETE"],
                "credentials": True,
            },
            "csp": _content_security(stack),
            "database": _database(stack),
            "rateLimit": {
                "global": False,
                "plugin": {
                    "auth": {
                        "window": {"minutes": 1},
                        "incomingRequestLimit": REFUSED_SIGN_INS_A_MINUTE,
                        "skipSuccessfulRequests": True,
                    }
                },
            },
            "lifecycle": {"serverShutdownDelay": {"seconds": settings.drain_seconds}},
            **_server(stack),
            "workingDirectory": "/tmp",  # noqa: S108 - a volume of the pod
        },
        "auth": {
            "environment": ENVIRONMENT,
            "session": {"secret": {"$secret": SESSION_SECRET}},
            "providers": {},
        },
        "catalog": {
            "orphanStrategy": "delete",
            "rules": [{"allow": OPEN_KINDS}],
            "locations": [_location(location) for location in portal.catalog.locations],
            **_reading(stack),
        },
    }


def _server(stack: ResolvedStack) -> dict[str, Any]:
    """Behind a load balancer that reuses connections, the portal is not the one that closes them."""
    balanced = stack.settings.load_balancer is not None
    return {"server": {"keepAliveTimeout": {"seconds": KEEP_ALIVE_SECONDS}}} if balanced else {}


def _permissions(stack: ResolvedStack) -> dict[str, Any]:
    """What people may do: as the records of the plugins that run here grant it."""
    granted = [plugin.record.permissions for plugin in stack.plugins.values() if plugin.enabled]
    owners = [owned.model_dump(by_alias=True, mode="json") for one in granted for owned in one.owners]
    reserved = sorted(name for one in granted for name in one.administrators)
    if reserved:
        owners.append({**_OF_NOTHING, "permissions": reserved})
    return {
        "allowAll": stack.private,
        "everyone": sorted(name for one in granted for name in one.everyone),
        "owners": owners,
    }


def _reading(stack: ResolvedStack) -> dict[str, Any]:
    """Read a small catalog of files often, so that what somebody changed is there soon after `portal up`.

    Backstage reads each entity again 100 to 150 s after the last time, across restarts, and 10 to 15 s after with this.
    Only in a stack that is ours to throw away: with repositories, it would be ten times the requests to their hosts.
    Source: plugin-catalog-backend 4.0.0, service/CatalogBuilder (getDefaultProcessingInterval).
    """
    files_only = all(location.file is not None for location in stack.release.portal.catalog.locations)
    return {"processingInterval": {"seconds": 10}} if files_only and not stack.target.team else {}


def _packages(excluded: list[str]) -> str | dict[str, list[str]]:
    return {"exclude": excluded} if excluded else "all"


def _content_security(stack: ResolvedStack) -> dict[str, Any]:
    """The CSP: the browser may reach the portal, and what the frontends of connected plugins call themselves."""
    called = {origin(host) for plugin in stack.plugins.values() for host in plugin.browser_hosts}
    directives: dict[str, Any] = {"connect-src": ["'self'", *sorted(called)]}
    pictures = {origin(host) for provider in stack.providers.values() for host in provider.picture_hosts}
    if pictures:
        directives["img-src"] = ["'self'", "data:", *sorted(pictures)]
    if stack.settings.url.startswith("http://"):
        # Otherwise Safari requests everything over TLS: backstage/backstage#25662.
        directives["upgrade-insecure-requests"] = False
    return directives


def _database(stack: ResolvedStack) -> dict[str, Any]:
    return {
        "client": "pg",
        "pluginDivisionMode": "schema",
        "ensureExists": False,
        "ensureSchemaExists": True,
        "connection": {
            "host": _variable(DATABASE_HOST),
            "port": _variable(DATABASE_PORT),
            "user": _variable(DATABASE_USER),
            "database": _variable(DATABASE_NAME),
            **stack.settings.database.credentials,
        },
        "knexConfig": {"pool": {"min": 0, "max": POOL_MAX}},
        **_skipped_migrations(stack.migrations),
    }


def _skipped_migrations(migrations: StackMigrations) -> dict[str, Any]:
    """Plugins skip migrations that ran before they start.

    Source: @backstage/backend-defaults 0.18.0, DatabaseManager (the key of a plugin goes before the one of all).
    """
    if not migrations.before_start:
        return {}
    at_start = {plugin: {"skipMigrations": False} for plugin in migrations.at_start}
    return {"skipMigrations": True, **({"plugin": at_start} if at_start else {})}


def _variable(name: str) -> str:
    return f"${{{name}}}"


def _location(location: CatalogLocation) -> dict[str, Any]:
    if location.file is not None:
        return {"type": "file", "target": f"./{location.file}", "rules": [{"allow": OWN_KINDS}]}
    return {"type": "url", "target": location.url}
