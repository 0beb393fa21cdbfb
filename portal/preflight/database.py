"""The database that a stack names: which one it is, and what a try of it means for the person who named it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.base.canonical import content_hash
from portal.base.errors import InputError
from portal.base.json_types import is_mapping
from portal.base.yaml_document import KeyPath
from portal.graph.model import SECRET
from portal.models.database.engine import PasswordSecret
from portal.preflight.requirements import GraphRequirements, Workload

HOST = "PORTAL_DB_HOST"
PASSWORD = "DATABASE_PASSWORD"  # noqa: S105 - a secret's name


@dataclass(frozen=True)
class Database:
    """An external database as the portal's pod will reach it.

    ``environment`` is that of the pod (host, port, user, name). ``authorities`` absent: those that the image trusts.
    ``password`` is the value, or where the cluster has it; it is in no representation of this. ``kept_in`` is the name
    of the graph's Secret that has it, which changes with what it holds.
    """

    environment: Mapping[str, str]
    schemas: tuple[str, ...]
    authorities: str | None
    password: str | PasswordSecret = field(repr=False)
    kept_in: str = ""

    @property
    def fingerprint(self) -> str:
        """What a try was about, without the password: to know whether it has to be done again."""
        where = vars(self.password) if isinstance(self.password, PasswordSecret) else self.kept_in
        return content_hash([dict(self.environment), list(self.schemas), self.authorities, where])


def external_database(
    needs: GraphRequirements, schemas: tuple[str, ...], authorities: str | None, password_secret: PasswordSecret | None
) -> Database | None:
    """The database of a graph, unless the graph makes it itself, or nobody here knows the password."""
    workload = portal_workload(needs)
    if workload is None:
        return None
    environment = {
        str(entry["name"]): str(entry.get("value", ""))
        for entry in workload.pod["containers"][0].get("env", [])
        if str(entry["name"]).startswith("PORTAL_DB_")
    }
    services = {str(item["metadata"]["name"]) for item in needs.of_kind("Service")}
    kept_in, value = _password(needs)
    password = password_secret or value
    if environment[HOST] in services or password is None:
        return None
    return Database(environment, schemas, authorities, password, kept_in)


def portal_workload(needs: GraphRequirements) -> Workload | None:
    """What runs the portal: its container is told where the database is."""
    for workload in needs.workloads:
        if any(entry["name"] == HOST for entry in workload.pod["containers"][0].get("env", [])):
            return workload
    return None


def check_database(
    database: Database, found: Mapping[str, Any], where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """One sentence for what a try found; none where the database fits."""
    outcome = str(found.get("outcome"))
    if outcome == "fits":
        return
    host, port, user, name = (database.environment[f"PORTAL_DB_{key}"] for key in ("HOST", "PORT", "USER", "NAME"))
    key, got, allowed, fix = _sentence(outcome, found, (f"{host}:{port}", host, user, name))
    yield InputError(
        where=where(("database", key) if key else ("database",)),
        key=f"portal:database.{key}" if key else "portal:database",
        got=got,
        allowed=allowed,
        fix=fix,
    )


def _sentence(outcome: str, found: Mapping[str, Any], place: tuple[str, str, str, str]) -> tuple[str, str, str, str]:
    address, host, user, name = place
    message, names = str(found.get("message", "")), ", ".join(found.get("names", []))
    verified = "a server whose certificate can be verified"
    sentences: dict[str, tuple[str, str, str, str]] = {
        "name": (
            "host",
            f"{host}, a name that the cluster's DNS does not know",
            "a host that pods reach",
            "correct it",
        ),
        "network": (
            "host",
            f"{address}, which a pod of the cluster does not reach ({message})",
            "a database that pods reach",
            "correct host and port, or open firewalls and `portal:egress` for it",
        ),
        "plain": ("host", f"{address}, which offers no TLS", "a server with TLS", "switch TLS on at the server"),
        "authority": (
            "ca",
            f"an authority that did not sign the certificate of {address} ({message})",
            verified,
            "write the certificate of the authority that did, as PEM",
        ),
        "pem": ("ca", f"something that is no certificate ({message})", "certificates as PEM", "correct it"),
        "expired": ("host", f"{address}, whose certificate has expired", verified, "renew the server's certificate"),
        "host": (
            "host",
            f"{host}, which the server's certificate does not name ({message})",
            "a name that the certificate has",
            "write the name that the certificate was made for",
        ),
        "password": (
            "user",
            f"{user}, whose password {address} does not take",
            "the role's own password",
            f"correct it: `portal secrets set {PASSWORD}`, or the Secret that `passwordSecret` names",
        ),
        "login": ("user", f"{user}, who may not log in ({message})", "a role that may", "change it at the server"),
        "database": (
            "name",
            f"{name}, a database that {address} does not have",
            "a database that exists",
            f"create it, with {user} as its owner",
        ),
        "connect": (
            "user",
            f"{user}, who may not connect to {name}",
            f"the owner of {name}",
            f"run `GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {name} TO {user}`",
        ),
        "full": (
            "host",
            f"{address}, which takes no more connections",
            "a server with connections to spare",
            "raise its max_connections, or end others'",
        ),
        "rights": (
            "user",
            f"{user}, who lacks {names} on {name}",
            "a role that makes schemas, one for each plugin, and a migration's temporary table",
            f"run `GRANT {names} ON DATABASE {name} TO {user}`",
        ),
        "foreign": (
            "name",
            f"{name}, which holds tables that no Backstage made (schema {names})",
            "an empty database, or the portal's own",
            "create a database for the portal alone",
        ),
        "closed": (
            "user",
            f"{user}, who may not use the schemas of plugins that are there (schema {names})",
            "the role that made them",
            f"make {user} their owner",
        ),
        "image": (
            "",
            f"an image that the cluster does not get, so that nothing could be tried ({message})",
            "an image that the cluster pulls",
            "correct `portal:images`, or push the image",
        ),
    }
    return sentences.get(
        outcome, ("", f"{address}, which refuses us ({message})", "a database that works", "do as it says")
    )


def _password(needs: GraphRequirements) -> tuple[str, str | None]:
    """The name of the Secret that has the password, and the value where the graph was recorded with it."""
    for secret in needs.of_kind("Secret"):
        data: object = secret.get("stringData")
        if is_mapping(data) and PASSWORD in data and data[PASSWORD] != SECRET:
            return str(secret["metadata"]["name"]), str(data[PASSWORD])
    return "", None
