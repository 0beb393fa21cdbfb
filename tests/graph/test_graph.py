"""What the program registers, as tests see it: complete, the same at preview and afterwards, and without a secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from policies.control import Rule
from policies.rules import GENERAL, violations
from portal.base.checkout import Checkout
from portal.command.context import Context
from portal.command.verbs.render import write
from portal.graph.manifests import manifest_files
from portal.graph.mermaid import mermaid
from portal.graph.model import Graph
from portal.graph.program import record_stack
from portal.graph.recorder import RefusedError
from portal.stackfile.generated import checked_configuration
from portal.stackfile.read import read_stack_file
from tests.graph.broken import BROKEN
from tests.support.checkouts import ROOT, STACKS
from tests.support.graphs import acme_graph, graph_of

GOLDEN = ROOT / "tests" / "golden"


@pytest.mark.parametrize("stack", STACKS)
def test_manifests_are_the_golden_ones(stack: str, update_golden: bool) -> None:
    """A change of what is deployed shows in a pull request. `make golden` writes them anew."""
    folder = GOLDEN / stack
    files = {**manifest_files(acme_graph(stack)), "graph.mmd": mermaid(acme_graph(stack))}
    if update_golden:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, text in files.items():
            (folder / name).write_text(text)
    assert {path.name: path.read_text() for path in folder.iterdir()} == files


@pytest.mark.parametrize("stack", STACKS)
def test_no_rule_is_violated(stack: str) -> None:
    assert violations(acme_graph(stack)) == []


@pytest.mark.parametrize("stack", STACKS)
def test_preview_and_deployment_register_the_same(stack: str) -> None:
    """A resource made inside an apply would be missing from previews."""
    preview, deployment = (acme_graph(stack, preview=preview, built=True) for preview in (True, False))
    assert set(preview.resources) == set(deployment.resources)
    assert not any(resource.unknown for resource in deployment)


def test_nothing_that_a_person_reads_depends_on_the_hash_seed(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    """This process has a seed of its own."""
    write(Context(checkout.root), "e2e", None)
    program = (
        "import sys; from pathlib import Path; from portal.command.context import Context;"
        "from portal.command.verbs.render import write; write(Context(Path(sys.argv[1])), 'e2e', None)"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program, str(checkout.root)],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert elsewhere.stdout == capsys.readouterr().out


@pytest.mark.parametrize("stack", STACKS)
def test_planted_secrets_are_in_no_graph_and_no_manifest(checkout: Checkout, stack: str) -> None:
    file = read_stack_file(checkout, stack)
    config, secret_keys = checked_configuration(checkout, file)
    names = json.loads(config["portal:secrets"])
    planted = {name: f"planted-{index}-canary" for index, name in enumerate(names)}
    graph = record_stack(checkout, stack, {**config, "portal:secrets": json.dumps(planted)}, secret_keys)
    seen = repr(graph) + "".join(manifest_files(graph).values()) + mermaid(graph)
    assert "canary" not in seen


def test_a_changed_title_changes_the_config_map_the_deployment_and_nothing_else(checkout: Checkout) -> None:
    before = acme_graph("local")
    checkout.portal_file.write_text(checkout.portal_file.read_text() + "\ntitle: Another title\n")
    after = graph_of(checkout, "local")
    gone, new = set(before.resources) - set(after.resources), set(after.resources) - set(before.resources)
    names = ["backstage-config", "verified", "verify", "verify-files"]
    for urns in (gone, new):
        assert sorted(urn.split(":")[-1].rsplit("-", 1)[0] for urn in urns) == names
    changed = [
        urn for urn in set(before.resources) & set(after.resources) if before.resources[urn] != after.resources[urn]
    ]
    assert [after.resources[urn].type.rsplit(":", 1)[-1] for urn in changed] == ["Deployment"]


def test_a_changed_secret_changes_its_own_name_and_the_pods_that_read_it(checkout: Checkout) -> None:
    config, secret_keys = checked_configuration(checkout, read_stack_file(checkout, "local"))

    def with_password(password: str) -> Graph:
        values = {**json.loads(config["portal:secrets"]), "DATABASE_PASSWORD": password}
        return record_stack(checkout, "local", {**config, "portal:secrets": json.dumps(values)}, secret_keys)

    before, after = with_password("one"), with_password("two")
    renamed = {urn.rsplit("::", 1)[-1].rsplit("-", 1)[0] for urn in set(before.resources) ^ set(after.resources)}
    assert renamed == {
        *("backstage-secrets", "database-password", "migrate-secrets"),
        *("migrate", "verify", "verified"),
    }
    both = set(before.resources) & set(after.resources)
    changed = [u for u in both if before.resources[u].inputs != after.resources[u].inputs]
    assert sorted(after.resources[u].name for u in changed) == ["backstage-server", "database-server"]


def test_whatever_changes_the_pods_or_their_network_is_verified_anew(checkout: Checkout) -> None:
    """Else a record of another deployment would count for this one."""
    before = acme_graph("local")
    for setting in ("portal:resources: {cpu: 300m}", "portal:egress: [{cidr: 10.1.0.0/16, ports: [443]}]"):
        file = checkout.stack_file("local")
        committed = file.read_text()
        file.write_text(f"{committed.rstrip()}\n  {setting}\n")
        after = graph_of(checkout, "local")
        file.write_text(committed)
        new = {urn.split("::")[-1].rpartition("-")[0] for urn in set(after.resources) - set(before.resources)}
        assert new == {"verify", "verified"}, setting


def test_objects_wait_for_what_they_mount() -> None:
    """A name passed as a plain string would give the engine no order to work in."""
    graph = acme_graph("local")
    (deployment,) = graph.of_kind("Deployment")
    needed = {urn.rsplit(":", 1)[-1].rsplit("-", 1)[0] for urn in deployment.property_dependencies["spec"]}
    assert {"backstage-config", "backstage-secrets", "backstage", "database"} <= needed


def test_a_deployment_of_an_unbuilt_checkout_is_refused(checkout: Checkout) -> None:
    with pytest.raises(RefusedError, match="portal build"):
        graph_of(checkout, "local", preview=False)


def test_input_errors_end_the_program_without_a_traceback(checkout: Checkout) -> None:
    file = checkout.stack_file("local")
    file.write_text(file.read_text().replace("portal:url: http://localhost:7007", "portal:url: localhost"))
    with pytest.raises(RefusedError) as caught:
        graph_of(checkout, "local")
    # With the line, as `portal check` has it: under Pulumi's engine the program reads the stack's file for that.
    line = file.read_text().splitlines().index("  portal:url: localhost") + 1
    assert f"stacks/Pulumi.local.yaml:{line}: portal:url: got" in caught.value.sentence
    assert "Traceback" not in caught.value.sentence


@pytest.mark.parametrize("rule", GENERAL, ids=lambda rule: rule.__name__)
def test_every_rule_can_fail(rule: Rule) -> None:
    """A rule that nothing violates proves nothing: each is shown a graph that it must refuse."""
    graph = acme_graph("local")
    assert not list(rule(graph))
    assert list(rule(BROKEN[rule.__name__](graph)))  # pyright: ignore[reportFunctionMemberAccess] - rules are functions
