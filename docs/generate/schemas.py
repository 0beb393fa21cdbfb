"""JSON Schemas of the two files that people write, for completion in editors.

Deliberately weaker than the models: an editor helps, ``portal check`` decides.
"""

from __future__ import annotations

import json
from typing import Any

from portal.base.json_types import is_list, is_mapping
from portal.models.portal_file import PortalFile
from portal.models.stack import StackSettings
from portal.plugins.load import load_plugins
from portal.plugins.record import PluginRecord

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TYPES = {"text": "string", "address": "string", "boolean": "boolean", "integer": "integer"}

Schema = dict[str, Any]


def schemas() -> dict[str, str]:
    """The schema files by name."""
    return {
        "portal.schema.json": _shown(portal_file_schema()),
        "stack.schema.json": _shown(stack_file_schema()),
    }


def portal_file_schema() -> Schema:
    """Of ``portal.yaml``: plugins and their options are those of the catalogue."""
    schema = _model_schema(PortalFile)
    chosen = [record for record in load_plugins().values() if not record.core]
    schema["properties"]["plugins"]["items"] = {
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
    return {"$schema": DIALECT, **schema}


def stack_file_schema() -> Schema:
    """Of ``stacks/Pulumi.<stack>.yaml``: keys of other programs and of Pulumi are left alone."""
    schema = _model_schema(StackSettings)
    definitions = schema.pop("$defs", {})
    properties: Schema = {f"portal:{key}": value for key, value in schema["properties"].items()}
    common = definitions.pop("PluginSettings")["properties"]
    common.pop("options")
    properties["portal:plugins"] = {
        **_without_shape(properties["portal:plugins"]),
        "type": "object",
        "additionalProperties": False,
        "properties": {
            record.id: {**_options(record), "properties": {**common, **_options(record)["properties"]}}
            for record in load_plugins().values()
        },
    }
    properties["portal:secrets"]["additionalProperties"] = {
        "type": "object",
        "required": ["secure"],
        "additionalProperties": False,
        "properties": {"secure": {"type": "string"}},
    }
    namespace = properties["portal:namespace"]
    properties["portal:namespace"] = {
        "description": namespace["description"],
        "anyOf": [{"type": "string"}, {"$ref": namespace["$ref"]}],
    }
    config: Schema = {
        "type": "object",
        "required": [f"portal:{key}" for key in schema["required"]],
        "properties": properties,
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


def _options(record: PluginRecord) -> Schema:
    properties = {
        name: {"type": TYPES[option.type], "description": option.description, "examples": [option.example]}
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


def _model_schema(model: type[PortalFile | StackSettings]) -> Schema:
    schema = simplified(model.model_json_schema(by_alias=True))
    schema["$defs"].pop("PluginChoice", None)
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
