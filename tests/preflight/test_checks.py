"""What a look at a cluster means for the local stack's graph; each case file says what has to happen.

The first line of a file of `cases` is the expectation, as in tests/cases/README.md. The rest changes the objects of the
graph (`edit`: kind to keys, deep), adds some (`objects`), and says what was seen of the cluster (`namespace`, `items`,
`unseen`, `served`, `secrets`, `homes`, `strangers`, `refusals`) where that differs from one that fits.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from portal.base.json_types import is_mapping
from portal.plan import Plan, load_plan
from portal.preflight.admission import Refusal
from portal.preflight.namespaces import check_namespace
from portal.preflight.requirements import GraphRequirements
from portal.preflight.run import cluster_findings
from portal.preflight.snapshot import ClusterIdentity, ClusterSnapshot
from tests.support.cases import OK, expectation, says
from tests.support.checkouts import copy_checkout
from tests.support.fitting_cluster import LABELS, STORAGE, local_objects

OBJECTS = local_objects()
CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def yaml(path: Path) -> Any:
    reader: Any = YAML(typ="safe", pure=True)
    return reader.load(path.read_text())


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return load_plan(copy_checkout(tmp_path_factory.mktemp("plan") / "checkout"), "local")


def merged(base: Any, changes: Any) -> Any:
    if is_mapping(base) and is_mapping(changes):
        return {**base, **{key: merged(base.get(key), value) for key, value in changes.items()}}
    return changes


def requirements_of(case: Mapping[str, Any]) -> GraphRequirements:
    edits: Mapping[str, Any] = case.get("edit", {})
    kept = [item for item in copy.deepcopy(OBJECTS) if edits.get(item["kind"], {}) is not None]
    changed = [merged(item, edits.get(item["kind"], {})) for item in kept]
    return GraphRequirements("local", (*changed, *case.get("objects", [])))


def snapshot_of(case: Mapping[str, Any]) -> ClusterSnapshot:
    namespace: Mapping[str, Any] = case.get("namespace", {"labels": LABELS})
    metadata = {"name": "portal", "labels": namespace.get("labels", {})}
    found = {"metadata": metadata, "status": {"phase": namespace.get("phase", "Active")}}
    return ClusterSnapshot(
        identity=ClusterIdentity("uid", None if namespace.get("absent") else found),
        items=tuple(case.get("items", [STORAGE])),
        unseen=frozenset(case.get("unseen", [])),
        served={version: frozenset(kinds) for version, kinds in case.get("served", {}).items()},
        secrets={name: frozenset(keys) for name, keys in case.get("secrets", {}).items()},
        homes=frozenset(case.get("homes", ["portal"])),
        strangers=tuple(case.get("strangers", [])),
        refusals=tuple(Refusal(**refusal) for refusal in case.get("refusals", [])),
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, plan: Plan) -> None:
    case: Mapping[str, Any] = yaml(path) or {}
    requirements, snapshot = requirements_of(case), snapshot_of(case)
    found = [
        *check_namespace(requirements, snapshot.identity, plan.where),
        *cluster_findings(requirements, snapshot, plan, replaces=case.get("replaces", False)),
    ]
    said = [error.sentence for error in found]
    expected = expectation(path)
    if expected == OK:
        assert said == []
        return
    assert len(said) == 1, said
    assert says(said[0], expected), said[0]
    assert "\n" not in said[0]
