"""JSON Schemas of the files that people write, for completion in editors.

Deliberately weaker than the models: an editor helps, ``portal check`` decides.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from portal.base.json_types import is_list, is_mapping
from portal.models.aws.foundation import FoundationSettings
from portal.models.portal_file import PortalFile
from portal.models.stack import StackSettings
from portal.plugins.load import load_plugins, load_sign_in, load_sources
from portal.plugins.record import Record
from portal.targets import targets

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# `format` is for editors; `portal check` is stricter.
TYPES: dict[str, Any] = {
    **{name: {"type": "string"} for name in ("text", "slug", "group")},
    "address": {"type": "string", "format": "uri"},
    "host": {"type": "string", "format": "hostname"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    **{name: {"type": "array", "items": {"type": "string"}, "minItems": 1} for name in ("names", "domains")},
}

Schema = dict[str, Any]


def schemas() -> dict[str, str]:
    """The schema files by name."""
    return {
        "portal.schema.json": _shown(portal_file_schema()),
        "stack.schema.json": _shown(stack_file_schema()),
        "foundation.schema.json": _shown(foundation_file_schema()),
    }


def portal_file_schema() -> Schema:
    """Of ``portal.yaml``: plugins, sources and their options are those of the plugin library."""
    schema = _model_schema(PortalFile)
    schema["properties"]["plugins"]["items"] = _choices(
        one for one in load_plugins().values() if not one.core or one.options
    )
    schema["properties"]["sources"]["items"] = _choices(load_sources().values())
    schema["properties"]["signIn"]["items"] = {"enum": list(load_sign_in())}
    return {"$schema": DIALECT, **schema}


def stack_file_schema() -> Schema:
    """Of ``stacks/Pulumi.<stack>.yaml``: keys of other programs and of Pulumi are left alone."""
    schema = _model_schema(StackSettings)
    definitions = schema.pop("$defs", {})
    properties: Schema = {f"portal:{key}": value for key, value in schema["properties"].items()}
    properties["portal:target"] |= {"enum": [name for name, target in targets().items() if target.portal]}
    properties["portal:plugins"] = _beside(
        properties["portal:plugins"], definitions.pop("PluginSettings"), load_plugins().values()
    )
    sources = {record.id: {"credential": {"enum": list(record.credentials)}} for record in load_sources().values()}
    properties["portal:sources"] = _beside(
        properties["portal:sources"], definitions.pop("SourceSettings"), load_sources().values(), sources
    )
    properties["portal:signIn"] = _sign_in(properties["portal:signIn"], definitions.pop("SignInSettings"))
    properties["portal:connect"]["items"] = {"enum": [name for name, one in load_sign_in().items() if one.links]}
    properties["portal:secrets"]["additionalProperties"] = {
        "type": "object",
        "required": ["secure"],
        "additionalProperties": False,
        "properties": {"secure": {"type": "string"}},
    }
    namespace, named = properties["portal:namespace"], properties["portal:secretsManager"]
    properties["portal:namespace"] = {"description": namespace["description"], **_or_text(namespace)}
    named["additionalProperties"] = _or_text(named["additionalProperties"])
    return _of_pulumi({**schema, "properties": properties}, definitions)


def _or_text(model: Schema) -> Schema:
    """A mapping, or only the name in it."""
    return {"anyOf": [{"type": "string"}, {"$ref": model["$ref"]}]}


def foundation_file_schema() -> Schema:
    """Of the same file for a stack that portals share."""
    schema = foundation_keys()
    definitions = schema.pop("$defs", {})
    properties: Schema = {f"portal:{key}": value for key, value in schema["properties"].items()}
    return _of_pulumi({**schema, "properties": properties}, definitions)


def _of_pulumi(schema: Schema, definitions: Schema) -> Schema:
    """Keys of a stack where Pulumi has them: below ``config:``, next to those of other programs."""
    config: Schema = {
        "type": "object",
        "required": [f"portal:{key}" for key in schema["required"]],
        "properties": schema["properties"],
        "patternProperties": {"^(?!portal:)": {}},
        "additionalProperties": False,
    }
    return {
        "$schema": DIALECT,
        "description": schema["description"],
        "type": "object",
        "required": ["config"],
        "properties": {"config": config},
        "$defs": definitions,
    }


def portal_file_keys() -> Schema:
    """The keys of ``portal.yaml`` as the model has them, for the reference page."""
    return _model_schema(PortalFile)


def stack_keys() -> Schema:
    """The keys below ``portal:`` as the model has them, for the reference page: what a record adds is left out."""
    schema = _model_schema(StackSettings)
    places = {name: f"`{name}`: {target.summary}." for name, target in targets().items() if target.portal}
    described = f"{schema['properties']['target']['description']} {' '.join(places.values())}"
    schema["properties"]["target"] |= {"enum": list(places), "description": described}
    definitions = schema["$defs"]
    definitions["SignInSettings"]["properties"]["provider"] |= {"enum": list(load_sign_in())}
    for model in ("SignInSettings", "PluginSettings", "SourceSettings"):
        del definitions[model]["properties"]["options"]
    return schema


def foundation_keys() -> Schema:
    """The keys below ``portal:`` of a stack that portals share. Its target has no default in a file."""
    schema = _model_schema(FoundationSettings)
    del schema["properties"]["target"]["default"]
    return {**schema, "required": ["target", *schema["required"]]}


def _choices(records: Iterable[Record]) -> Schema:
    """An item of a list that names records, each alone or with its options."""
    chosen = list(records)
    return {
        "anyOf": [
            {"enum": [record.id for record in chosen]},
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": False,
                "properties": {record.id: _options(record) for record in chosen},
            },
        ]
    }


def _beside(
    setting: Schema, common: Schema, records: Iterable[Record], own: Mapping[str, Schema] | None = None
) -> Schema:
    """A mapping by the names of records: the keys that all take, those of one record, and its options beside them."""
    keys = {key: value for key, value in common["properties"].items() if key != "options"}
    properties: Schema = {}
    for record in records:
        options = _options(record)
        merged = {key: {**value, **(own or {}).get(record.id, {}).get(key, {})} for key, value in keys.items()}
        properties[record.id] = {**options, "properties": {**merged, **options["properties"]}}
    return {**_without_shape(setting), "type": "object", "additionalProperties": False, "properties": properties}


def _sign_in(setting: Schema, model: Schema) -> Schema:
    """The way in: the options are those of the provider that is named."""
    records = load_sign_in().values()
    provider = {**model["properties"]["provider"], "enum": [record.id for record in records]}
    options = [
        {
            "additionalProperties": False,
            "properties": {"provider": {"const": record.id}, **_options(record)["properties"]},
        }
        for record in records
    ]
    return {
        "description": setting.get("description") or model["description"],
        "type": "object",
        "required": ["provider"],
        "properties": {"provider": provider},
        "anyOf": options,
    }


def _options(record: Record) -> Schema:
    properties = {
        name: {**TYPES[option.type], "description": option.description, "examples": [option.example]}
        for name, option in record.options.items()
    }
    return {
        "type": "object",
        "description": record.summary,
        "properties": properties,
        "additionalProperties": False,
    }


def _without_shape(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key in {"description", "default"}}


def _model_schema(model: type[PortalFile | StackSettings | FoundationSettings]) -> Schema:
    schema = simplified(model.model_json_schema(by_alias=True))
    schema["$defs"].pop("Choice", None)
    return schema


def simplified(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Without Pydantic's titles (of a property that is called title, a mapping) and without null: absent is absent."""
    if is_list(value):
        return [simplified(item) for item in value]
    if not is_mapping(value):
        return value
    kept: Schema = {k: simplified(v) for k, v in value.items() if not (k == "title" and isinstance(v, str))}
    if kept.get("default", ...) is None:
        del kept["default"]
    alternatives = [item for item in kept.get("anyOf", []) if item != {"type": "null"}]
    if len(alternatives) == 1:
        del kept["anyOf"]
        return {**alternatives[0], **kept}
    return kept


def _shown(schema: Schema) -> str:
    return json.dumps(schema, indent=2) + "\n"
