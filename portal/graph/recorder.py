"""Run a Pulumi program under a recording monitor. No other module of ``portal`` uses Pulumi's SDK.

A program is any function that makes resources. In a preview, what only a deployment knows is unknown. In a deployment,
it has fixed values. A resource that is made inside an ``apply`` is in one of the two only: a test compares them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pulumi
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import mocks, settings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from portal.base.errors import InputError, PortalError
from portal.graph.model import Graph, Resource
from portal.graph.provider import computed_outputs
from portal.graph.wire import Read, with_computed

PROJECT = "portal"
ROOT_TYPE = "pulumi:pulumi:Stack"


class RefusedError(InputError):
    """The program rejected its input (``pulumi.RunError``). The message is the program's own."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(where="", key="", got="", allowed="", fix="")

    @property
    def sentence(self) -> str:
        """The program's own words."""
        return self.text


class _Recorder(mocks.MockMonitor):
    """A resource monitor that keeps every registration. It answers with the inputs, and with what a provider adds."""

    def __init__(self, stack: str, *, preview: bool, reveal: bool) -> None:
        super().__init__(mocks=_NoMocks())
        self.stack = stack
        self.preview = preview
        self.reveal = reveal
        self.registered: dict[str, Resource] = {}
        self.outputs: dict[str, Any] = {}

    def RegisterResource(  # noqa: N802 - the protocol's name
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        urn = self._urn(request)
        if request.type == ROOT_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if urn in self.registered:
            raise PortalError(f"the program registers {urn} twice")
        wire: dict[str, Any] = json_format.MessageToDict(request.object)
        self.registered[urn] = self._resource(urn, request, wire)
        return self._answer(urn, request, wire)

    def RegisterResourceOutputs(  # noqa: N802 - the protocol's name
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        if ROOT_TYPE in request.urn:
            self.outputs = Read().plain(json_format.MessageToDict(request.outputs))
        return empty_pb2.Empty()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> NoReturn:  # noqa: N802 - the protocol's name
        raise _asked(f"calls {request.tok}")

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> NoReturn:  # noqa: N802 - the protocol's name
        raise _asked(f"reads the {request.type} {request.id}")

    def _urn(self, request: resource_pb2.RegisterResourceRequest) -> str:
        """A URN with the types of all parents, as an engine makes it."""
        if request.type == ROOT_TYPE:
            return f"urn:pulumi:{self.stack}::{PROJECT}::{ROOT_TYPE}::{request.name}"
        parents = request.parent.split("::")[2] if request.parent and ROOT_TYPE not in request.parent else ""
        kind = f"{parents}${request.type}" if parents else request.type
        return f"urn:pulumi:{self.stack}::{PROJECT}::{kind}::{request.name}"

    def _resource(self, urn: str, request: resource_pb2.RegisterResourceRequest, wire: Mapping[str, Any]) -> Resource:
        read = Read(reveal=self.reveal)
        inputs = read.plain(wire)
        return Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            custom=request.custom,
            provider=request.provider.rsplit("::", 1)[0],
            inputs=inputs,
            secret=frozenset(read.secret),
            unknown=frozenset(read.unknown),
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(value.urns))
                for key, value in sorted(request.propertyDependencies.items())
                if value.urns
            },
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
        )

    def _answer(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, wire: Mapping[str, Any]
    ) -> resource_pb2.RegisterResourceResponse:
        """The inputs, and what only a provider knows, which is unknown in a preview. An empty id is unknown."""
        computed: Mapping[str, Any] = computed_outputs(request.type) if request.custom else {}
        answer = struct_pb2.Struct()
        answer.update(with_computed(wire, computed, unknown=self.preview))
        identity = "" if self.preview or not request.custom else f"id-{request.name}"
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identity, object=answer)


def _asked(what: str) -> PortalError:
    return PortalError(
        f"the program {what}, and it may use no network, cluster or account while it registers resources"
    )


class _NoMocks(mocks.Mocks):
    """The base class requires mocks, but the recorder answers by itself."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise NotImplementedError(args.name)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise NotImplementedError(args.token)


def _features(recorder: Any) -> set[int]:  # noqa: ANN401 - the generated type knows no element type
    return set(recorder.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures)


def record_program(
    program: Callable[[], object],
    *,
    stack: str = "recorded",
    config: Mapping[str, str] | None = None,
    secret_keys: Sequence[str] = (),
    preview: bool = True,
    reveal: bool = False,
) -> Graph:
    """The graph of what a function makes: ``record_program(lambda: Backstage("backstage", args))``.

    ``config`` is what the Pulumi CLI would pass on. ``secret_keys`` are the keys of secrets in it. With ``preview``,
    what only a deployment knows is unknown. ``reveal`` keeps secret values in the graph: only for the engine that
    applies it. A program that rejects its input raises :class:`RefusedError`.
    """
    recorder = _Recorder(stack, preview=preview, reveal=reveal)
    settings.configure(
        mocks.MockSettings(
            monitor=recorder,
            monitor_features=_features(recorder),
            engine=mocks.MockEngine(logging.getLogger("portal.graph")),
            project=PROJECT,
            stack=stack,
            dry_run=preview,
            organization="organization",
            root_directory=str(Path.cwd()),
            callbacks=None,
        )
    )
    settings.set_root_resource(None)  # pyright: ignore[reportArgumentType] - none yet
    pulumi.runtime.set_all_config(dict(config or {}), list(secret_keys))
    _run(program)
    return Graph(stack, dict(sorted(recorder.registered.items())), dict(sorted(recorder.outputs.items())))


def _ignore(_loop: object, _context: object) -> None:
    """Ignore what is still pending when a program is refused."""


def _run(program: Callable[[], object]) -> None:
    async def main() -> None:
        async def run_program() -> None:
            program()

        await run_in_stack(run_program)  # pyright: ignore[reportArgumentType] - it awaits what it calls

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(_ignore)
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(main())
    except pulumi.RunError as error:
        raise RefusedError(str(error)) from None
    finally:
        with suppress(RuntimeError):
            loop.close()
        asyncio.set_event_loop(None)
