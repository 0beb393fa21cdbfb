"""Which role of AWS a job of CI takes for a stack.

The stack's file says it all: its account, its region, and by the boundary of its roles the foundation that made the
roles of jobs. So there is nothing to store for a stack, and nothing that could be another stack's by mistake. Where no
foundation made the role, or where a stack runs elsewhere and only its state or its registry is on AWS, whoever sets CI
up names the role.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portal.aws.arn import iam_arn
from portal.aws.names import FOUNDATION_PATH, deploy_role_name, foundation_of, read_only_name, release_role_name
from portal.base.errors import InputError, SituationError, one_of, quoted
from portal.base.json_types import is_mapping
from portal.models.aws.scalars import AccountId, PolicyArn, Region, is_region
from portal.models.base import Model, validated
from portal.stackfile.read import StackFile, target_in

ROLE_VARIABLE, REGION_VARIABLE = "AWS_ROLE", "AWS_REGION"
_KEY = "portal:aws"
_ROLE = re.compile(r"arn:aws(-[a-z]+)*:iam::(?P<account>[0-9]{12}):role/[\w+=,.@/-]{1,570}")
# What a job does, and the name of the foundation's role for it, from the foundation and the portal.
ROLES: Mapping[str, Callable[[str, str], str]] = {
    "deploy": deploy_role_name,
    "read-only": lambda foundation, portal: read_only_name(deploy_role_name(foundation, portal)),
    "release": lambda foundation, _: release_role_name(foundation),
}
# It pushes to a registry, which may be in another account than the stack.
_ELSEWHERE = "release"


@dataclass(frozen=True)
class JobRole:
    """A role by its ARN, and the region to use it in."""

    arn: str
    region: str


class _Account(Model):
    """Of `portal:aws`, what this needs. The rest is checked with the whole file, by the program that deploys it."""

    account: AccountId
    region: Region
    boundary: PolicyArn | None = None


def role_of_job(file: StackFile, purpose: str, role: str | None, region: str | None) -> JobRole | None:
    """The role for a purpose: the given one, else the foundation's. None if the stack needs none.

    InputError if the given role cannot be the stack's.
    """
    if purpose not in ROLES:
        raise InputError(where="--as", key="", got=quoted(purpose), allowed=one_of(ROLES), fix="choose one of them")
    account = role_account(role) if role is not None else None
    target = target_in(file.values)
    if target is None or not target.on_aws:
        return _given(role, region)
    place = _place(file)
    if role is None:
        return JobRole(_of_foundation(file, place, purpose), place.region)
    if purpose != _ELSEWHERE and account != place.account:
        raise InputError(
            where=ROLE_VARIABLE,
            key="",
            got=quoted(role),
            allowed=f"a role of the account {place.account}, where {file.stack} runs",
            fix="correct the variable of the GitHub environment, or remove it: a foundation's role is known without",
        )
    return JobRole(role, region or place.region)


def role_account(role: str) -> str:
    """The account of a role. InputError if the text is not the ARN of one."""
    found = _ROLE.fullmatch(role)
    if found is None:
        raise InputError(
            where=ROLE_VARIABLE,
            key="",
            got=quoted(role),
            allowed="the ARN of a role (arn:aws:iam::111122223333:role/...)",
            fix="copy it from the foundation's output `deployRoles`, or from IAM",
        )
    return found["account"]


def _given(role: str | None, region: str | None) -> JobRole | None:
    """For a stack that does not run on AWS: nothing, or what whoever set CI up wants of it all the same."""
    if role is None:
        return None
    if region is None or not is_region(region):
        raise InputError(
            where=REGION_VARIABLE,
            key="",
            got=quoted(region) if region else "nothing",
            allowed="a region (eu-central-1), as the stack does not say one",
            fix=f"set the variable {REGION_VARIABLE} beside {ROLE_VARIABLE}",
        )
    return JobRole(role, region)


def _place(file: StackFile) -> _Account:
    value = file.values.get(_KEY)
    known = {key: value[key] for key in ("account", "region", "boundary") if key in value} if is_mapping(value) else {}
    return validated(_Account, known, lambda path: file.where(("aws", *path)), prefix=f"{_KEY}.")


def _of_foundation(file: StackFile, place: _Account, purpose: str) -> str:
    foundation = foundation_of(place.boundary) if place.boundary is not None else None
    if foundation is None:
        raise SituationError(
            "its boundary is not one of a foundation, so the role of this job is not known",
            f"set the variable {ROLE_VARIABLE} of the GitHub environment to the role's ARN, or let"
            f" `portal foundation export --stack {file.stack}` write the boundary",
            where=file.where(("aws",)),
        )
    name = ROLES[purpose](foundation, file.stack)
    return iam_arn(place.region, place.account, f"role{FOUNDATION_PATH}{name}")
