"""A database elsewhere is tried from a pod before anything is applied: one sentence, and nothing of it is left.

The portal has to be up: its images are what is tried with. Everything else lies in namespaces of these tests' own.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from portal.contract import NAME_LABEL
from portal.kubernetes.kubectl import Kubectl
from portal.plan import Plan, load_plan
from portal.preflight.database import Database, PasswordSecret, check_database
from portal.preflight.database_pod import NAME, try_database
from portal.preflight.requirements import GraphRequirements
from portal.preflight.snapshot import read_identity
from tests.e2e.conftest import Workplace, await_that
from tests.e2e.elsewhere import ALIAS, HOST, PASSWORD, Elsewhere, elsewhere_beside
from tests.e2e.preflight_namespace import OWN, edited, namespace, requirements_elsewhere
from tests.support.certificates import Authority

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def plan(workplace: Workplace) -> Plan:
    return load_plan(workplace.checkout, "local")


@pytest.fixture(scope="module")
def requirements(workplace: Workplace) -> GraphRequirements:
    return requirements_elsewhere(workplace)


@pytest.fixture(scope="module")
def server(workplace: Workplace) -> Generator[Elsewhere]:
    """A server with a database that fits, a role without rights, a database with somebody's tables, one of ours."""
    with elsewhere_beside(workplace.kubectl) as running:
        running.sql(
            *(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'" for role in ("owner", "reader")),
            *(f"CREATE DATABASE {name} OWNER owner" for name in ("fits", "taken", "known")),
        )
        running.sql("CREATE TABLE public.invoices (id int)", database="taken")
        running.sql(
            "CREATE SCHEMA catalog AUTHORIZATION owner",
            "CREATE TABLE catalog.knex_migrations (id int)",
            "CREATE TABLE catalog.entities (id int)",
            database="known",
        )
        yield running


def with_host(requirements: GraphRequirements) -> GraphRequirements:
    """The portal's policy as it is with an external database: any address, its port."""

    def open_port(policy: Any) -> None:
        if policy["metadata"]["name"] == "backstage":
            policy["spec"]["egress"].append({"ports": [{"port": 5432, "protocol": "TCP"}]})

    return edited(requirements, "NetworkPolicy", open_port)


def database(host: str = HOST, *, user: str = "owner", name: str = "fits", ca: str, port: int = 5432) -> Database:
    words = {"HOST": host, "PORT": str(port), "USER": user, "NAME": name}
    return Database({f"PORTAL_DB_{key}": value for key, value in words.items()}, ("catalog",), ca, PASSWORD)


def tried(kubectl: Kubectl, requirements: GraphRequirements, plan: Plan, one: Database) -> str:
    """The sentence that a try ends in, empty where the database fits; nothing of it may be left in the cluster."""
    exists = read_identity(kubectl.api, requirements.namespace).namespace is not None
    found = try_database(kubectl.api, requirements, one, namespace_exists=exists)
    await_that(lambda: leftovers(kubectl) == [], "nothing of the try is left")
    return " ".join(error.sentence for error in check_database(one, found, plan.where))


def leftovers(kubectl: Kubectl) -> list[str]:
    kinds = "pods,secrets,networkpolicies,namespaces"
    found = kubectl.read(kinds, "--all-namespaces", f"--selector={NAME_LABEL}={NAME}")["items"]
    return [item["metadata"]["name"] for item in found]


def test_a_database_that_fits_is_accepted(
    workplace: Workplace, server: Elsewhere, requirements: GraphRequirements, plan: Plan
) -> None:
    """From a namespace that exists and from one that does not; empty, and with what Backstage left there."""
    reaching = with_host(requirements)
    assert tried(workplace.kubectl, reaching, plan, database(ca=server.authority)) == ""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "given"}, "stringData": {"word": PASSWORD}}
    with namespace(workplace.kubectl, OWN, secret, **{"pod-security.kubernetes.io/enforce": "restricted"}):
        known = database(ca=server.authority, name="known")
        given = Database(known.environment, known.schemas, known.authorities, PasswordSecret("given", "word"))
        assert tried(workplace.kubectl, reaching, plan, given) == ""


def test_a_database_that_does_not_fit_is_one_sentence(
    workplace: Workplace, server: Elsewhere, requirements: GraphRequirements, plan: Plan
) -> None:
    ca = server.authority
    wrong = Database({**database(ca=ca).environment}, (), ca, "wrong-horse")
    cases = {
        "an authority that did not sign the certificate": database(ca=Authority("other").certificate),
        "a text that is not a certificate": database(
            ca="-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n"
        ),
        "which is not in the server's certificate": database(ALIAS, ca=ca),
        "owner, whose password": wrong,
        "reader, who lacks CREATE on fits": database(user="reader", ca=ca),
        "nothing, which": database(name="nothing", ca=ca),
        "taken, which has tables that Backstage did not make (schema public)": database(name="taken", ca=ca),
        "which the cluster's DNS does not know": database("nowhere.example.invalid", ca=ca),
    }
    with namespace(workplace.kubectl, OWN):
        for words, one in cases.items():
            sentence = tried(workplace.kubectl, with_host(requirements), plan, one)
            assert words in sentence
            assert "\n" not in sentence
            assert "horse" not in sentence


def test_a_database_that_the_portals_policy_does_not_let_out_to_is_unreachable(
    workplace: Workplace, server: Elsewhere, requirements: GraphRequirements, plan: Plan
) -> None:
    """Tried again where the node was late: policies are in force some time after a pod starts, and nobody says when."""

    def unreachable() -> bool:
        sentence = tried(workplace.kubectl, requirements, plan, database(ca=server.authority))
        return "which pods cannot reach" in sentence

    await_that(unreachable, "the policy is in force")
