"""A stack's entities say what its graph has, the catalog takes them, and the same stack gives the same bytes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.yaml_document import parse_documents
from portal.checks import findings
from portal.checks.content_entity import entity_findings
from portal.checks.entity_name import entity_name
from portal.graph import environment as module
from portal.graph.environment import MARKER, Environment, Ownership, Shown, catalog_file, entities, references
from portal.graph.inventory import BuiltComponent, Inventory, components_of, take_inventory
from portal.plan import load_plan
from tests.support.checkouts import ACME, ROOT, STACKS
from tests.support.graphs import acme_graph

GOLDEN = ROOT / "tests" / "golden" / "environments.yaml"
OWNED = Ownership("group:default/platform", "system:default/developer-portal")
FULL = Environment(
    "prod",
    target="kubernetes",
    url="https://portal.acme.example",
    release="r-0123456789ab",
    program="b" * 40,
    verified=datetime(2026, 11, 27, 10, 12, tzinfo=timezone(timedelta(hours=1))),
    expires=datetime(2026, 12, 1, tzinfo=UTC),
)
BUCKET = "portal:storage:S3Bucket"


def inventory(**types: bool) -> Inventory:
    """An inventory of components by name, whose types say that they are databases; and whether each has resources."""
    found = [BuiltComponent.model_construct(type="portal:backstage:Backstage", name="backstage", has_resources=True)]
    for name, has_resources in types.items():
        found.append(BuiltComponent.model_construct(type="portal:database:Any", name=name, has_resources=has_resources))
    return Inventory.model_construct(title="Acme Portal", components=tuple(found))


def acme_file() -> str:
    """What the stacks of Acme's portal are, with all that a file and a cluster can say."""
    found: list[dict[str, Any]] = []
    for stack in STACKS:
        components = components_of(acme_graph(stack))
        stock = Inventory.model_construct(title="Acme Portal", components=components)
        found += entities(replace(FULL, stack=stack, inventory=stock), OWNED)
    return catalog_file(found)


def test_the_file_is_the_golden_one(update_golden: bool) -> None:
    if update_golden:
        GOLDEN.write_text(acme_file())
    assert GOLDEN.read_text() == acme_file()


def test_the_content_checks_accept_the_file_and_see_what_is_wrong_in_it(checkout: Checkout) -> None:
    """In content/, where people put it: its kinds, its names, and the owner and the system that it refers to."""
    file, root = (checkout.root / "content" / "catalog" / name for name in ("environments.yaml", "all.yaml"))
    root.write_text(f"{root.read_text().rstrip()}\n    - ./environments.yaml\n")
    file.write_text(acme_file())
    assert findings(load_plan(checkout, "local")) == []
    file.write_text(acme_file().replace("owner: group:default/platform", "owner: group:default/platfrom", 1))
    (found,) = findings(load_plan(checkout, "local"))
    assert "environments.yaml" in found.where
    assert "did you mean group:default/platform?" in found.fix


@pytest.mark.parametrize("stack", STACKS)
def test_the_database_is_what_the_graph_says(stack: str) -> None:
    """The stack `kubernetes` uses a database that others operate, and no stack has to say it twice."""
    stock = Inventory.model_construct(title="Acme Portal", components=components_of(acme_graph(stack)))
    found = entities(Environment(stack, inventory=stock), OWNED)
    assert [one["spec"]["type"] for one in found] == ["environment", "website", "database"]
    _, portal, database = found
    external = bool(acme_graph(stack).of_kind("StatefulSet")) is False
    assert external == (stack == "kubernetes")
    assert ("dependsOn" in database["spec"]) is not external
    assert database["metadata"]["description"].startswith("Operated elsewhere" if external else "Deployed with")
    assert portal["spec"]["dependsOn"] == [f"resource:environments/{stack}", f"resource:environments/{stack}.database"]


def test_a_stack_without_an_inventory_is_an_environment() -> None:
    (found,) = entities(replace(FULL, inventory=Inventory(fault="a secret is missing")), OWNED)
    assert found["metadata"]["links"] == [{"url": "https://portal.acme.example", "title": "Portal"}]
    (bare,) = entities(Environment("prod"), Ownership("group:default/platform"))
    assert "links" not in bare["metadata"]
    assert bare["metadata"]["annotations"] == {"portal/stack": "prod"}
    assert bare["spec"] == {"type": "environment", "owner": "group:default/platform"}


def test_times_are_in_utc() -> None:
    annotations = entities(FULL, OWNED)[0]["metadata"]["annotations"]
    assert annotations["portal/verified-at"] == "2026-11-27T09:12:00Z"
    assert annotations["portal/expires-at"] == "2026-12-01T00:00:00Z"


def test_one_more_kind_of_resource_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here a bucket. Without the line, the catalog does not show it."""
    bucket = BuiltComponent.model_construct(type=BUCKET, name="techdocs", has_resources=True)
    stock = Inventory.model_construct(title="Acme Portal", components=(*inventory(database=True).components, bucket))
    described = replace(FULL, inventory=stock)
    assert len(entities(described, OWNED)) == 3
    monkeypatch.setattr(module, "SHOWN", {**module.SHOWN, "portal:storage": Shown("Resource", "s3-bucket", "{}")})
    found = entities(described, OWNED)
    assert found[-1]["spec"]["type"] == "s3-bucket"
    assert list(references(found))[-1] in found[1]["spec"]["dependsOn"]


def test_only_a_promoted_portal_is_in_production() -> None:
    def lifecycle(release: str | None) -> str:
        described = Environment("prod", release=release, inventory=inventory(database=True))
        return entities(described, OWNED)[1]["spec"]["lifecycle"]

    assert [lifecycle(one) for one in ("r-0123456789ab", "workspace", None)] == ["production", *["experimental"] * 2]


@pytest.mark.parametrize(
    "stack",
    ["null", "true", "on", "1e5", "0x1f", "012", "2026-01-01", "prod-database", "s" * 63, f"{'s' * 48}-{'t' * 14}"],
)
def test_whatever_a_stack_is_called_the_catalog_takes_its_entities(stack: str) -> None:
    """And a commit whose id looks like a number."""
    described = replace(FULL, stack=stack, program=f"12e{'1' * 37}", inventory=inventory(database=True))
    found = entities(described, OWNED)
    read = parse_documents(catalog_file(found).encode(), "environments.yaml")
    assert [document.data for document in read] == found, "no text became a number"
    assert [error.sentence for document in read for error in entity_findings(document)] == []
    assert [entity_name(document) for document in read] == list(references(found))


def test_names_are_unique_whatever_the_stacks_are_called() -> None:
    """Also if two long names begin in the same way, and if one is called like the database of another."""
    stacks = ("prod", "prod-database", "s" * 63, f"{'s' * 62}t")
    found = [
        name
        for stack in stacks
        for name in references(entities(replace(FULL, stack=stack, inventory=inventory(database=True)), OWNED))
    ]
    assert len(set(found)) == len(found) == 12


def test_the_first_line_is_how_the_command_knows_its_files() -> None:
    assert acme_file().startswith(f"{MARKER}\n")
    assert MARKER.startswith("# ")


def test_a_component_has_resources_if_anything_below_it_is_one() -> None:
    found = {one.type.rpartition(":")[2]: one.has_resources for one in components_of(acme_graph("kubernetes"))}
    assert found["Backstage"]
    assert not found["ExternalDatabase"]
    assert not found["ExistingCluster"], "a provider is no resource"


@pytest.mark.parametrize("stack", STACKS)
def test_an_inventory_needs_no_secret(checkout: Checkout, stack: str) -> None:
    """A checkout whose secrets nobody has stored yet: what a stack has does not depend on them."""
    checkout.generated_stack_file(stack).unlink(missing_ok=True)
    shutil.copyfile(ACME / "stacks" / f"Pulumi.{stack}.yaml", checkout.stack_file(stack))
    assert (load_plan(checkout, stack).missing_secrets == ()) is (stack == "local")
    found = take_inventory(checkout, stack, "portal environments")
    assert found.fault is None
    assert found.components == components_of(acme_graph(stack))


def test_what_the_checks_refuse_is_the_fault(checkout: Checkout) -> None:
    file = checkout.stack_file("local")
    file.write_text(f"{file.read_text()}  portal:replicas: 99\n  portal:plugin: {{}}\n")
    found = take_inventory(checkout, "local", "portal environments")
    assert found.components == ()
    assert found.fault is not None
    assert "portal:replicas" in found.fault
    assert found.fault.endswith(" (and 1 more)")
