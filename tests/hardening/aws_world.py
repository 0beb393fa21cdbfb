"""People in emulated accounts of AWS, and what they ask for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.components.aws import KEY, the
from tests.hardening.emulated_account import ACCOUNT, EmulatedAccount
from tests.hardening.emulator import Credentials, Emulator
from tests.support.aws_graphs import STACKS, recorded_file

DOCS, LOGS, PAGE = "known-bucket", f"access-logs-{ACCOUNT}-eu-central-1", "default/component/service/index.html"
OTHER_ACCOUNT = "444455556666"
PODS, PUBLISHER = "portal-prod-portal-identity", "portal-prod-docs-publisher"
OF_MAIN = "repo:acme/service:ref:refs/heads/main"
TAGS = "aws:RequestTag/"

Client = Callable[..., Any]
"""``client("s3")``, or without TLS: ``client("s3", tls=False)``."""


@dataclass(frozen=True)
class World:
    """The accounts, and everybody in them by name."""

    account: EmulatedAccount
    people: dict[str, Credentials]
    key: str
    version: str

    def client(self, who: str) -> Client:
        def made(service: str, *, tls: bool = True) -> Any:
            return self.account.emulator.client(service, self.people[who], tls=tls)

        return made


Request = Callable[[Client, World], object]


def somebody(emulator: Emulator, account: str, name: str, actions: list[str]) -> Credentials:
    """A role of an account that may do these to everything in it."""
    iam = emulator.client("iam", emulator.root(account))
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    taken = {"Effect": "Allow", "Principal": root, "Action": ["sts:AssumeRole", "sts:TagSession"]}
    trust = {"Version": "2012-10-17", "Statement": [taken]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if actions:
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=json.dumps(document))
    return emulator.session(role, {})


def pods_tags() -> dict[str, str]:
    """What EKS says of the portal's pods, as the trust policy asks for it."""
    graph = recorded_file(STACKS / "prod.yaml", preview=False)
    (trust,) = json.loads(the(graph, "Role", f"{PODS}-role").inputs["assumeRolePolicy"])["Statement"]
    return {key.removeprefix(TAGS): value for key, value in trust["Condition"]["StringEquals"].items()}


def make_world(aws: Emulator) -> World:
    """The account with a foundation and prod, another account, and somebody in each."""
    key = aws.client("kms", aws.root(ACCOUNT)).create_key()["KeyMetadata"]["Arn"]
    account = EmulatedAccount(aws, {KEY: key})
    for stack in ("foundation", "prod"):
        account.add(recorded_file(STACKS / f"{stack}.yaml", preview=False))
    version = account.s3.put_object(Bucket=DOCS, Key=PAGE, Body=b"<html>")["VersionId"]
    people = {
        "pods": aws.session(account.role(f"{PODS}-role"), pods_tags()),
        "publisher": aws.github_job(account.role(PUBLISHER), OF_MAIN),
        "administrator": somebody(aws, ACCOUNT, "administrator", ["s3:*"]),
        "stranger": somebody(aws, ACCOUNT, "stranger", []),
        "other account": somebody(aws, OTHER_ACCOUNT, "administrator", ["s3:*"]),
    }
    return World(account, people, key, version)


def reads(client: Client, _: World) -> object:
    return client("s3").get_object(Bucket=DOCS, Key=PAGE)


def reads_in_clear(client: Client, _: World) -> object:
    return client("s3", tls=False).get_object(Bucket=DOCS, Key=PAGE)


def lists(client: Client, _: World) -> object:
    return client("s3").list_objects_v2(Bucket=DOCS)


def lists_versions(client: Client, _: World) -> object:
    return client("s3").list_object_versions(Bucket=DOCS)


def lists_buckets(client: Client, _: World) -> object:
    return client("s3").list_buckets()


def writes(client: Client, _: World) -> object:
    return client("s3").put_object(Bucket=DOCS, Key=f"{PAGE}.new", Body=b"<html>")


def deletes(client: Client, _: World) -> object:
    return client("s3").delete_object(Bucket=DOCS, Key=f"{PAGE}.old")


def deletes_a_version(client: Client, world: World) -> object:
    # Without a page of that version nothing is lost.
    return client("s3").delete_object(Bucket=DOCS, Key=f"{PAGE}.old", VersionId=world.version)


def changes_who_gets_in(client: Client, _: World) -> object:
    keys = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    shut = dict.fromkeys(keys, True)
    return client("s3").put_public_access_block(Bucket=DOCS, PublicAccessBlockConfiguration=shut)


def reads_logs(client: Client, _: World) -> object:
    return client("s3").list_objects_v2(Bucket=LOGS)


def reads_logs_in_clear(client: Client, _: World) -> object:
    return client("s3", tls=False).list_objects_v2(Bucket=LOGS)


def writes_logs(client: Client, _: World) -> object:
    return client("s3").put_object(Bucket=LOGS, Key=f"portal-prod/AWSLogs/{ACCOUNT}/forged", Body=b"")


def uses_the_key(client: Client, world: World) -> object:
    return client("kms").generate_data_key(KeyId=world.key, KeySpec="AES_256")
