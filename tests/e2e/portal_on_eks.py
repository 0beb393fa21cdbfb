"""A whole portal of a committed stack on AWS, on the own node: as the program makes it, and as EKS would change it."""

from __future__ import annotations

import json
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.base.checkout import Checkout
from portal.base.process import output
from portal.base.progress import PlainProgress
from portal.contract import OWN_DATABASE, OWN_ROLE
from portal.deploy.kubectl_engine import apply_graph
from portal.graph.accepted import require_accepted
from portal.graph.model import Graph
from portal.graph.program import record_stack
from portal.kubernetes.kubectl import Kubectl
from portal.kubernetes.ownership import own_selector
from portal.node.layout import NodeLayout
from portal.node.lifecycle import Node
from portal.plan import make_plan
from portal.release.images import built_images
from portal.stackfile.generated import checked_configuration
from portal.stackfile.read import read_stack_file
from tests.components.postgres import server
from tests.e2e.auto_mode import auto_mode
from tests.e2e.aws_network import NAMES, AwsNetwork, aws_network
from tests.e2e.pods_on_eks import Associations, as_on_eks
from tests.support.aws_graphs import STACKS

STACK, NAMESPACE = "dev", "portal-dev"
# Backstage reads these as numbers.
NUMBERS = {"GITHUB_APP_ID": "4711"}


@dataclass(frozen=True)
class Running:
    """The portal that runs, and what it was made from."""

    kubectl: Kubectl
    network: AwsNetwork
    graph: Graph

    def sql(self, statement: str) -> list[str]:
        """Rows, as the administrator of the server, whom RDS shows to nobody."""
        return self.network.server.query(statement, "postgres", OWN_DATABASE)

    def in_pod(self, *words: str, given: str | None = None) -> str:
        """What a command says that runs in Backstage's pod."""
        place = ("exec", "--stdin", f"--namespace={NAMESPACE}", "deployment/backstage", "--")
        return output(self.kubectl.command(*place, *words, patience=0), stdin=given)

    def name_of(self, component: str) -> str:
        """The name of the only Job of a component."""
        (job,) = [one for one in self.graph.of_kind("Job") if _component(one.inputs) == component]
        return str(job.inputs["metadata"]["name"])

    def log(self, job: str) -> list[str]:
        """The lines that the pod of a Job said."""
        return output(self.kubectl.command("logs", f"--namespace={NAMESPACE}", f"job/{job}")).splitlines()


def _component(item: Any) -> str:
    return str(item["metadata"]["labels"]["app.kubernetes.io/component"])


def graph_on_eks(checkout: Checkout, authority: str) -> Graph:
    """The committed stack with the image of this checkout, and with ``ca:``."""
    images = built_images(checkout)
    assert images is not None
    file = read_stack_file(checkout, STACK, STACKS / f"{STACK}.yaml")
    config, secret_keys = checked_configuration(checkout, file)
    config["portal:image"] = images.portal.reference
    config["portal:database"] = json.dumps({**json.loads(config["portal:database"]), "ca": authority})
    needs = make_plan(checkout, STACK, config, secret_keys, file.where).needs
    config["portal:secrets"] = json.dumps({**{name: f"fake-{name.lower()}" for name in needs}, **NUMBERS})
    keys = [*secret_keys, "portal:secrets"]
    return require_accepted(record_stack(checkout, STACK, config, keys, preview=False, reveal=True))


@contextmanager
def portal_on_eks(kubectl: Kubectl, checkout: Checkout, folder: Path) -> Generator[Running]:
    """The portal, deployed by what deploys local stacks: in the order of its graph. ``folder`` gets certificates."""
    node = Node(NodeLayout(checkout.node))
    with (
        server() as postgres,
        aws_network(node, postgres, OWN_ROLE, OWN_DATABASE, folder) as network,
        auto_mode(kubectl),
    ):
        # The browser's library keeps an event loop in the main thread.
        with ThreadPoolExecutor(max_workers=1) as pool:
            recorded = pool.submit(graph_on_eks, checkout, network.database_authority).result()
        associated = Associations.of(recorded)
        network.aws.role_of = lambda token: associated.account_of(kubectl.api, token)
        network.aws.may = associated.may
        graph = as_on_eks(recorded, associated, NAMES, network.authority)
        output(kubectl.command("wait", "--for=delete", f"namespace/{NAMESPACE}", "--timeout=60s", patience=0))
        try:
            apply_graph(kubectl, graph, NAMESPACE, PlainProgress(), {})
            yield Running(kubectl, network, graph)
        finally:
            _take_down(kubectl)


def _take_down(kubectl: Kubectl) -> None:
    """Nobody is served: no need to wait for what a portal does for its users before it ends."""
    inside = ("--all", f"--namespace={NAMESPACE}")
    for words in (
        # Whoever owns a pod would delete it with all the time that it may take.
        ("deployments,replicasets,jobs", *inside, "--cascade=orphan"),
        ("pods", *inside, "--now", "--wait=false"),
        ("clusterroles,clusterrolebindings", f"--selector={own_selector(STACK)}"),
        ("namespace", NAMESPACE, "--ignore-not-found", "--wait=false"),
    ):
        output(kubectl.command("delete", *words, patience=0))
