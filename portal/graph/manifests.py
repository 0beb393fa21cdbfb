"""Write a graph as Kubernetes manifests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal.base.content_name import without_hash
from portal.base.yaml_text import yaml_text
from portal.graph.model import Graph, Resource


def manifest(resource: Resource) -> dict[str, Any]:
    """One object as it is sent to the API server, with its keys in the usual order."""
    inputs: Mapping[str, Any] = resource.inputs
    first = ("apiVersion", "kind", "metadata")
    return {
        **{key: inputs[key] for key in first if key in inputs},
        **{k: v for k, v in inputs.items() if k not in first},
    }


def pod_template(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The template of the pods of an object that runs some."""
    spec: Mapping[str, Any] = item["spec"]
    return spec["jobTemplate"]["spec"]["template"] if "jobTemplate" in spec else spec["template"]


def manifest_files(graph: Graph) -> dict[str, str]:
    """The manifests of a graph by file name: kind and name, without the hash of a content-named object.

    Objects that differ only in their namespace have it in their file's name.
    """
    objects = [manifest(resource) for resource in graph.objects()]
    names = Counter(map(_file_name, objects))
    files = {
        f"{_file_name(item)}{_place(item) if names[_file_name(item)] > 1 else ''}.yaml": yaml_text(item)
        for item in objects
    }
    return dict(sorted(files.items()))


def _file_name(item: Mapping[str, Any]) -> str:
    return f"{str(item['kind']).lower()}-{without_hash(str(item['metadata']['name']))}"


def _place(item: Mapping[str, Any]) -> str:
    return f"-{item['metadata'].get('namespace', '')}"


def write_manifests(graph: Graph, folder: Path) -> list[Path]:
    """Write the manifests into a folder and delete its other .yaml files. Returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    files = manifest_files(graph)
    for old in folder.glob("*.yaml"):
        if old.name not in files:
            old.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in files]
