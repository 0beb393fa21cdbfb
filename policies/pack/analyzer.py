"""The policy pack, as Pulumi's engine talks to it: each rule is a policy, which judges a stack as a whole.

Pulumi's library for policies would hide from the rules what is secret, and would show them what came out of a
deployment instead of what a program asks for. So this is the protocol itself:
https://github.com/pulumi/pulumi/blob/master/proto/pulumi/analyzer.proto
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, plugin_pb2
from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerServicer, add_AnalyzerServicer_to_server

from policies.pack.engine_graph import Links, engine_graph, registered
from policies.pack.judged import Policy, policies, violations
from portal.graph.model import Graph, Resource

NAME = "portal"
# A stack is one message. Pulumi's own programs allow as much.
_LARGEST_MESSAGE = 400 * 1024 * 1024


class Analyzer(AnalyzerServicer):
    """Keeps the inputs of each resource, which never change anything, and judges the stack when it has all of them."""

    def __init__(self) -> None:
        self._stack = ""
        self._resources: dict[str, Resource] = {}
        self._levels: dict[str, analyzer_pb2.EnforcementLevel.ValueType] = {}

    def Analyze(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.AnalyzeRequest, context: object
    ) -> analyzer_pb2.AnalyzeResponse:
        """Remember a resource, before the engine makes it."""
        self._resources[request.urn] = registered(
            urn=request.urn,
            kind=request.type,
            name=request.name,
            provider=request.provider.urn,
            protect=request.options.protect,
            inputs=json_format.MessageToDict(request.properties),
        )
        return analyzer_pb2.AnalyzeResponse()

    def AnalyzeStack(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.AnalyzeStackRequest, context: object
    ) -> analyzer_pb2.AnalyzeResponse:
        """Judge the stack: at the end of a preview, and again at the end of a deployment."""
        graph = self.graph(request)
        return analyzer_pb2.AnalyzeResponse(
            diagnostics=[
                analyzer_pb2.AnalyzeDiagnostic(
                    policyName=policy.name,
                    policyPackName=NAME,
                    description=policy.description,
                    message=f"{policy.description}\n{violation.sentence}",
                    urn=violation.urn,
                    enforcementLevel=level,
                )
                for policy in policies()
                if (level := self._level(policy)) != analyzer_pb2.DISABLED
                for violation in violations(policy, graph)
            ]
        )

    def Remediate(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.AnalyzeRequest, context: object
    ) -> analyzer_pb2.RemediateResponse:
        """Change nothing."""
        return analyzer_pb2.RemediateResponse()

    def GetAnalyzerInfo(  # noqa: N802 - the protocol's name
        self, request: empty_pb2.Empty, context: object
    ) -> analyzer_pb2.AnalyzerInfo:
        """All policies. The pack's version is in ``PulumiPolicy.yaml``."""
        return analyzer_pb2.AnalyzerInfo(
            name=NAME,
            supportsConfig=True,
            policies=[
                analyzer_pb2.PolicyInfo(
                    name=one.name,
                    description=one.description,
                    enforcementLevel=_default_level(one),
                    policy_type=analyzer_pb2.POLICY_TYPE_STACK,
                )
                for one in policies()
            ],
        )

    def GetPluginInfo(  # noqa: N802 - the protocol's name
        self, request: empty_pb2.Empty, context: object
    ) -> plugin_pb2.PluginInfo:
        """Nothing: a pack is no plugin with a version."""
        return plugin_pb2.PluginInfo()

    def Configure(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.ConfigureAnalyzerRequest, context: object
    ) -> empty_pb2.Empty:
        """Take the levels that a team's policy group has for single policies. There is nothing else to configure."""
        self._levels = {name: config.enforcementLevel for name, config in request.policyConfig.items()}
        return empty_pb2.Empty()

    def ConfigureStack(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.AnalyzerStackConfigureRequest, context: object
    ) -> analyzer_pb2.AnalyzerStackConfigureResponse:
        """Take the stack's name. Its configuration, which has secrets, is not read."""
        self._stack = request.stack
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Handshake(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.AnalyzerHandshakeRequest, context: object
    ) -> analyzer_pb2.AnalyzerHandshakeResponse:
        """Nothing is asked of the engine."""
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def Cancel(self, request: empty_pb2.Empty, context: object) -> empty_pb2.Empty:  # noqa: N802 - the protocol's name
        """Nothing takes long enough to be ended early."""
        return empty_pb2.Empty()

    def graph(self, request: analyzer_pb2.AnalyzeStackRequest) -> Graph:
        """The graph of the resources that a question about a stack lists."""
        return engine_graph(
            self._stack,
            self._resources,
            (
                Links(
                    urn=one.urn,
                    parent=one.parent,
                    dependencies=tuple(one.dependencies),
                    property_dependencies={key: tuple(some.urns) for key, some in one.propertyDependencies.items()},
                )
                for one in request.resources
            ),
        )

    def _level(self, policy: Policy) -> analyzer_pb2.EnforcementLevel.ValueType:
        level = self._levels.get(policy.name, _default_level(policy))
        # Nothing is repaired, so whoever asks for a repair gets a refusal.
        return analyzer_pb2.MANDATORY if level == analyzer_pb2.REMEDIATE else level


def _default_level(policy: Policy) -> analyzer_pb2.EnforcementLevel.ValueType:
    return analyzer_pb2.MANDATORY if policy.mandatory else analyzer_pb2.ADVISORY


def serve() -> None:
    """Answer an engine until it ends this process. It reads the port from the first line."""
    server = grpc.server(
        ThreadPoolExecutor(max_workers=4), options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE)]
    )
    add_AnalyzerServicer_to_server(Analyzer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - the protocol
    server.wait_for_termination()
