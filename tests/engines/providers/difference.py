"""What a changed input does to a resource: from the tables that a preview of a pull request reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.runtime.proto import provider_pb2

from portal.base.difference import differences
from portal.base.yaml_document import KeyPath
from portal.graph.replacement import AWS, Effect, effect
from portal.graph.wire import Read


def difference(resource_type: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> provider_pb2.DiffResponse:
    """The answer to a question about two sets of inputs, as they are on the wire."""
    values: dict[KeyPath, list[Any]] = {}
    for one in differences(*(Read(reveal=True).plain(inputs) for inputs in (old, new))):
        values.setdefault(one.path, [None, None])[one.added] = one.value
    # Kubernetes is known by kinds, AWS by types.
    kind = resource_type if resource_type.startswith(AWS) else resource_type.rpartition(":")[2]
    replaced = {path[0] for path, pair in values.items() if effect(kind, path, *pair) is Effect.REPLACED}
    response = provider_pb2.DiffResponse
    return response(
        changes=response.DIFF_SOME if values else response.DIFF_NONE,
        diffs=sorted({str(path[0]) for path in values}),
        replaces=sorted(map(str, replaced)),
        # Two objects of a cluster cannot have one name.
        deleteBeforeReplace=bool(replaced) and "metadata" in new and "metadata" not in replaced,
    )
