"""A provider that says what the real one would say, as far as our tables know it, and makes nothing.

The protocol: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderServicer

from portal.base.errors import PortalError
from portal.graph.provider import computed_outputs
from portal.graph.wire import with_computed
from tests.engines.journal import written
from tests.engines.providers.difference import difference


def type_in(urn: str) -> str:
    """The type that a URN names. Only later engines send it besides."""
    return urn.split("::")[2].rpartition("$")[2]


def name_in(urn: str) -> str:
    return urn.split("::", 3)[3]


def values(sent: struct_pb2.Struct) -> dict[str, Any]:
    found: dict[str, Any] = json_format.MessageToDict(sent)
    return found


def struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    sent = struct_pb2.Struct()
    sent.update(dict(properties))
    return sent


class StandIn(ResourceProviderServicer):
    """The provider of one package. Secrets reach it marked as such, and leave it so.

    It knows the types of ``portal/graph/providers``. Deliberately no question (an Invoke), no component and no import:
    no program of a portal needs one.
    """

    def __init__(self, package: str, journal: Path) -> None:
        self._package = package
        self._journal = journal

    def Handshake(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.ProviderHandshakeRequest, context: object
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: plugin_pb2.PluginAttach, context: object) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: object) -> plugin_pb2.PluginInfo:  # noqa: N802
        """The version of the SDK, which engines compare with what the program asks for."""
        return plugin_pb2.PluginInfo(version=version(f"pulumi-{self._package}"))

    def GetSchema(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.GetSchemaRequest, context: object
    ) -> provider_pb2.GetSchemaResponse:
        schema = {"name": self._package, "version": version(f"pulumi-{self._package}")}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def CheckConfig(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.CheckRequest, context: object
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.DiffRequest, context: object
    ) -> provider_pb2.DiffResponse:
        return difference(type_in(request.urn), values(request.old_inputs), values(request.news))

    def Configure(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.ConfigureRequest, context: object
    ) -> provider_pb2.ConfigureResponse:
        with self._done("Configure", request.urn):
            return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.CheckRequest, context: object
    ) -> provider_pb2.CheckResponse:
        """Refuse a type that no table knows."""
        try:
            computed_outputs(type_in(request.urn))
        except PortalError as error:
            return provider_pb2.CheckResponse(failures=[provider_pb2.CheckFailure(property="", reason=str(error))])
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.DiffRequest, context: object
    ) -> provider_pb2.DiffResponse:
        return difference(type_in(request.urn), values(request.old_inputs), values(request.news))

    def Create(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.CreateRequest, context: object
    ) -> provider_pb2.CreateResponse:
        with self._done("Create", request.urn, request.properties, preview=request.preview):
            # A resource that is replaced has another id afterwards.
            identity = "" if request.preview else f"{name_in(request.urn)}-{uuid.uuid4().hex[:8]}"
            outputs = self._outputs(request.urn, request.properties, preview=request.preview)
            return provider_pb2.CreateResponse(id=identity, properties=outputs)

    def Read(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.ReadRequest, context: object
    ) -> provider_pb2.ReadResponse:
        """It is as it was made: nobody else changes anything here."""
        with self._done("Read", request.urn):
            return provider_pb2.ReadResponse(id=request.id, inputs=request.inputs, properties=request.properties)

    def Update(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.UpdateRequest, context: object
    ) -> provider_pb2.UpdateResponse:
        """What was computed once stays, and what is new is computed."""
        with self._done("Update", request.urn, request.news, preview=request.preview):
            outputs = self._outputs(request.urn, request.news, preview=False)
            return provider_pb2.UpdateResponse(properties=outputs)

    def Delete(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.DeleteRequest, context: object
    ) -> empty_pb2.Empty:
        with self._done("Delete", request.urn):
            return empty_pb2.Empty()

    def Invoke(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        with self._done("Invoke", request.tok):
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{request.tok}: no program of a portal asks a cloud")

    def Cancel(self, request: empty_pb2.Empty, context: object) -> empty_pb2.Empty:  # noqa: N802
        """Nothing takes long enough to be ended early."""
        return empty_pb2.Empty()

    def _outputs(self, urn: str, inputs: struct_pb2.Struct, *, preview: bool) -> struct_pb2.Struct:
        return struct(with_computed(values(inputs), computed_outputs(type_in(urn)), unknown=preview))

    def _done(
        self, call: str, urn: str, properties: struct_pb2.Struct | None = None, *, preview: bool = False
    ) -> AbstractContextManager[None]:
        known = values(properties) if properties is not None else {}
        return written(self._journal, call, urn, preview=preview, properties=known)
