"""The part of app-config that every portal has: addresses, database, sign-in, catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.models.database import ExternalDatabase, InClusterDatabase
from portal.models.portal_file import CatalogLocation, PortalFile
from portal.models.scalars import origin
from portal.models.stack import StackSettings
from portal.stack.connection_budget import connection_budget
from portal.stack.plugins import StackPlugin

PORT = 7007

# Where the pod has a password that somebody else keeps in a Secret.
PASSWORD_FILE = "/etc/portal/database/password"  # noqa: S105 - a path

# Kinds that a repository out there may register: not who people are, and not what runs as the portal
# (https://backstage.io/docs/overview/threat-model).
OPEN_KINDS = ["Component", "API", "Resource", "System", "Domain", "Location"]
OWN_KINDS = [*OPEN_KINDS, "Group", "User", "Template"]

# The kubelet and the endpoints need a moment to stop sending requests to a pod that ends.
DRAIN_SECONDS = 10


def core_config(portal: PortalFile, settings: StackSettings, plugins: Mapping[str, StackPlugin]) -> dict[str, Any]:
    """app-config without any plugin's own part.

    Secrets are ``{$secret: NAME}``; what a deployment knows is ``${PORTAL_...}``.
    """
    title = settings.title or portal.title or f"{portal.organization} Portal"
    return {
        "app": {"title": title, "baseUrl": settings.url, **_frontend_packages(plugins), "extensions": []},
        "organization": {"name": portal.organization},
        "portal": {"signIn": settings.sign_in.provider},
        "backend": {
            "baseUrl": settings.url,
            "listen": f":{PORT}",
            "packages": _packages([p for plugin in _excluded(plugins) for p in plugin.record.packages.backend]),
            "cors": {
                "origin": settings.url,
                "methods": ["GET", "HEAD", "PATCH", "POST", "PUT", "DELETE"],
                "credentials": True,
            },
            "csp": _content_security(settings.url, plugins),
            "database": _database(settings, plugins),
            "lifecycle": {"serverShutdownDelay": {"seconds": DRAIN_SECONDS}},
            "workingDirectory": "/tmp",  # noqa: S108 - a volume of the pod's own
        },
        "auth": {
            "environment": "production",
            "session": {"secret": {"$secret": "SESSION_SECRET"}},
            "providers": _providers(settings),
        },
        "catalog": {
            "orphanStrategy": "delete",
            "rules": [{"allow": OPEN_KINDS}],
            "locations": [_location(location) for location in portal.catalog.locations],
        },
    }


def _excluded(plugins: Mapping[str, StackPlugin]) -> list[StackPlugin]:
    return [plugin for plugin in plugins.values() if not plugin.enabled]


def _frontend_packages(plugins: Mapping[str, StackPlugin]) -> dict[str, Any]:
    return {"packages": _packages([p for plugin in _excluded(plugins) for p in plugin.record.packages.frontend])}


def _packages(excluded: list[str]) -> str | dict[str, list[str]]:
    return {"exclude": sorted(excluded)} if excluded else "all"


def _content_security(url: str, plugins: Mapping[str, StackPlugin]) -> dict[str, Any]:
    """What the browser may reach: the portal, and what connected plugins' frontends call themselves."""
    called = {origin(host) for plugin in plugins.values() for host in plugin.browser_hosts}
    directives: dict[str, Any] = {"connect-src": ["'self'", *sorted(called)]}
    pictures = {origin(host) for plugin in plugins.values() for host in plugin.picture_hosts}
    if pictures:
        directives["img-src"] = ["'self'", "data:", *sorted(pictures)]
    if url.startswith("http://"):
        # Safari would ask for everything over TLS: backstage/backstage#25662.
        directives["upgrade-insecure-requests"] = False
    return directives


def _database(settings: StackSettings, plugins: Mapping[str, StackPlugin]) -> dict[str, Any]:
    return {
        "client": "pg",
        "pluginDivisionMode": "schema",
        "ensureExists": False,
        "ensureSchemaExists": True,
        "connection": {
            "host": "${PORTAL_DB_HOST}",
            "port": "${PORTAL_DB_PORT}",
            "user": "${PORTAL_DB_USER}",
            "database": "${PORTAL_DB_NAME}",
            **_database_credentials(settings.database),
        },
        "knexConfig": {"pool": {"min": 0, "max": connection_budget(plugins, settings.most_replicas).pool_max}},
    }


def _database_credentials(database: InClusterDatabase | ExternalDatabase) -> dict[str, Any]:
    if isinstance(database, InClusterDatabase):
        return {"password": {"$secret": "DATABASE_PASSWORD"}}
    password = {"$secret": "DATABASE_PASSWORD"} if database.password_secret is None else {"$file": PASSWORD_FILE}
    authority = {"ca": database.ca} if database.ca is not None else {}
    return {"password": password, "ssl": {**authority, "rejectUnauthorized": True}}


def _providers(settings: StackSettings) -> dict[str, Any]:
    match settings.sign_in.provider:
        case "guest":
            # Refused by Backstage outside development without this word, and by our checks outside loopback.
            return {"guest": {"userEntityRef": "user:default/guest", "dangerouslyAllowOutsideDevelopment": True}}
        case "github":
            # The client's keys are the account's, in the record of `auth`.
            resolver = {"resolver": "usernameMatchingUserEntityName"}
            return {"github": {"production": {"signIn": {"resolvers": [resolver]}}}}


def _location(location: CatalogLocation) -> dict[str, Any]:
    if location.file is not None:
        return {"type": "file", "target": f"./{location.file}", "rules": [{"allow": OWN_KINDS}]}
    return {"type": "url", "target": location.url}
