"""What the small engine remembers: in the format of Pulumi's own state, with the same encryption of secrets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.base.json_types import is_list, is_mapping
from portal.graph.wire import SECRET_SIGNATURE, SIGNATURE
from portal.stackfile.passphrase import PassphraseCrypter

# One resource, with the keys of https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go
# (ResourceV3). Its inputs and outputs are as they are on the wire.
Known = dict[str, Any]


@dataclass
class State:
    """The resources by URN, each after those that it depends on."""

    file: Path
    crypter: PassphraseCrypter
    resources: dict[str, Known] = field(default_factory=dict[str, Known])

    def load(self) -> None:
        text = self.file.read_text() if self.file.is_file() else '{"deployment": {"resources": []}}'
        opened = _secrets(json.loads(text), self._opened)
        self.resources = {one["urn"]: one for one in opened["deployment"]["resources"]}

    def save(self) -> None:
        sealed = _secrets({"version": 3, "deployment": {"resources": [*self.resources.values()]}}, self._sealed)
        self.file.write_text(json.dumps(sealed, indent=1))

    def _sealed(self, marked: dict[str, Any]) -> dict[str, Any]:
        return {SIGNATURE: SECRET_SIGNATURE, "ciphertext": self.crypter.encrypt(json.dumps(marked["value"]))}

    def _opened(self, marked: dict[str, Any]) -> dict[str, Any]:
        return {SIGNATURE: SECRET_SIGNATURE, "value": json.loads(self.crypter.decrypt(marked["ciphertext"]))}


def _secrets(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if is_mapping(value):
        if value.get(SIGNATURE) == SECRET_SIGNATURE:
            return change(dict(value))
        return {key: _secrets(item, change) for key, item in value.items()}
    return [_secrets(item, change) for item in value] if is_list(value) else value


def needs(known: Mapping[str, Any]) -> set[str]:
    """The URNs of what a resource cannot be without: its parent, its provider, and what it was made from."""
    by_input: Mapping[str, list[str] | None] = known.get("propertyDependencies") or {}
    of_inputs = {urn for urns in by_input.values() for urn in urns or ()}
    own = {known.get("parent", ""), known.get("provider", "").rpartition("::")[0]}
    return {*(known.get("dependencies") or ()), *of_inputs, *own} - {""}
