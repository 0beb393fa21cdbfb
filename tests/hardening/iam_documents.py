"""The IAM documents in a graph: policies of roles, of resources, and who may take a role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal.base.json_types import is_list, is_mapping
from portal.graph.model import Graph, Path

_TRUST = "assumeRolePolicy"
_INPUTS = (_TRUST, "policy", "policyDocument")
# Rules for images. They are called a policy, too.
_OTHERS = ("aws:ecr/lifecyclePolicy:LifecyclePolicy",)


@dataclass(frozen=True)
class Document:
    """One document, as a checker of policies takes it. ``subject`` says where it stands."""

    stack: str
    subject: str
    text: str
    of_an_identity: bool


def iam_documents(stack: str, graph: Graph) -> Iterator[Document]:
    """Every document of a graph in which all is known. One that is no JSON is an error."""
    for resource in graph:
        if not resource.type.startswith("aws:") or resource.type in _OTHERS:
            continue
        for path, text in _texts(resource.inputs, ()):
            subject = f"{resource.type} {resource.name}: {'.'.join(map(str, path))}"
            if path[-1] in _INPUTS:
                yield _document(stack, subject, text, trust=path[-1] == _TRUST)
            else:
                assert '"Statement"' not in text, f"{subject} holds a document, and nothing here knows this input"


def _document(stack: str, subject: str, text: str, *, trust: bool) -> Document:
    try:
        document: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise AssertionError(f"{subject} is no JSON: {error}") from None
    assert is_mapping(document), subject
    statements: list[dict[str, Any]] = document["Statement"]
    if trust:
        # It has no resource but the role that it belongs to, and parliament asks for one.
        document = {**document, "Statement": [{**statement, "Resource": "*"} for statement in statements]}
    of_an_identity = not any({"Principal", "NotPrincipal"} & statement.keys() for statement in statements)
    return Document(stack, subject, json.dumps(document), of_an_identity)


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif is_mapping(value):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif is_list(value):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
