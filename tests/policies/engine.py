"""What Pulumi's engine asks a policy pack about the stack of a graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2

from policies.pack.analyzer import Analyzer
from portal.base.json_types import is_list, is_mapping
from portal.graph.model import UNKNOWN, Graph, Path, Resource
from portal.graph.wire import SECRET_SIGNATURE, SIGNATURE, UNKNOWN_ON_THE_WIRE

# What stands for every secret: it must come back in no answer.
CANARY = "planted-canary"
# What comes out of every resource, and would break rules if one judged it.
_CAME_OUT = {"publiclyAccessible": True, "ingress": [{"cidrBlocks": ["0.0.0.0/0"]}], "egress": [{"protocol": "-1"}]}

Asked = tuple[list[analyzer_pb2.AnalyzeRequest], analyzer_pb2.AnalyzeStackRequest]


def asked(graph: Graph) -> Asked:
    """The question about each resource, and the one about the stack."""
    root = f"urn:pulumi:{graph.stack}::portal::pulumi:pulumi:Stack::portal-{graph.stack}"
    stack = Resource(root, "pulumi:pulumi:Stack", f"portal-{graph.stack}", "", False, "", {})
    resources = [stack, *reversed(list(graph))]
    return (
        [_about(graph, one) for one in resources],
        analyzer_pb2.AnalyzeStackRequest(resources=[_links(one) for one in resources]),
    )


def answers(questions: Asked, analyzer: Analyzer | None = None) -> list[analyzer_pb2.AnalyzeDiagnostic]:
    """What a pack answers in this process."""
    analyzer = analyzer or Analyzer()
    about, stack = questions
    for one in about:
        assert analyzer.Analyze(one, None) == analyzer_pb2.AnalyzeResponse()
    return list(analyzer.AnalyzeStack(stack, None).diagnostics)


def sentences(found: Iterable[analyzer_pb2.AnalyzeDiagnostic]) -> list[str]:
    """The sentences of answers, without the titles of their rules."""
    return [one.message.removeprefix(f"{one.description}\n") for one in found]


def _about(graph: Graph, resource: Resource) -> analyzer_pb2.AnalyzeRequest:
    inputs = dict(resource.inputs)
    provider = graph.resources.get(resource.provider)
    if resource.type.startswith("aws:") and provider is not None and "region" in provider.inputs:
        # As pulumi-aws does it (provider/region.go).
        inputs.setdefault("region", provider.inputs["region"])
    urn = resource.provider
    if resource.custom and not resource.is_provider and not urn:
        package = resource.type.partition(":")[0]
        urn = f"urn:pulumi:{graph.stack}::portal::pulumi:providers:{package}::default_1_2_3"
    return analyzer_pb2.AnalyzeRequest(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        properties=struct(_on_the_wire(resource, inputs)),
        options=analyzer_pb2.AnalyzerResourceOptions(protect=resource.protect, parent=resource.parent),
        provider=analyzer_pb2.AnalyzerProviderResource(urn=urn) if urn else None,
    )


def _links(resource: Resource) -> analyzer_pb2.AnalyzerResource:
    return analyzer_pb2.AnalyzerResource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        properties=struct(_CAME_OUT),
        parent=resource.parent,
        dependencies=resource.dependencies,
        propertyDependencies={
            key: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
            for key, urns in resource.property_dependencies.items()
        },
    )


def _on_the_wire(resource: Resource, value: Any, path: Path = ()) -> Any:
    if path in resource.secret:
        return {SIGNATURE: SECRET_SIGNATURE, "value": UNKNOWN_ON_THE_WIRE if value == UNKNOWN else CANARY}
    if is_mapping(value):
        return {key: _on_the_wire(resource, item, (*path, key)) for key, item in value.items()}
    if is_list(value):
        return [_on_the_wire(resource, item, (*path, index)) for index, item in enumerate(value)]
    return UNKNOWN_ON_THE_WIRE if value == UNKNOWN else value


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    """Properties, as they are sent."""
    sent = struct_pb2.Struct()
    sent.update(values)
    return sent
