"""What a program talks to while it runs: the small engine's side of the protocol.

https://github.com/pulumi/pulumi/blob/master/proto/pulumi/resource.proto and engine.proto
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, resource_pb2
from pulumi.runtime.proto.engine_pb2_grpc import EngineServicer, add_EngineServicer_to_server
from pulumi.runtime.proto.resource_pb2_grpc import ResourceMonitorServicer, add_ResourceMonitorServicer_to_server

from tests.engines.plugins import LARGEST_MESSAGE
from tests.engines.providers.servicer import struct, values
from tests.engines.steps import RefusedStepError, Steps

# Without resource references and output values: then a program sends ids and plain values.
FEATURES = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
)
WORKERS = 16


class Monitor(ResourceMonitorServicer):
    """Passes on what a program registers. It refuses questions: none is asked while resources are registered."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def GetDeploymentInfo(  # noqa: N802 - the protocol's name
        self, request: empty_pb2.Empty, context: object
    ) -> resource_pb2.DeploymentInfo:
        return resource_pb2.DeploymentInfo(supportedFeatures=FEATURES)

    def RegisterResource(  # noqa: N802 - the protocol's name
        self, request: resource_pb2.RegisterResourceRequest, context: grpc.ServicerContext
    ) -> resource_pb2.RegisterResourceResponse:
        try:
            identity, outputs, urn = self._steps.register(request)
        except RefusedStepError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identity, object=struct(outputs))

    def RegisterResourceOutputs(  # noqa: N802 - the protocol's name
        self, request: resource_pb2.RegisterResourceOutputsRequest, context: object
    ) -> empty_pb2.Empty:
        self._steps.registered[request.urn]["outputs"] = values(request.outputs)
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, request: empty_pb2.Empty, context: object) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()


class Log(EngineServicer):
    """Keeps what a program says."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def Log(self, request: engine_pb2.LogRequest, context: object) -> empty_pb2.Empty:  # noqa: N802
        if request.severity != engine_pb2.DEBUG:
            self._lines.append(request.message)
        return empty_pb2.Empty()


@contextmanager
def served(steps: Steps, lines: list[str]) -> Generator[str]:
    """The address of both services."""
    options = [("grpc.max_receive_message_length", LARGEST_MESSAGE)]
    server = grpc.server(ThreadPoolExecutor(WORKERS), options=options)
    add_ResourceMonitorServicer_to_server(Monitor(steps), server)
    add_EngineServicer_to_server(Log(lines), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()
