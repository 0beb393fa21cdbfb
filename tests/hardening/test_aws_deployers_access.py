"""What whoever deploys portals gets at, asked of an emulator that enforces policies: MiniStack with AUTH=true.

The roles, policies and boundaries are those of a recorded foundation. test_aws_access.py says where MiniStack 1.5.33
differs from AWS. Besides, it knows neither kms:EncryptionContext, nor the ARNs of zones in Route 53 and of what belongs
to databases. Who may decrypt what, and write which record, is in tests/components/test_identity.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from portal.graph.model import Graph
from tests.hardening.emulated_account import ACCOUNT as RECORDED
from tests.hardening.emulated_account import EmulatedAccount
from tests.hardening.emulator import REGION, Credentials, Emulator, allowed
from tests.stacks.test_aws_foundation import FULL, record

pytestmark = pytest.mark.xdist_group("hardening-emulator")

# An account of its own: test_aws_access.py has another.
ACCOUNT, STATES = "777788889999", "acme-pulumi-states"
DEPLOYER = {"repository": "acme/portal", "environment": "prod"}
STACKS = ("prod", "dev", "pr-123")


@cache
def foundation() -> Graph:
    deployers = {
        "prod": DEPLOYER,
        "pr": {**DEPLOYER, "environment": "pull-request", "ephemeral": True},
    }
    cluster = {**FULL["cluster"], "administrators": {"platform": f"arn:aws:iam::{ACCOUNT}:role/platform"}}
    own = {"account": ACCOUNT, "cluster": cluster, "deployers": deployers, "state": {"bucket": STATES}}
    return record({**FULL, **own})


class Deployers:
    """An account with a foundation, and with the state and the bucket of three portals."""

    def __init__(self, aws: Emulator) -> None:
        # The recorder has the account of the examples.
        self.account = EmulatedAccount(aws, {RECORDED: ACCOUNT}, ACCOUNT)
        self.account.add(foundation())
        s3 = self.account.s3
        s3.create_bucket(Bucket=STATES, CreateBucketConfiguration={"LocationConstraint": REGION})
        for stack in STACKS:
            s3.put_object(Bucket=STATES, Key=state_of(stack), Body=b"{}")
            s3.create_bucket(Bucket=f"portal-{stack}-docs", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.people: dict[str, Credentials] = {
            "prod": self.job("deploy-prod", "prod"),
            "prod read-only": self.job("deploy-prod-read-only", "prod-read"),
            "pr": self.job("deploy-pr", "pull-request"),
            "pr expire": self.job("deploy-pr", "pull-request-expire"),
        }

    def job(self, role: str, environment: str) -> Credentials:
        return self.account.emulator.github_job(self.account.role(role), f"repo:acme/portal:environment:{environment}")

    def client(self, who: str, service: str) -> Any:
        return self.account.emulator.client(service, self.people[who])


Request = Callable[[Deployers, str, str], object]


@pytest.fixture(scope="module")
def world(aws: Emulator) -> Deployers:
    return Deployers(aws)


def state_of(stack: str) -> str:
    return f".pulumi/stacks/portal/{stack}.json"


def reads_state(world: Deployers, who: str, stack: str) -> object:
    return world.client(who, "s3").get_object(Bucket=STATES, Key=state_of(stack))


def writes_state(world: Deployers, who: str, stack: str) -> object:
    return world.client(who, "s3").put_object(Bucket=STATES, Key=state_of(stack), Body=b"{}")


def locks(world: Deployers, who: str, stack: str) -> object:
    return world.client(who, "s3").put_object(
        Bucket=STATES, Key=f".pulumi/locks/organization/portal/{stack}/1.json", Body=b"{}"
    )


def lists_states(world: Deployers, who: str, _: str) -> object:
    return world.client(who, "s3").list_objects_v2(Bucket=STATES, Prefix=".pulumi/stacks/")


def changes_database(world: Deployers, who: str, stack: str) -> object:
    return of_database(lambda: world.client(who, "rds").modify_db_instance(DBInstanceIdentifier=f"portal-{stack}"))


def deletes_database(world: Deployers, who: str, stack: str) -> object:
    asked = {"DBInstanceIdentifier": f"portal-{stack}", "SkipFinalSnapshot": True}
    return of_database(lambda: world.client(who, "rds").delete_db_instance(**asked))


def of_database(request: Callable[[], object]) -> object:
    """There is none, as it would be a container. MiniStack says so only to whoever may ask."""
    try:
        return request()
    except ClientError as error:
        if error.response["Error"]["Code"] != "DBInstanceNotFound":
            raise
        return None


def deletes_bucket(world: Deployers, who: str, stack: str) -> object:
    found = world.client(who, "s3").delete_bucket(Bucket=f"portal-{stack}-docs")
    world.account.s3.create_bucket(
        Bucket=f"portal-{stack}-docs", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    return found


def makes_key_of(world: Deployers, who: str, stack: str) -> object:
    return world.client(who, "kms").create_key(Tags=[{"TagKey": "portal:stack", "TagValue": stack}])


def deletes_key_of(world: Deployers, who: str, stack: str) -> object:
    kms = world.account.emulator.client("kms", world.account.root)
    key = kms.create_key(Tags=[{"TagKey": "portal:stack", "TagValue": stack}])["KeyMetadata"]["KeyId"]
    return world.client(who, "kms").schedule_key_deletion(KeyId=key)


OWN, EPHEMERAL = (
    (reads_state, writes_state, locks, changes_database, makes_key_of),
    (deletes_bucket, deletes_database, deletes_key_of),
)
# Whose stack each may do what to.
MAY: dict[tuple[str, Request], set[str]] = {
    **{("prod", one): {"prod"} for one in OWN},
    **{("prod", one): set() for one in EPHEMERAL},
    ("prod", lists_states): set(STACKS),
    **{("prod read-only", one): set() for one in (*OWN, *EPHEMERAL)},
    ("prod read-only", reads_state): {"prod"},
    ("prod read-only", lists_states): set(STACKS),
    **{("pr", one): {"pr-123"} for one in (*OWN, *EPHEMERAL)},
    ("pr expire", deletes_bucket): {"pr-123"},
}


@pytest.mark.parametrize(("who", "request_"), MAY, ids=lambda one: one.__name__ if callable(one) else one)
def test_a_deployer_has_its_own_stacks_only(world: Deployers, who: str, request_: Request) -> None:
    assert {stack for stack in STACKS if allowed(lambda: request_(world, who, stack))} == MAY[who, request_]  # noqa: B023 - at once


def test_what_is_not_there_is_said_to_be_not_there(world: Deployers) -> None:
    """Pulumi asks for the tags of a stack, which most have not, and takes no other answer (stack_tags.go)."""
    with pytest.raises(ClientError) as caught:
        world.client("prod", "s3").get_object(Bucket=STATES, Key=".pulumi/stacks/portal/prod.pulumi-tags")
    assert "(NoSuchKey)" in str(caught.value)


WIDER = {
    "kms:CreateGrant": "kms:ScheduleKeyDeletion",
    "rds:RebootDBInstance": "rds:DeleteDBInstance",
    "s3:CreateBucket": "s3:DeleteBucket",
}


@pytest.mark.parametrize("request_", EPHEMERAL, ids=lambda one: one.__name__)
def test_the_boundary_keeps_the_data_of_what_stays(world: Deployers, request_: Request) -> None:
    """Not the role's own policy does: with a wider one nothing changes, unless the boundary is wider, too."""
    wider = [(f'"{one}"', f'"{one}","{more}"') for one, more in WIDER.items()]
    without = [(f'"{one}"', '"x:Y"') for one in ("kms:ScheduleKeyDeletion", "rds:DeleteDBInstance", "s3:DeleteBucket*")]
    with world.account.changed("RolePolicy deploy-prod-rights", *wider):
        assert not allowed(lambda: request_(world, "prod", "prod"))
        with world.account.changed("Policy deploy-boundary-prod", *without):
            assert allowed(lambda: request_(world, "prod", "prod"))


def test_a_pattern_of_states_that_is_too_wide_would_be_seen(world: Deployers) -> None:
    with world.account.changed("RolePolicy deploy-prod-rights", ("/stacks/portal/prod.json*", "/stacks/*")):
        assert allowed(lambda: reads_state(world, "prod", "dev"))
    with world.account.changed("RolePolicy deploy-prod-read-only-rights", ('"s3:GetObject"', '"s3:*"')):
        assert allowed(lambda: writes_state(world, "prod read-only", "prod"))


@pytest.mark.parametrize("environment", ["prod", "dev", "pull-request"])
def test_who_may_look_may_not_deploy(world: Deployers, environment: str) -> None:
    assert allowed(lambda: world.job("deploy-prod", environment)) is (environment == "prod")
    assert not allowed(lambda: world.job("deploy-prod-read-only", environment))
