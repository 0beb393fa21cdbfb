"""Write the AWS resources of a graph as Terraform's plan of their creation, for the checkers that read one.

The format is what ``terraform show -json`` prints (https://developer.hashicorp.com/terraform/internals/json-format).
Deliberately nothing that Terraform could apply: what only the provider computes is left out, and so are the objects of
a cluster. Values of secrets never stand in it, even if the graph has them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from portal.base.json_types import is_list, is_mapping
from portal.graph.model import SECRET, Graph, Path, Resource
from portal.graph.terraform_names import MAPS, SINGLE_BLOCKS, TAGGABLE, block_name, input_name, snake, terraform_type

_PROVIDER = "aws"
# Checkers refuse a plan without them, and ask nothing of them.
_VERSIONS = {"format_version": "1.2", "terraform_version": "1.9.0"}


@dataclass(frozen=True)
class _Hidden:
    """Stands in place of a value that a plan does not show."""

    unknown: bool
    secret: bool


# By Terraform's names. A block is a mapping in a list. A mapping that is in none has keys that people choose.
_Value: TypeAlias = "_Hidden | Mapping[str, _Value] | Sequence[_Value] | str | float | None"


def terraform_plan(graph: Graph) -> dict[str, Any]:
    """The plan, as JSON has it. Its resources are in the order of the graph."""
    addresses = _addresses(graph)
    providers = _providers(graph)
    planned: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    configured: list[dict[str, Any]] = []
    for urn, address in addresses.items():
        resource = graph.resources[urn]
        values = {**_inputs(resource), **_all_tags(resource, graph.resources.get(resource.provider))}
        kind, _, name = address.partition(".")
        head = {"address": address, "mode": "managed", "type": kind, "name": name}
        after, sensitive = _after(values), _marks(values, "secret")
        planned.append({**head, "provider_name": _PROVIDER, "values": after, "sensitive_values": sensitive})
        change = {
            "actions": ["create"],
            "before": None,
            "after": after,
            "after_unknown": _marks(values, "unknown"),
            "before_sensitive": False,
            "after_sensitive": sensitive,
        }
        changes.append({**head, "provider_name": _PROVIDER, "change": change})
        at = {"provider_config_key": providers.get(resource.provider, _PROVIDER)}
        configured.append({**head, **at, **_configuration(resource, addresses)})
    settings = {key: _provider_settings(graph.resources[urn], key) for urn, key in providers.items()}
    return {
        **_VERSIONS,
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": changes,
        "configuration": {"provider_config": settings, "root_module": {"resources": configured}},
    }


def _addresses(graph: Graph) -> dict[str, str]:
    """The address of each resource, by URN. A name that a type has already gets a number."""
    found: dict[str, str] = {}
    for resource in graph:
        if resource.type.startswith(f"{_PROVIDER}:"):
            first = f"{terraform_type(resource.type)}.{re.sub('[^A-Za-z0-9_-]', '_', resource.name)}"
            taken = set(found.values())
            further = (f"{first}_{number}" for number in range(2, len(taken) + 3))
            found[resource.urn] = next(address for address in (first, *further) if address not in taken)
    return found


def _inputs(resource: Resource) -> dict[str, _Value]:
    return dict(_named(resource, name, value, (name,)) for name, value in resource.inputs.items())


def _named(resource: Resource, name: str, value: Any, path: Path) -> tuple[str, _Value]:  # noqa: ANN401 - JSON in
    """An input by its name in Terraform, where a single block is in a list, too."""
    called = snake(name) if len(path) > 1 else input_name(resource.type, name)
    if hidden := _hidden(resource, path):
        return called, hidden
    if is_list(value) and value and all(map(is_mapping, value)):
        return block_name(name), [_block(resource, item, (*path, index)) for index, item in enumerate(value)]
    if is_mapping(value) and name not in MAPS:
        block = _block(resource, value, path)
        return called, block if name in SINGLE_BLOCKS else [block]
    return called, _plain(resource, value, path)


def _block(resource: Resource, inputs: Mapping[str, Any], path: Path) -> _Value:
    named = (_named(resource, name, value, (*path, name)) for name, value in inputs.items())
    return _hidden(resource, path) or dict(named)


def _plain(resource: Resource, value: Any, path: Path) -> _Value:  # noqa: ANN401 - JSON in
    """A scalar, a list of them, or a map."""
    if hidden := _hidden(resource, path):
        return hidden
    if is_mapping(value):
        return {key: _plain(resource, item, (*path, key)) for key, item in value.items()}
    if is_list(value):
        return [_plain(resource, item, (*path, index)) for index, item in enumerate(value)]
    return value


def _hidden(resource: Resource, path: Path) -> _Hidden | None:
    unknown, secret = path in resource.unknown, path in resource.secret
    return _Hidden(unknown, secret) if unknown or secret else None


def _all_tags(resource: Resource, provider: Resource | None) -> dict[str, _Value]:
    """The tags that a resource gets: the provider's, and its own."""
    if provider is None or terraform_type(resource.type) not in TAGGABLE:
        return {}
    own = _plain(resource, resource.inputs.get("tags", {}), ("tags",))
    return {"tags_all": {**_default_tags(provider), **own} if is_mapping(own) else own}


def _after(value: _Value) -> Any:  # noqa: ANN401 - JSON out
    """A value as the plan shows it. What is unknown is missing, or null in a list."""
    if isinstance(value, _Hidden):
        return None if value.unknown else SECRET
    if is_mapping(value):
        return {key: _after(item) for key, item in value.items() if not _is_unknown(item)}
    return [_after(item) for item in value] if is_list(value) else value


def _is_unknown(value: _Value) -> bool:
    return isinstance(value, _Hidden) and value.unknown


def _marks(value: _Value, mark: str) -> Any:  # noqa: ANN401 - JSON out
    """True where a value has the mark, in the same structure. Inputs without it are left out."""
    if isinstance(value, _Hidden):
        return bool(getattr(value, mark))
    if is_mapping(value):
        return {key: marks for key, item in value.items() if (marks := _marks(item, mark)) and _any(marks)}
    return [_marks(item, mark) for item in value] if is_list(value) else False


def _any(marks: Any) -> bool:  # noqa: ANN401 - JSON in
    if is_mapping(marks):
        return any(map(_any, marks.values()))
    return any(map(_any, marks)) if is_list(marks) else bool(marks)


def _configuration(resource: Resource, addresses: Mapping[str, str]) -> dict[str, Any]:
    """Where inputs come from, if from other resources, and what else has to be there first. No constants."""
    expressions: dict[str, Any] = {}
    for name, urns in resource.property_dependencies.items():
        references = [addresses[urn] for urn in urns if urn in addresses]
        if references and name in resource.inputs:
            called, value = _named(resource, name, resource.inputs[name], (name,))
            expressions[called] = _expression(value, references)
    referred = {urn for urns in resource.property_dependencies.values() for urn in urns}
    first = [addresses[urn] for urn in resource.dependencies if urn in addresses and urn not in referred]
    return {"expressions": expressions, **({"depends_on": first} if first else {})}


def _expression(value: _Value, references: Sequence[str]) -> Any:  # noqa: ANN401 - JSON out
    """The references of an input. In blocks they stand at what is unknown: which part has which was not recorded."""
    if is_list(value) and any(map(is_mapping, value)) and _any(_marks(value, "unknown")):
        return [{key: _expression(block[key], references) for key in _marks(block, "unknown")} for block in value]
    return {"references": references}


def _providers(graph: Graph) -> dict[str, str]:
    """The key of each provider, by URN. Those after the first are aliases."""
    found = [resource for resource in graph if resource.type == f"pulumi:providers:{_PROVIDER}"]
    return {one.urn: f"{_PROVIDER}.{one.name}" if index else _PROVIDER for index, one in enumerate(found)}


def _provider_settings(provider: Resource, key: str) -> dict[str, Any]:
    """What says where resources go and what they are tagged with. Deliberately not how it signs in."""
    settings = {snake(name): _setting(provider, name) for name in ("region", "allowedAccountIds")}
    expressions: dict[str, Any] = {name: {"constant_value": value} for name, value in settings.items() if value}
    if tags := _default_tags(provider):
        expressions["default_tags"] = [{"tags": {"constant_value": tags}}]
    alias = {"alias": provider.name} if key != _PROVIDER else {}
    return {"name": _PROVIDER, **alias, "expressions": expressions}


def _default_tags(provider: Resource) -> Mapping[str, str]:
    tags = _setting(provider, "defaultTags")
    return tags.get("tags", {}) if is_mapping(tags) else {}


def _setting(provider: Resource, name: str) -> Any:  # noqa: ANN401 - JSON out
    """An input of a provider. Pulumi passes on as JSON what is not text."""
    value = provider.inputs.get(name)
    if not isinstance(value, str) or _hidden(provider, (name,)):
        return None
    return json.loads(value) if value.startswith(("{", "[")) else value
