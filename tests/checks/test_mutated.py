"""Whatever has the wrong shape is a finding, and never a traceback: values of every type at every place."""

from __future__ import annotations

import random
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_text import yaml_text
from portal.checks import CHECKS, findings
from portal.plan import Plan, load_plan

WRONG: list[Any] = [
    None,
    0,
    -1.5,
    True,
    "",
    "a\nb\x00",
    "${X}",
    "../../..",
    "/",
    "**",
    "[a",
    "http://[",
    [],
    [[]],
    [None],
    {},
    {"$file": "/x"},
    {"": {}},
    {"kind": [], "type": {}, "host": 1},
]
CATALOG = {
    "catalog-rules",
    "catalog-locations",
    "content",
    "people",
    "resolvers",
    "start-rules",
    "idle-words",
    "cluster-rights",
}
OURS = [check for check in CHECKS if check.id in CATALOG]
EXTRA: dict[str, Any] = {
    "app": {"extensions": ["page:catalog-graf", {"page:catalog": {"config": {}}}]},
    "proxy": {"endpoints": {"/a": {"target": "https://a", "headers": {"b": "c"}}}},
    "integrations": {"github": [{"host": "a.example", "apiBaseUrl": "https://a"}], "gitlab": [{"host": "b.example"}]},
    "backend": {
        "reading": {"allow": [{"host": "a", "paths": ["/b"]}]},
        "auth": {
            "externalAccess": [{"type": "static", "options": {"token": "a"}, "accessRestrictions": [{"plugin": "b"}]}]
        },
        "csp": {"img-src": ["'self'"]},
    },
    "techdocs": {"publisher": {"type": "awsS3", "awsS3": {"bucketName": "a"}}},
    "kubernetes": {
        "clusterLocatorMethods": [
            {
                "type": "config",
                "clusters": [{"name": "a", "url": "https://kubernetes.default.svc", "authMetadata": {"a": "b"}}],
            }
        ]
    },
    "auth": {
        "providers": {"oidc": {"production": {"signIn": {"resolvers": [{"resolver": "a", "allowedDomains": ["b"]}]}}}}
    },
    "catalog": {
        "rules": [
            {"allow": ["Component", {"kind": "API", "spec.type": "a"}], "locations": [{"type": "url", "exact": "a"}]}
        ],
        "locations": [
            {"type": "url", "target": "https://github.com/a/b/blob/c/d", "rules": [{"allow": ["User"]}]},
            {"type": "file", "target": "./content/catalog/all.yaml", "rules": [{"allow": ["Group", "Location"]}]},
        ],
        "providers": {},
    },
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    keys: list[Any] = [*value] if is_mapping(value) else [*range(len(value))] if is_list(value) else []
    for key in keys:
        yield from places(value[key], (*path, key))


def mutated(value: Any, path: tuple[Any, ...], wrong: Any) -> Any:
    copy = deepcopy(value)
    parent = copy
    for part in path[:-1]:
        parent = parent[part]
    parent[path[-1]] = wrong
    return copy


def with_data(plan: Plan, data: dict[str, Any]) -> Plan:
    return replace(plan, app_config=replace(plan.app_config, data=data))


def test_the_checks_of_this_file_are_found() -> None:
    assert len(OURS) == len(CATALOG)


def test_app_config_of_any_shape_is_judged(checkout: Checkout) -> None:
    plan = load_plan(checkout, "local")
    chosen = random.Random(4711)
    for path in places(EXTRA):
        for wrong in chosen.sample(WRONG, 2):
            changed: Plan = with_data(plan, mutated(EXTRA, path, wrong))
            for check in OURS:
                assert all(isinstance(error.sentence, str) for error in check(changed)), (path, wrong)


ENTITIES: list[dict[str, Any]] = [
    {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {
            "name": "a",
            "namespace": "b",
            "labels": {"c": "d"},
            "annotations": {"e/f": "g"},
            "tags": ["h"],
            "links": [{"url": "https://i"}],
        },
        "spec": {"type": "j", "lifecycle": "k", "owner": "group:default/l", "dependsOn": ["component:m"]},
    },
    {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Location",
        "metadata": {"name": "n"},
        "spec": {"type": "file", "target": "./organization.yaml", "targets": ["./portal.yaml"], "presence": "required"},
    },
]


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity["kind"])
def test_content_of_any_shape_is_judged(entity: dict[str, Any], checkout: Checkout) -> None:
    plan = load_plan(checkout, "local")
    chosen = random.Random(4711)
    for path in places(entity):
        for wrong in chosen.sample(WRONG[:5] + WRONG[6:], 3):
            (checkout.root / "content/catalog/all.yaml").write_text(yaml_text(mutated(entity, path, wrong)))
            for check in OURS:
                for error in check(plan):
                    assert "\n" not in error.sentence, (path, wrong)


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe", b"\x00", b"---\n---\n", b"- " * 5000, b"a: &a [*a]", b"? {a: b}\n: c", b"[" * 3000]
)
def test_files_of_any_bytes_are_judged(raw: bytes, checkout: Checkout) -> None:
    (checkout.root / "content/catalog/all.yaml").write_bytes(raw)
    try:
        found = findings(load_plan(checkout, "local"))
    except InputError:
        return
    assert all(isinstance(error.sentence, str) for error in found)
