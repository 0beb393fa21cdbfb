"""Read the values that Pulumi's SDK sends to an engine, and replace secret and unknown ones.

Source: pulumi/pulumi sdk/python/lib/pulumi/runtime/rpc.py
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.base.json_types import is_list, is_mapping
from portal.graph.model import SECRET, UNKNOWN, Path

# Constants of the wire format: they never change.
UNKNOWN_ON_THE_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# A program sends the one above. An engine has others for what a provider promises to be no text: a boolean, a number, a
# list, a file, an archive and an object (pulumi/pulumi pkg/resource/plugin/rpc.go).
_ALL_UNKNOWN = frozenset(
    {
        UNKNOWN_ON_THE_WIRE,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker
OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


@dataclass
class Read:
    """Turns wire values into plain values, and collects the paths of secret and unknown ones.

    ``reveal`` keeps secret values. Otherwise :data:`SECRET` replaces them.
    """

    reveal: bool = False
    secret: set[Path] = field(default_factory=set[Path])
    unknown: set[Path] = field(default_factory=set[Path])

    def plain(self, value: Any, path: Path = ()) -> Any:  # noqa: ANN401 - JSON in, JSON out
        """A value without its wire wrappers."""
        if is_mapping(value):
            signature = value.get(SIGNATURE)
            if signature == SECRET_SIGNATURE:
                return self._secret(value, path)
            if signature == OUTPUT_SIGNATURE:
                return self._output(value, path)
            return {key: self.plain(item, (*path, key)) for key, item in sorted(value.items())}
        if is_list(value):
            return [self.plain(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, str) and value in _ALL_UNKNOWN:
            return self._unknown(path)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value

    def _secret(self, value: Mapping[str, Any], path: Path) -> Any:  # noqa: ANN401 - JSON in, JSON out
        self.secret.add(path)
        inner = self.plain(value.get("value"), path)
        return inner if self.reveal or inner == UNKNOWN else SECRET

    def _output(self, value: Mapping[str, Any], path: Path) -> Any:  # noqa: ANN401 - JSON in, JSON out
        if "value" not in value:
            if value.get("secret"):
                self.secret.add(path)
            return self._unknown(path)
        return self._secret(value, path) if value.get("secret") else self.plain(value["value"], path)

    def _unknown(self, path: Path) -> str:
        self.unknown.add(path)
        return UNKNOWN


def with_computed(wire: Mapping[str, Any], computed: Mapping[str, Any], *, unknown: bool) -> dict[str, Any]:
    """The inputs, and what a provider adds if the program did not set it."""
    outputs = dict(wire)
    for dotted, known in computed.items():
        *parents, last = dotted.split(".")
        at = outputs
        for parent in parents:
            below = at.get(parent, {})
            if not is_mapping(below) or SIGNATURE in below:
                break
            at[parent] = at = dict(below)
        else:
            at.setdefault(last, UNKNOWN_ON_THE_WIRE if unknown else known)
    return outputs
