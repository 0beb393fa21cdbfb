"""The external database of a stack, and what a test of it means for the person who configured it."""

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
    """An external database, as the portal's pod will reach it.

    ``environment`` is the pod's (host, port, user, name). ``authorities`` is None for those that the image trusts.
    ``password`` is the value, or the Secret in the cluster that has it; no representation shows it. ``kept_in`` is the
    name of the graph's Secret that has the password. That name changes with the password.
    """

    environment: Mapping[str, str]
    schemas: tuple[str, ...]
    authorities: str | None
    password: str | PasswordSecret = field(repr=False)
    kept_in: str = ""

    @property
    def fingerprint(self) -> str:
        """A hash of what was tested, without the password. It shows whether a new test is needed."""
        where = vars(self.password) if isinstance(self.password, PasswordSecret) else self.kept_in
        return content_hash([dict(self.environment), list(self.schemas), self.authorities, where])


def external_database(
    requirements: GraphRequirements,
    schemas: tuple[str, ...],
    authorities: str | None,
    password_secret: PasswordSecret | None,
) -> Database | None:
    """The database of a graph; None if the graph makes the database, or if the password is not known here."""
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
    """The workload of the portal: the one whose container has the database's address."""
    for workload in requirements.workloads:
        if any(entry["name"] == DATABASE_HOST for entry in workload.pod["containers"][0].get("env", [])):
            return workload
    return None


def check_database(
    database: Database, found: Mapping[str, Any], where: Callable[[KeyPath], str]
) -> Iterator[InputError]:
    """One error for what a test found; none if the database fits."""
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
    """The name of the Secret that has the password, and the value, if the graph was recorded with it."""
    for secret in requirements.of_kind("Secret"):
        data: object = secret.get("stringData")
        if is_mapping(data) and DATABASE_PASSWORD in data and data[DATABASE_PASSWORD] != SECRET:
            return str(secret["metadata"]["name"]), str(data[DATABASE_PASSWORD])
    return "", None
