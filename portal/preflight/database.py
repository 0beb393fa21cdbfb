"""The database that a stack names: which one it is, and what a try of it means for the person who named it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.base.canonical import content_hash
from portal.base.errors import InputError
from portal.base.json_types import is_mapping
from portal.base.yaml_document import KeyPath
from portal.contract import DATABASE_ENVIRONMENT, DATABASE_HOST, DATABASE_PASSWORD
from portal.graph.model import SECRET
from portal.models.database.engine import PasswordSecret
from portal.preflight.database_outcomes import FITS, OUTCOMES
from portal.preflight.requirements import GraphRequirements, Workload


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
    requirements: GraphRequirements,
    schemas: tuple[str, ...],
    authorities: str | None,
    password_secret: PasswordSecret | None,
) -> Database | None:
    """The database of a graph, unless the graph makes it itself, or nobody here knows the password."""
    workload = portal_workload(requirements)
    if workload is None:
        return None
    environment = {
        str(entry["name"]): str(entry.get("value", ""))
        for entry in workload.pod["containers"][0].get("env", [])
        if entry["name"] in DATABASE_ENVIRONMENT
    }
    services = {str(item["metadata"]["name"]) for item in requirements.of_kind("Service")}
    kept_in, value = _password(requirements)
    password = password_secret or value
    if environment[DATABASE_HOST] in services or password is None:
        return None
    return Database(environment, schemas, authorities, password, kept_in)


def portal_workload(requirements: GraphRequirements) -> Workload | None:
    """What runs the portal: its container is told where the database is."""
    for workload in requirements.workloads:
        if any(entry["name"] == DATABASE_HOST for entry in workload.pod["containers"][0].get("env", [])):
            return workload
    return None


def check_database(
    database: Database, found: Mapping[str, Any], where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """One sentence for what a try found; none where the database fits."""
    outcome = str(found.get("outcome"))
    if outcome == FITS:
        return
    host, port, user, name = (database.environment[key] for key in DATABASE_ENVIRONMENT)
    words = {
        "address": f"{host}:{port}",
        "host": host,
        "user": user,
        "name": name,
        "message": str(found.get("message", "")),
        "names": ", ".join(found.get("names", [])),
    }
    key, *texts = OUTCOMES.get(outcome, OUTCOMES["other"])
    got, allowed, fix = (text.format(**words) for text in texts)
    yield InputError(
        where=where(("database", key) if key else ("database",)),
        key=f"portal:database.{key}" if key else "portal:database",
        got=got,
        allowed=allowed,
        fix=fix,
    )


def _password(requirements: GraphRequirements) -> tuple[str, str | None]:
    """The name of the Secret that has the password, and the value where the graph was recorded with it."""
    for secret in requirements.of_kind("Secret"):
        data: object = secret.get("stringData")
        if is_mapping(data) and DATABASE_PASSWORD in data and data[DATABASE_PASSWORD] != SECRET:
            return str(secret["metadata"]["name"]), str(data[DATABASE_PASSWORD])
    return "", None
