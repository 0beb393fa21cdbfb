"""Statements in the portal's own database, as its administrator."""

from __future__ import annotations

from portal.base.process import output
from portal.kubernetes.kubectl import Kubectl

_WORDS = ("psql", "--host=/run/postgresql", "--username=postgres", "--dbname=portal", "--tuples-only", "--no-align")


def query(kubectl: Kubectl, statement: str, namespace: str = "portal") -> list[str]:
    """The rows that a statement returns, or what PostgreSQL says that it did."""
    place = ("exec", f"--namespace={namespace}", "statefulset/database", "--container=postgres", "--")
    return output(kubectl.command(*place, *_WORDS, f"--command={statement}")).splitlines()
