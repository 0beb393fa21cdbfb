"""Run the Pulumi program under a recording monitor: the one module of ``portal`` that imports Pulumi's SDK.

The program is the same ``__main__.py`` that an engine runs. As a preview, all that only a deployment knows is unknown;
as a deployment it has fixed values. A resource made inside an ``apply`` shows in one of them only, which a test looks
for.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import runpy
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from portal.base.errors import InputError, PortalError
from portal.base.json_types import is_list, is_mapping
from portal.graph.model import SECRET, UNKNOWN, Graph, Resource

# The wire format's own constants (pulumi/pulumi sdk/python/lib/pulumi/runtime/rpc.py): they never change.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker
_OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

ROOT_TYPE = "pulumi:pulumi:Stack"

# What an API server adds to an object: unknown at preview, something fixed afterwards.
_SERVER_FIELDS = ("uid", "resourceVersion", "creationTimestamp")


# What programs import of the SDK: most of the time that recording one takes.
_PARTS = ("apps.v1", "autoscaling.v2", "core.v1", "networking.v1", "policy.v1", "rbac.v1")


def import_ahead() -> None:
    """Import what a program will: for a thread beside work that waits for others."""
    for part in _PARTS:
        importlib.import_module(f"pulumi_kubernetes.{part}")


class RefusedError(InputError):
    """The program refused its input with a sentence of its own (``pulumi.RunError``)."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(where="", key="", got="", allowed="", fix="")

    @property
    def sentence(self) -> str:
        """The program's own words."""
        return self.text


class _Recorder(mocks.MockMonitor):
    """A resource monitor that keeps every registration and answers with the inputs."""

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
            self.outputs = _plain(json_format.MessageToDict(request.outputs), (), set(), set(), reveal=False)
        return empty_pb2.Empty()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> Any:  # noqa: ANN401, N802 - the protocol's
        raise PortalError(f"the program calls {request.tok}: it may ask nobody anything while it is built")

    def _urn(self, request: resource_pb2.RegisterResourceRequest) -> str:
        """A URN with all parents' types, as an engine makes it."""
        if request.type == ROOT_TYPE:
            return f"urn:pulumi:{self.stack}::portal::{ROOT_TYPE}::{request.name}"
        parents = request.parent.split("::")[2] if request.parent and ROOT_TYPE not in request.parent else ""
        kind = f"{parents}${request.type}" if parents else request.type
        return f"urn:pulumi:{self.stack}::portal::{kind}::{request.name}"

    def _resource(self, urn: str, request: resource_pb2.RegisterResourceRequest, wire: Mapping[str, Any]) -> Resource:
        secret: set[tuple[str | int, ...]] = set()
        unknown: set[tuple[str | int, ...]] = set()
        inputs = _plain(wire, (), secret, unknown, reveal=self.reveal)
        parent = self.registered.get(request.parent)
        return Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            custom=request.custom,
            provider=request.provider.rsplit("::", 1)[0],
            inputs=inputs,
            secret=frozenset(secret),
            unknown=frozenset(unknown),
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(value.urns))
                for key, value in sorted(request.propertyDependencies.items())
                if value.urns
            },
            protect=request.protect or (parent is not None and parent.protect),
            retain_on_delete=request.retainOnDelete,
            delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
            aliases=_aliases(request),
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            timeouts=dict(json_format.MessageToDict(request.customTimeouts)),
            additional_secret_outputs=tuple(request.additionalSecretOutputs),
            version=request.version,
        )

    def _answer(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, wire: dict[str, Any]
    ) -> resource_pb2.RegisterResourceResponse:
        """Outputs are the inputs; what only a server knows is unknown in a preview. An empty id is an unknown one."""
        if request.type.startswith("kubernetes:"):
            metadata = wire.setdefault("metadata", {})
            for name in (*_SERVER_FIELDS, "name"):
                metadata.setdefault(name, rpc.UNKNOWN if self.preview else f"known-{name}")
        answer = struct_pb2.Struct()
        answer.update(wire)
        identity = "" if self.preview or not request.custom else f"id-{request.name}"
        return resource_pb2.RegisterResourceResponse(urn=urn, id=identity, object=answer)


class _NoMocks(mocks.Mocks):
    """The base class wants some; the recorder answers itself."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise NotImplementedError(args.name)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise NotImplementedError(args.token)


def _features(recorder: Any) -> set[int]:  # noqa: ANN401 - the generated type knows no element type
    return set(recorder.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures)


def record(
    root: Path,
    stack: str,
    config: Mapping[str, str],
    secret_keys: Sequence[str],
    *,
    preview: bool = True,
    reveal: bool = False,
) -> Graph:
    """The graph of a stack: run ``__main__.py`` in ``root`` with a configuration as the Pulumi CLI would hand it over.

    ``preview``: what only a deployment knows is unknown. ``reveal`` keeps secret values in the graph, for the engine
    that applies it and nobody else. A program that refuses its input raises :class:`RefusedError`.
    """
    recorder = _Recorder(stack, preview=preview, reveal=reveal)
    settings.configure(
        mocks.MockSettings(
            monitor=recorder,
            monitor_features=_features(recorder),
            engine=mocks.MockEngine(logging.getLogger("portal.graph")),
            project="portal",
            stack=stack,
            dry_run=preview,
            organization="organization",
            root_directory=str(root),
            callbacks=None,
        )
    )
    settings.set_root_resource(None)  # pyright: ignore[reportArgumentType] - none yet
    pulumi.runtime.set_all_config(dict(config), list(secret_keys))
    before = Path.cwd()
    os.chdir(root)
    try:
        _run(root / "__main__.py")
    finally:
        os.chdir(before)
    return Graph(stack, dict(sorted(recorder.registered.items())), dict(sorted(recorder.outputs.items())))


def _aliases(request: Any) -> tuple[str, ...]:  # noqa: ANN401 - the generated type knows no element type
    return tuple(sorted([*request.aliasURNs, *(str(alias) for alias in request.aliases)]))


def _ignore(_loop: object, _context: object) -> None:
    """What is pending when a program is refused is of no interest."""


def _run(program: Path) -> None:
    async def main() -> None:
        async def run_program() -> None:
            runpy.run_path(str(program), run_name="__main__")

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


def _plain(
    value: Any,  # noqa: ANN401 - JSON in, JSON out
    path: tuple[str | int, ...],
    secret: set[tuple[str | int, ...]],
    unknown: set[tuple[str | int, ...]],
    *,
    reveal: bool,
) -> Any:  # noqa: ANN401
    """A wire value without its wrappers, the paths of what is secret and unknown noted."""
    if is_mapping(value):
        if value.get(_SIGNATURE) == _SECRET_SIGNATURE:
            secret.add(path)
            inner = _plain(value.get("value"), path, secret, unknown, reveal=reveal)
            return inner if reveal else SECRET
        if value.get(_SIGNATURE) == _OUTPUT_SIGNATURE:
            if value.get("secret"):
                secret.add(path)
            if "value" not in value:
                unknown.add(path)
                return UNKNOWN
            inner = _plain(value["value"], path, secret, unknown, reveal=reveal)
            return inner if reveal or not value.get("secret") else SECRET
        return {key: _plain(item, (*path, key), secret, unknown, reveal=reveal) for key, item in sorted(value.items())}
    if is_list(value):
        return [_plain(item, (*path, index), secret, unknown, reveal=reveal) for index, item in enumerate(value)]
    if value == rpc.UNKNOWN:
        unknown.add(path)
        return UNKNOWN
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
