"""Roles: who may take them, and what they may do."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from fnmatch import fnmatchcase

from policies.aws.documents import (
    ATTACHMENTS,
    Grant,
    grants_of,
    identity_policies,
    inline_policies,
    is_boundary,
    resource_policies,
    trust_policies,
)
from policies.aws.resources import linked, of_type, value
from policies.aws.without_resource import BEFORE_IT_EXISTS, WITHOUT_RESOURCE
from policies.control import Control, Rule
from portal.graph.model import UNKNOWN, Graph, Resource

Policies = Callable[[Graph], Iterable[tuple[Resource, str]]]

_ROLE = "iam/role:Role"
# A portal's own roles are below it; those of the account's foundation are not.
_PORTALS = "/portal/"
_DECRYPT = ("kms:decrypt", "kms:reencryptfrom")
# The subjects of all repositories of an owner on GitHub. An owner's name cannot have a slash.
_ALL_OF_AN_OWNER = re.compile(r"repo:[\w.@-]+/\*:(environment:|ref:refs/heads/)[^*?]+")
_ADMINISTRATION = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")


def _managed(graph: Graph) -> Iterator[tuple[Resource, str]]:
    return ((one, text) for one, text in identity_policies(graph) if one.type == "aws:iam/policy:Policy")


def _each(policies: Policies, wrong: Callable[[Grant], Iterable[str]]) -> Rule:
    """A rule for each statement that allows something. ``wrong`` says in words what is."""

    def check(graph: Graph) -> Iterator[str]:
        for resource, text in policies(graph):
            for grant in grants_of(text) or ():
                if grant.allow:
                    yield from (f"{resource.name}: {one}" for one in wrong(grant))

    return check


def _readable(graph: Graph) -> Iterator[str]:
    for policies in (identity_policies, trust_policies, resource_policies):
        for resource, text in policies(graph):
            if grants_of(text) is None:
                yield f"{resource.name}: its policy is not a document that AWS accepts"


def _administration(grant: Grant) -> Iterator[str]:
    if grant.all_but:
        yield "may do everything that its policy does not name"
    elif "*" in grant.actions and any(_is_everything(one) for one in grant.resources):
        yield "may do everything in the account"


def _attached_administration(graph: Graph) -> Iterator[str]:
    yield from _each(identity_policies, _administration)(graph)
    for attachment in of_type(graph, *ATTACHMENTS):
        if str(value(attachment, "policyArn")).rpartition("/")[2] in _ADMINISTRATION:
            yield f"{attachment.name}: gives a role nearly every right in the account"


def _whole_services(grant: Grant) -> Iterator[str]:
    for action in grant.actions:
        if action == "*" or action.endswith(":*"):
            yield f"may do everything with a service ({action}): name the actions"


def _everywhere(grant: Grant) -> Iterator[str]:
    if grant.all_but or not any(_is_everything(one) for one in grant.resources):
        return
    new = any(key.startswith("aws:RequestTag/") for pairs in grant.condition.values() for key in pairs)
    for action in grant.actions:
        if action not in WITHOUT_RESOURCE and not (new and action in BEFORE_IT_EXISTS):
            yield f"may {action} with every resource of the account: name the resources"


def _is_everything(resource: str) -> bool:
    """Whether a resource is of any service: ``*``, or an ARN whose service is."""
    return resource == "*" or resource.split(":")[2:3] == ["*"]


def _decrypts_all(grant: Grant) -> Iterator[str]:
    """AWS's own control ignores conditions. Ours accepts keys that a tag tells from others."""
    by_tag = any(key.startswith("aws:ResourceTag/") for pairs in grant.condition.values() for key in pairs)
    everything = any(one == "*" or (":kms:" in one and one.endswith((":*", ":key/*"))) for one in grant.resources)
    decrypts = any(fnmatchcase(one, action.lower()) for one in _DECRYPT for action in grant.actions)
    if decrypts and everything and not by_tag:
        yield "may decrypt with every key of the account"


def _trusted(graph: Graph) -> Iterator[str]:
    for role, text in trust_policies(graph):
        for grant in grants_of(text) or ():
            if grant.allow:
                yield from (f"{role.name}: {one}" for one in _wrong_trust(grant))


def _wrong_trust(grant: Grant) -> Iterator[str]:
    if not grant.principals:
        yield "does not say who may take it"
    for kind, named in grant.principals.items():
        if any("*" in one for one in named):
            yield "everybody may take it (the principal is `*`)"
        elif kind == "Federated":
            yield from _wrong_federation(grant, named)
        elif kind != "Service":
            yield f"{', '.join(named)} may take it, and only services and federated identities should"


def _wrong_federation(grant: Grant, named: Iterable[str]) -> Iterator[str]:
    exact, alike = (grant.condition.get(operator, {}) for operator in ("StringEquals", "StringLike"))
    for provider in named:
        issuer = provider.rpartition("oidc-provider/")[2]
        for claim in ("aud", "sub"):
            wanted = exact.get(f"{issuer}:{claim}", ())
            if not (wanted and all(map(_is_exact, wanted))) and not (
                claim == "sub" and _are_of_an_owner(alike.get(f"{issuer}:{claim}", ()))
            ):
                yield f"takes tokens of {issuer} without one exact `{claim}`"


def _is_exact(text: str) -> bool:
    return "*" not in text and "?" not in text


def _are_of_an_owner(patterns: Collection[str]) -> bool:
    """Whether patterns stand for all repositories of an owner, and for one branch or environment of them."""
    return bool(patterns) and all(map(_ALL_OF_AN_OWNER.fullmatch, patterns))


def _limited(graph: Graph) -> Iterator[str]:
    roles = [one for one in of_type(graph, _ROLE) if str(value(one, "path")).startswith(_PORTALS)]
    boundaries = [value(one, "permissionsBoundary") for one in roles]
    if not any(boundaries):
        return
    for role, boundary in zip(roles, boundaries, strict=True):
        if not boundary:
            yield f"{role.name}: has no permissions boundary, and other roles of the stack have one"
    if len({str(one) for one in boundaries if one and one != UNKNOWN}) > 1:
        yield f"{roles[0].name}: the roles of the stack have different permissions boundaries"


def _boundaries_give_nothing(graph: Graph) -> Iterator[str]:
    for boundary in of_type(graph, "iam/policy:Policy"):
        if is_boundary(boundary):
            for attachment in linked(graph, boundary, "policyArn", *ATTACHMENTS):
                yield f"{attachment.name}: attaches the boundary {boundary.name}, which would give all that it lists"


CONTROLS = (
    Control(ids=("IAM.1", "CIS 2.14"), title="No role administers the account", check=_attached_administration),
    Control(
        ids=("IAM.21",),
        title="No role may do everything with a service",
        check=_each(identity_policies, _whole_services),
    ),
    Control(
        ids=("KMS.1",),
        title="No managed policy lets a role decrypt with every key",
        check=_each(_managed, _decrypts_all),
    ),
    Control(
        ids=("KMS.2",),
        title="No inline policy lets a role decrypt with every key",
        check=_each(inline_policies, _decrypts_all),
    ),
    Control(
        title="Policies name the resource `*` only where AWS has no resource level",
        check=_each(identity_policies, _everywhere),
    ),
    Control(title="Services and single federated identities take roles, and nobody else", check=_trusted),
    Control(title="All roles of a portal have the same boundary, if one has one", check=_limited),
    Control(title="A boundary limits roles, and gives no rights", check=_boundaries_give_nothing),
    Control(title="Policies are documents that AWS accepts", check=_readable),
)
