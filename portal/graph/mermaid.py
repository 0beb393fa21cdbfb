"""Draw a graph as a mermaid flowchart: the tree of components with their resources."""

from __future__ import annotations

from portal.base.content_name import without_hash
from portal.base.json_types import is_mapping
from portal.graph.model import Graph, Resource

_STYLES = (
    "classDef component fill:#e8f0fa,stroke:#1f5493",
    "classDef kept fill:#fdf3d8,stroke:#a87b00,stroke-width:2px",
    "classDef secret fill:#fbe4e4,stroke:#a33",
)


def mermaid(graph: Graph) -> str:
    """The tree, with parents to the left. Kept data and secrets have their own colors. Names are without hashes."""
    ids = {resource.urn: f"r{index}" for index, resource in enumerate(graph)}
    lines = [f"%% {graph.stack}", "flowchart LR"]
    for resource in graph:
        shape = ("([", "])") if not resource.custom else ("[", "]")
        label = f"{resource.type.rsplit(':', 1)[-1]}<br/>{_name(resource)}"
        lines.append(f'  {ids[resource.urn]}{shape[0]}"{label}"{shape[1]}{_class(resource)}')
    lines.extend(f"  {ids[r.parent]} --> {ids[r.urn]}" for r in graph if r.parent in ids)
    lines.extend(f"  {style}" for style in _STYLES)
    return "\n".join(lines) + "\n"


def _name(resource: Resource) -> str:
    metadata = resource.inputs.get("metadata")
    return without_hash(str(metadata.get("name", resource.name)) if is_mapping(metadata) else resource.name)


def _class(resource: Resource) -> str:
    if resource.retain_on_delete:
        return ":::kept"
    if resource.type.endswith(":Secret"):
        return ":::secret"
    return ":::component" if not resource.custom else ""
