"""Policy documents, which stand in inputs as JSON texts. Before a deployment a text may be unknown as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from policies.aws.resources import of_type, value
from portal.base.json_types import is_list, is_mapping
from portal.graph.model import UNKNOWN, Graph, Resource

_ROLE = "iam/role:Role"
_MANAGED = "iam/policy:Policy"
# The types whose policies say what an identity may do, each with the input that holds the text.
_INLINE = {
    "iam/groupPolicy:GroupPolicy": "policy",
    "iam/rolePolicy:RolePolicy": "policy",
    "iam/userPolicy:UserPolicy": "policy",
}
# The types whose policies say who may use a resource.
RESOURCE_POLICIES = {
    "ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "kms/key:Key": "policy",
    "kms/keyPolicy:KeyPolicy": "policy",
    "s3/bucketPolicy:BucketPolicy": "policy",
    "secretsmanager/secret:Secret": "policy",
    "secretsmanager/secretPolicy:SecretPolicy": "policy",
    "sns/topic:Topic": "policy",
    "sns/topicPolicy:TopicPolicy": "policy",
}
ATTACHMENTS = (
    "iam/groupPolicyAttachment:GroupPolicyAttachment",
    "iam/policyAttachment:PolicyAttachment",
    "iam/rolePolicyAttachment:RolePolicyAttachment",
    "iam/userPolicyAttachment:UserPolicyAttachment",
)


@dataclass(frozen=True)
class Grant:
    """One statement of a policy, with lists where AWS allows one text instead.

    ``all_but``: what ``actions`` or ``resources`` list is left out. ``principals`` are by kind, such as ``Service``.
    """

    allow: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: Mapping[str, tuple[str, ...]]
    condition: Mapping[str, Mapping[str, tuple[str, ...]]]
    all_but: bool


@lru_cache(maxsize=512)
def grants_of(text: str) -> tuple[Grant, ...] | None:
    """The statements of a document. None if it is not one."""
    try:
        document = json.loads(text)
        statements = _listed(document["Statement"])
        return tuple(_grant(one) for one in statements)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def identity_policies(graph: Graph) -> Iterator[tuple[Resource, str]]:
    """The texts of all policies that give rights to roles, users or groups. Boundaries give none."""
    for resource in of_type(graph, _MANAGED):
        if not is_boundary(resource):
            yield from _text(resource, resource.inputs.get("policy"))
    yield from inline_policies(graph)


def inline_policies(graph: Graph) -> Iterator[tuple[Resource, str]]:
    """Those that belong to one identity."""
    for resource in of_type(graph, *_INLINE):
        yield from _text(resource, resource.inputs.get("policy"))
    for role in of_type(graph, _ROLE):
        inline = value(role, "inlinePolicies")
        for one in inline if is_list(inline) else ():
            yield from _text(role, one.get("policy") if is_mapping(one) else one)


def trust_policies(graph: Graph) -> Iterator[tuple[Resource, str]]:
    """The texts that say who may take a role."""
    for role in of_type(graph, _ROLE):
        yield from _text(role, role.inputs.get("assumeRolePolicy"))


def resource_policies(graph: Graph, *types: str) -> Iterator[tuple[Resource, str]]:
    """The texts that say who may use a bucket, key, topic, secret or repository."""
    for resource in of_type(graph, *(types or RESOURCE_POLICIES)):
        yield from _text(resource, resource.inputs.get("policy"))


def is_boundary(resource: Resource) -> bool:
    """Whether a policy is there to limit roles: its component is one for boundaries, as in ``PortalBoundary``.

    A rule holds that nothing attaches it, as it would give rights then.
    """
    parents = resource.urn.split("::")[2].rpartition("$")[0]
    return resource.type == f"aws:{_MANAGED}" and parents.endswith("Boundary")


def _text(resource: Resource, found: object) -> Iterator[tuple[Resource, str]]:
    if found is not None and found != UNKNOWN:
        yield resource, found if isinstance(found, str) else ""


def _grant(statement: Mapping[str, Any]) -> Grant:
    principal = statement.get("Principal", statement.get("NotPrincipal", {}))
    return Grant(
        allow=statement["Effect"] == "Allow",
        actions=_texts(statement.get("Action", statement.get("NotAction"))),
        resources=_texts(statement.get("Resource", statement.get("NotResource"))),
        principals={"*": ("*",)}
        if principal == "*" or "NotPrincipal" in statement
        else {kind: _texts(named) for kind, named in principal.items()},
        condition={
            operator: {key: _texts(wanted) for key, wanted in pairs.items()}
            for operator, pairs in statement.get("Condition", {}).items()
        },
        all_but="NotAction" in statement or "NotResource" in statement,
    )


def _listed(found: Any) -> list[Any]:  # noqa: ANN401 - JSON in
    return list(found) if is_list(found) else [found]


def _texts(found: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON in
    return () if found is None else tuple(str(one) for one in _listed(found))
