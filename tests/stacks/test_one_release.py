"""The same portal.yaml is one release wherever it runs: the same plugins, the same image, by the same digest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.graph.model import Graph
from portal.graph.program import record_plan
from portal.plan import Plan, load_plan
from portal.targets import targets
from tests.support.aws_graphs import STACKS
from tests.support.checkouts import copy_checkout, give_secrets
from tests.support.kept_releases import keep_release, point_to

RELEASE = "r-000000000001"
IMAGE = "registry.acme.example/portal@sha256:" + "7" * 64
# One for each target that has a portal.
BY_TARGET = {"local": "local", "kubernetes": "kubernetes", "aws": "prod"}


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Plan]:
    """The stack of each target, all with one release whose image is in a registry."""
    checkout = copy_checkout(tmp_path_factory.mktemp("one") / "checkout")
    text = (STACKS / "prod.yaml").read_text().splitlines(keepends=True)
    checkout.stack_file("prod").write_text("".join(line for line in text if "portal:image:" not in line))
    name, _, digest = IMAGE.partition("@")
    keep_release(checkout, RELEASE, "1.js", portal={"name": name, "index": digest})
    for stack in BY_TARGET.values():
        point_to(checkout, stack, RELEASE)
        give_secrets(checkout, stack)
    return {target: load_plan(checkout, stack) for target, stack in BY_TARGET.items()}


def test_every_target_with_a_portal_is_here() -> None:
    assert set(BY_TARGET) == {name for name, target in targets().items() if target.portal}


def test_they_have_one_release(plans: dict[str, Plan]) -> None:
    found = list(plans.values())
    assert {plan.release.id for plan in found} == {RELEASE}
    assert [plan.release for plan in found] == [found[0].release] * len(found)
    assert {plan.target.name for plan in found} == set(BY_TARGET)


def test_their_pods_run_one_image_by_its_digest(plans: dict[str, Plan]) -> None:
    found = {target: images_of(drawn(plan)) for target, plan in plans.items()}
    mirror = {target: plan.settings.images.registry for target, plan in plans.items()}
    for target, images in found.items():
        assert images
        expected = IMAGE if mirror[target] is None else IMAGE.replace("registry.acme.example", str(mirror[target]))
        assert images == {expected}, target


def images_of(graph: Graph) -> set[str]:
    """The images of Backstage's own containers."""
    pods = [one.inputs["spec"]["template"]["spec"] for one in graph.of_kind("Deployment") if "backstage" in one.name]
    return {container["image"] for pod in pods for container in pod["containers"]}


def drawn(plan: Plan) -> Graph:
    kept_in = plan.loaded.kept_in
    assert kept_in is not None
    return record_plan(kept_in, replace(plan.with_stand_ins(), checked=True))
