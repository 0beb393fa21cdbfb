"""The policy pack, in this process: it refuses what `portal check` refuses, whatever an engine adds or leaves out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2
from pulumi.runtime.proto.analyzer_pb2 import ADVISORY, DISABLED, MANDATORY, REMEDIATE

from policies.pack import judged
from policies.pack.analyzer import Analyzer
from policies.pack.engine_graph import Links, engine_graph, registered
from policies.pack.judged import policies
from policies.rules import CHOICES, RULES, refused, violations
from portal.graph.model import UNKNOWN, Graph, Resource
from portal.graph.wire import SECRET_SIGNATURE, SIGNATURE
from tests.graph.broken import BROKEN as BROKEN_KUBERNETES
from tests.graph.broken import changed, changed_inputs
from tests.policies.aws_broken import ALSO, BROKEN, set_to
from tests.policies.engine import CANARY, answers, asked, sentences, struct
from tests.policies.sample import whole_graph
from tests.support.aws_graphs import STACKS as AWS_STACKS
from tests.support.aws_graphs import recorded_file
from tests.support.aws_sample import recorded_sample
from tests.support.checkouts import STACKS
from tests.support.graphs import acme_graph

Mutant = Callable[[Graph], Graph]
POLICIES = {one.name: one for one in policies()}


def named(key: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")


# By the name of the policy that must notice. An engine does not tell whether a resource is retained.
MUTANTS: list[tuple[str, Callable[[], Graph], Mutant]] = [
    *((named(key), whole_graph, mutant) for key, mutant in [*BROKEN.items(), *ALSO]),
    *(
        (named(key), partial(acme_graph, "local"), mutant)
        for key, mutant in BROKEN_KUBERNETES.items()
        if key != "data_is_kept"
    ),
]
RECORDED: dict[str, Callable[[], Graph]] = {
    **{stack: partial(acme_graph, stack) for stack in STACKS},
    **{f"aws {file.stem}": partial(recorded_file, file, preview=True) for file in sorted(AWS_STACKS.glob("*.yaml"))},
    "aws sample": recorded_sample,
}


def as_an_engine_has_it(graph: Graph) -> Graph:
    """What an engine cannot tell, and what pulumi-aws adds."""
    return replace(graph, outputs={}, resources={one.urn: _as_an_engine_has_it(graph, one) for one in graph})


def _as_an_engine_has_it(graph: Graph, one: Resource) -> Resource:
    provider = graph.resources.get(one.provider)
    region = provider.inputs.get("region") if provider is not None else None
    added = {"region": region} if one.type.startswith("aws:") and region is not None else {}
    return replace(one, inputs={**added, **one.inputs}, retain_on_delete=True)


def heard(graph: Graph) -> Graph:
    """The graph that a pack makes of what an engine asks."""
    analyzer = Analyzer()
    about, stack = asked(graph)
    for one in about:
        analyzer.Analyze(one, None)
    return analyzer.graph(stack)


@pytest.mark.parametrize("name", RECORDED)
def test_a_graph_arrives_as_the_recorder_has_it(name: str) -> None:
    graph = RECORDED[name]()
    assert heard(graph).resources == as_an_engine_has_it(graph).resources


@pytest.mark.parametrize("name", [*RECORDED, "everything of AWS"])
def test_the_stacks_that_are_accepted_are_accepted_by_the_pack(name: str) -> None:
    graph = RECORDED.get(name, whole_graph)()
    assert refused(graph) == []
    found = answers(asked(graph))
    assert [one.message for one in found if one.enforcementLevel != ADVISORY] == []
    assert sorted(sentences(found)) == sorted(violations(as_an_engine_has_it(graph)))


@pytest.mark.parametrize(
    ("name", "graph", "mutant"), MUTANTS, ids=[f"{index}-{name}" for index, (name, _, _) in enumerate(MUTANTS)]
)
def test_a_rule_says_of_what_it_hears_what_it_says_of_a_recording(
    name: str, graph: Callable[[], Graph], mutant: Mutant
) -> None:
    policy, broken = POLICIES[name], mutant(graph())
    said = judged.violations(policy, heard(broken))
    assert said
    assert [one.sentence for one in said] == list(policy.rule(broken))


@pytest.mark.parametrize("mutant", [BROKEN["RDS.2"], BROKEN["ELB.16"], BROKEN["RDS.3"]])
def test_the_pack_says_what_all_rules_say(mutant: Mutant) -> None:
    broken = mutant(whole_graph())
    found = answers(asked(broken))
    assert found
    assert sentences(found) == violations(broken)
    assert sentences(one for one in found if one.enforcementLevel == MANDATORY) == refused(broken)


def test_a_violation_names_its_resource_also_if_others_have_its_name() -> None:
    graph = BROKEN["RDS.2"](whole_graph())
    (found,) = answers(asked(graph))
    assert graph.resources[found.urn].type == "aws:rds/instance:Instance"
    assert len([one for one in graph if one.name == graph.resources[found.urn].name]) > 1


def test_a_violation_of_a_container_names_the_workload() -> None:
    graph = BROKEN_KUBERNETES["images_by_digest"](acme_graph("local"))
    found = answers(asked(graph))
    assert {graph.resources[one.urn].type for one in found} == {"kubernetes:apps/v1:Deployment"}


def test_a_secret_is_in_no_sentence_wherever_a_program_puts_it() -> None:
    def with_secret_image(resource: Resource) -> Resource:
        path = ("spec", "template", "spec", "containers", 0, "image")
        return replace(resource, secret=resource.secret | {path})

    graph = changed(acme_graph("local"), "Deployment", with_secret_image)
    about, stack = questions = asked(graph)
    assert any(CANARY.encode() in one.SerializeToString() for one in about)
    found = answers(questions)
    assert any("image [secret] is not pinned" in one for one in sentences(found))
    assert any("holds a secret at" in one for one in sentences(found))
    assert all(CANARY.encode() not in one.SerializeToString() for one in found)
    assert CANARY not in repr(heard(graph))
    assert stack.resources


def test_a_rule_that_fails_refuses_without_a_value() -> None:
    graph = changed_inputs(acme_graph("local"), "NetworkPolicy", lambda inputs: inputs.update(spec="planted-canary"))
    found = [one for one in answers(asked(graph)) if "does not understand" in one.message]
    assert {one.enforcementLevel for one in found} == {MANDATORY}
    assert all("canary" not in one.message for one in found)
    assert found


@pytest.mark.parametrize(
    "text",
    [
        *("04da6b54-80e4-46f7-96ec-b56ff0331ba9", "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"),
        *("3eeb2bf0-c639-47a8-9e75-3b44932eb421", "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"),
        *("030794c1-ac77-496b-92df-f27374a8bd58", "e48ece36-62e2-4504-bad9-02848725956a"),
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    ],
)
def test_whatever_is_not_known_yet_is_unknown(text: str) -> None:
    """One for each type that a provider may promise (pulumi-policy's proxy.py has the same seven)."""
    inputs = {"a": {"b": [text]}, "c": {SIGNATURE: SECRET_SIGNATURE, "value": text}}
    one = registered(urn="u", kind="aws:x:Y", name="y", provider="p", protect=False, inputs=inputs)
    assert one.inputs == {"a": {"b": [UNKNOWN]}, "c": UNKNOWN}
    assert one.unknown == {("a", "b", 0), ("c",)}
    assert one.secret == {("c",)}


@pytest.mark.parametrize(
    ("provider", "explicit"), [("default", False), ("default_7_51_1", False), ("defaults", True), ("aws", True)]
)
def test_a_provider_that_the_engine_made_by_itself_is_none(provider: str, explicit: bool) -> None:
    urn = f"urn:pulumi:prod::portal::pulumi:providers:aws::{provider}"
    one = registered(urn="u", kind="aws:x:Y", name="y", provider=urn, protect=False, inputs={})
    assert one.custom
    assert bool(one.provider) is explicit


def test_what_the_program_did_not_register_is_not_judged() -> None:
    """With `--target`, the engine lists what is in the state only."""
    one = registered(urn="u::a", kind="aws:x:Y", name="a", provider="p", protect=False, inputs={})
    graph = engine_graph("prod", {one.urn: one}, [Links(urn="u::a"), Links(urn="u::only-in-the-state")])
    assert [*graph.resources] == ["u::a"]


@pytest.mark.parametrize(("level", "said"), [(DISABLED, []), (ADVISORY, [ADVISORY]), (REMEDIATE, [MANDATORY])])
def test_a_policy_group_decides_about_single_policies(level: Any, said: list[Any]) -> None:
    analyzer = Analyzer()
    config = {"rds-2": analyzer_pb2.PolicyConfig(enforcementLevel=level)}
    analyzer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=config), None)
    found = answers(asked(BROKEN["RDS.2"](whole_graph())), analyzer)
    assert [one.enforcementLevel for one in found] == said


def test_the_pack_lists_every_rule_once() -> None:
    (listed, known) = (Analyzer().GetAnalyzerInfo(None, None).policies, [*policies()])  # pyright: ignore[reportArgumentType]
    assert [one.rule for one in known] == [*RULES]
    assert [one.rule for one in known if not one.mandatory] == [rule for rule in RULES if rule in CHOICES]
    assert len({one.name for one in listed}) == len(listed) == len(RULES)
    assert [one.name for one in listed if not re.fullmatch(r"[a-z0-9][a-z0-9-]{2,98}", one.name)] == []
    assert [one.name for one in listed if not one.description or "\n" in one.description] == []
    assert [one.enforcementLevel == MANDATORY for one in listed] == [one.mandatory for one in known]


def test_nothing_is_changed() -> None:
    assert Analyzer().Remediate(analyzer_pb2.AnalyzeRequest(), None) == analyzer_pb2.RemediateResponse()


@pytest.mark.parametrize(("region", "refuses"), [("eu-central-1", False), ("us-east-1", True), (UNKNOWN, False)])
def test_a_region_that_the_provider_wrote_is_not_another_one(region: str, refuses: bool) -> None:
    graph = set_to("Bucket", "portal-prod-docs-bucket", region=region)(whole_graph())
    assert bool(violations(graph)) is refuses


def test_numbers_are_whole_again() -> None:
    """Protocol buffers have floats only."""
    about = analyzer_pb2.AnalyzeRequest(urn="u", type="a:b:C", properties=struct({"port": 443}))
    analyzer = Analyzer()
    analyzer.Analyze(about, None)
    stack = analyzer_pb2.AnalyzeStackRequest(resources=[analyzer_pb2.AnalyzerResource(urn="u")])
    assert repr(analyzer.graph(stack).resources["u"].inputs["port"]) == "443"
