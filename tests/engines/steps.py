"""What the small engine does with each resource that a program registers, in Pulumi's order of questions.

Compare pulumi/pulumi pkg/resource/deploy/step_generator.go. Deliberately less: no refresh, no import, no alias, no
ignored change, and no deletion before a replacement.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from google.protobuf import json_format
from pulumi.runtime.proto import provider_pb2, resource_pb2

from portal.graph.recorder import PROJECT, ROOT_TYPE
from portal.graph.wire import Read
from tests.engines.plugins import Plugin
from tests.engines.providers.servicer import struct, values
from tests.engines.state import Known, State, needs

_PROVIDER = "pulumi:providers:"


class RefusedStepError(Exception):
    """Why nothing goes on."""


class Steps:
    """One run: a preview, which changes nothing, or a deployment."""

    def __init__(self, stack: str, state: State, folders: Mapping[str, Path], *, preview: bool) -> None:
        self.preview = preview
        self.registered: dict[str, Known] = {}
        self.refusals: list[str] = []
        self.changed: list[str] = []
        self._stack = stack
        self._state = state
        self._folders = folders
        self._plugins: dict[str, Plugin] = {}
        self._replaced: list[Known] = []
        self._lock = Lock()

    def register(self, request: resource_pb2.RegisterResourceRequest) -> tuple[str, Mapping[str, Any], str]:
        """The id and the outputs of a resource, and its URN."""
        urn = self._urn(request)
        if urn in self.registered:
            raise self._refused(f"Duplicate resource URN '{urn}'")
        known: Known = {
            "urn": urn,
            "custom": request.custom,
            "id": "",
            "type": request.type,
            "inputs": values(request.object),
            "outputs": {},
            "parent": request.parent,
            "protect": request.protect,
            "retainOnDelete": request.retainOnDelete,
            "provider": request.provider,
            "dependencies": list(request.dependencies),
            "propertyDependencies": {key: list(some.urns) for key, some in request.propertyDependencies.items()},
        }
        if request.type.startswith(_PROVIDER):
            self._start(known)
        elif request.custom:
            self._make(known)
        with self._lock:
            self.registered[urn] = known
        return known["id"], known["outputs"], urn

    def finish(self) -> None:
        """Delete what is not there any more, and what was replaced; dependants first."""
        gone = [one for urn, one in self._state.resources.items() if urn not in self.registered]
        self._require_unprotected(gone)
        if not self.preview:
            # What goes stands behind what stays: nothing that stays needs it.
            self._state.resources = {**self.registered, **{one["urn"]: one for one in gone}}
            self.delete([*gone, *self._replaced])

    def delete(self, resources: list[Known]) -> None:
        """Delete resources of the state, which stand in it in the order in which they were made."""
        for one in reversed(resources):
            if one["custom"] and not one["type"].startswith(_PROVIDER) and not one["retainOnDelete"]:
                outputs = struct(one["outputs"])
                self._plugin(one).stub.Delete(
                    provider_pb2.DeleteRequest(urn=one["urn"], id=one["id"], properties=outputs)
                )
            if one not in self._replaced:
                self._state.resources.pop(one["urn"])

    def destroy(self, *, exclude_protected: bool) -> None:
        """Delete everything; or everything that is not protected, and that nothing protected needs."""
        protected = [urn for urn, one in self._state.resources.items() if one["protect"]]
        stay = self._with_needs(set(protected if exclude_protected else ()))
        gone = [one for urn, one in self._state.resources.items() if urn not in stay]
        self._require_unprotected(gone)
        for one in self._state.resources.values():
            if one["type"].startswith(_PROVIDER):
                self._configure(one)
        self.delete(gone)

    def save(self) -> None:
        """Keep what was made, however far it came."""
        if self.registered:
            self._state.resources |= self.registered
        self._state.save()

    def end(self) -> None:
        for plugin in self._plugins.values():
            plugin.end()

    def _with_needs(self, urns: set[str]) -> set[str]:
        """What is named, and all that it needs: in the state, that stands before it."""
        found = set(urns)
        for one in reversed(self._state.resources.values()):
            if one["urn"] in found:
                found |= needs(one)
        return found

    def _require_unprotected(self, gone: list[Known]) -> None:
        protected = [one["urn"] for one in gone if one["protect"]]
        if protected:
            raise self._refused("\n".join(f"resource {urn} cannot be deleted: it is protected" for urn in protected))

    def _refused(self, why: str) -> RefusedStepError:
        self.refusals.append(why)
        return RefusedStepError(why)

    def _urn(self, request: resource_pb2.RegisterResourceRequest) -> str:
        parents = request.parent.split("::")[2] if request.parent and ROOT_TYPE not in request.parent else ""
        kind = f"{parents}${request.type}" if parents else request.type
        return f"urn:pulumi:{self._stack}::{PROJECT}::{kind}::{request.name}"

    def _start(self, known: Known) -> None:
        old = self._state.resources.get(known["urn"])
        known["id"] = old["id"] if old is not None else str(uuid.uuid4())
        known["outputs"] = known["inputs"]
        if not any(self._unknown(known)):
            self._configure(known)

    def _configure(self, known: Known) -> None:
        folder = self._folders[known["type"].removeprefix(_PROVIDER)]
        plugin = self._plugins[known["urn"]] = Plugin(folder)
        urn, inputs = known["urn"], struct(known["inputs"])
        checked = plugin.stub.CheckConfig(provider_pb2.CheckRequest(urn=urn, news=inputs))
        plugin.stub.Configure(provider_pb2.ConfigureRequest(urn=urn, args=checked.inputs, acceptSecrets=True))

    def _plugin(self, known: Known) -> Plugin:
        """The provider of a resource. None of these stacks has default ones."""
        provider = known["provider"].rpartition("::")[0]
        if provider not in self._plugins:
            raise self._refused(f"{known['urn']} has no provider that is configured")
        return self._plugins[provider]

    def _make(self, known: Known) -> None:
        if self.preview and known["provider"].rpartition("::")[0] not in self._plugins:
            # Its provider is not known yet, so it cannot be asked. All outputs are unknown.
            return
        stub, urn = self._plugin(known).stub, known["urn"]
        old = self._state.resources.get(urn)
        inputs = struct(known["inputs"])
        checked = stub.Check(provider_pb2.CheckRequest(urn=urn, olds=struct(old["inputs"] if old else {}), news=inputs))
        if checked.failures:
            raise self._refused("\n".join(one.reason for one in checked.failures))
        known["inputs"] = json_format.MessageToDict(checked.inputs)
        if old is None:
            self._create(stub, known)
            return
        was, came = struct(old["inputs"]), struct(old["outputs"])
        request = provider_pb2.DiffRequest(urn=urn, id=old["id"], old_inputs=was, olds=came, news=checked.inputs)
        found = stub.Diff(request)
        if found.replaces:
            if old["protect"] and known["protect"]:
                raise self._refused(f"unable to replace resource {urn}: it is protected ({', '.join(found.replaces)})")
            self._create(stub, known)
            self._replaced.append(old)
        elif found.changes == found.DIFF_SOME:
            self._update(stub, known, old)
        else:
            known["id"], known["outputs"] = old["id"], old["outputs"]

    def _update(self, stub: Any, known: Known, old: Known) -> None:
        request = provider_pb2.UpdateRequest(
            urn=known["urn"],
            id=old["id"],
            old_inputs=struct(old["inputs"]),
            olds=struct(old["outputs"]),
            news=struct(known["inputs"]),
            preview=self.preview,
        )
        known["id"], known["outputs"] = old["id"], values(stub.Update(request).properties)
        self.changed.append(known["urn"])

    def _create(self, stub: Any, known: Known) -> None:
        inputs = struct(known["inputs"])
        made = stub.Create(provider_pb2.CreateRequest(urn=known["urn"], properties=inputs, preview=self.preview))
        known["id"], known["outputs"] = made.id, values(made.properties)
        self.changed.append(known["urn"])

    @staticmethod
    def _unknown(known: Known) -> Iterator[object]:
        read = Read()
        read.plain(known["inputs"])
        yield from read.unknown
