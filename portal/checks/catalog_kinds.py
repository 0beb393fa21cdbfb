"""The kinds of entities that Backstage's catalog knows, and what each of them needs.

Source: catalog-model 1.10.1, schema/kinds/*.schema.json and kinds/*EntityV1alpha1 (relationFields);
plugin-scaffolder-common 2.3.0, Template.v1beta3.schema.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_CORE_VERSIONS = ("backstage.io/v1alpha1", "backstage.io/v1beta1")


@dataclass(frozen=True)
class Kind:
    """What the catalog demands of one kind.

    ``texts`` and ``lists`` are the required keys of ``spec``. ``references`` are the keys that name other
    entities, each with the kind that is meant if a reference names none; None if it has to name one.
    """

    texts: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    references: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    versions: tuple[str, ...] = _CORE_VERSIONS


_OWNED = {"owner": "Group"}
_PART = {**_OWNED, "system": "System"}

KINDS: Mapping[str, Kind] = {
    "API": Kind(("type", "lifecycle", "owner", "definition"), references=_PART),
    "AiResource": Kind(("type", "lifecycle", "owner"), references=_PART, versions=("backstage.io/v1alpha1",)),
    "Component": Kind(
        ("type", "lifecycle", "owner"),
        references={
            **_PART,
            "subcomponentOf": "Component",
            "providesApis": "API",
            "consumesApis": "API",
            "dependsOn": None,
            "dependencyOf": None,
        },
    ),
    "Domain": Kind(("owner",), references={**_OWNED, "subdomainOf": "Domain"}),
    "Group": Kind(("type",), ("children",), {"parent": "Group", "children": "Group", "members": "User"}),
    "Location": Kind(),
    "Resource": Kind(("type", "owner"), references={**_PART, "dependsOn": None, "dependencyOf": None}),
    "System": Kind(("owner",), references={**_OWNED, "domain": "Domain"}),
    "Template": Kind(("type",), ("steps",), _OWNED, ("scaffolder.backstage.io/v1beta3",)),
    "User": Kind((), ("memberOf",), {"memberOf": "Group"}),
}
