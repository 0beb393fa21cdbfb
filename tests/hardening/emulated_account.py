"""What a recorded graph says about access, made in an emulated account: buckets, roles, and their documents."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from portal.graph.model import Graph, Resource
from tests.components.aws import of_type
from tests.hardening.emulator import REGION, Emulator

ACCOUNT = "111122223333"
# What the recorder calls a bucket that Pulumi names.
_RECORDED_BUCKET = "known-bucket"


class EmulatedAccount:
    """An account of the emulator. Documents are those of the program, but for ids that the account chooses itself."""

    def __init__(self, emulator: Emulator, ids: Mapping[str, str], account: str = ACCOUNT) -> None:
        self.emulator, self._ids = emulator, ids
        self.root = emulator.root(account)
        self.iam, self.s3 = (emulator.client(service, self.root) for service in ("iam", "s3"))
        self._documents: dict[str, str] = {}
        self._owners: dict[str, str] = {}

    def add(self, graph: Graph) -> None:
        """Make the graph's buckets, policies and roles."""
        for one in of_type(graph, "Bucket"):
            self._bucket(graph, one)
        for one in of_type(graph, "Policy"):
            self._put("Policy", one, self._text(one.inputs["policy"]))
        for one in of_type(graph, "Role"):
            self._role(graph, one)
        for one in of_type(graph, "RolePolicy"):
            self._owners[one.name] = self._owner(graph, one, "role")
            self._put("RolePolicy", one, self._text(one.inputs["policy"]))
        for one in of_type(graph, "RolePolicyAttachment"):
            for arn in self._policies(graph, one, "policyArn"):
                self.iam.attach_role_policy(RoleName=self._owner(graph, one, "role"), PolicyArn=arn)

    def role(self, name: str) -> str:
        """The ARN of a role, by its logical name."""
        return self.iam.get_role(RoleName=self._owners[name])["Role"]["Arn"]

    @contextmanager
    def changed(self, document: str, *words: tuple[str, str]) -> Generator[None]:
        """Change words of a document for the block. ``document`` is its type and logical name."""
        text = self._documents[document]
        other = text
        for old, new in words:
            assert old in other, f"{old} is not in {document}: {other}"
            other = other.replace(old, new)
        self._write(document, other)
        try:
            yield
        finally:
            self._write(document, text)

    def _bucket(self, graph: Graph, bucket: Resource) -> None:
        name = bucket.inputs.get("bucket", _RECORDED_BUCKET)
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        for one in (part for part in graph if bucket.urn in part.property_dependencies.get("bucket", ())):
            if one.type.endswith(":BucketPublicAccessBlock"):
                keys = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
                shut = {f"{key[0].upper()}{key[1:]}": one.inputs[key] for key in keys}
                self.s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=shut)
            elif one.type.endswith(":BucketVersioning"):
                status = one.inputs["versioningConfiguration"]["status"]
                self.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
            elif one.type.endswith(":BucketPolicy"):
                self._owners[one.name] = name
                self._put("BucketPolicy", one, self._text(one.inputs["policy"]))

    def _role(self, graph: Graph, role: Resource) -> None:
        name = role.inputs.get("name", role.name)
        self._owners[role.name] = name
        trust = self._text(role.inputs["assumeRolePolicy"])
        # The boundary of a portal's roles is one of another stack, and its stack file has the ARN.
        boundaries = self._policies(graph, role, "permissionsBoundary") or [role.inputs.get("permissionsBoundary")]
        limit = {} if boundaries[0] is None else {"PermissionsBoundary": boundaries[0]}
        self.iam.create_role(RoleName=name, Path=role.inputs["path"], AssumeRolePolicyDocument=trust, **limit)
        self._documents[f"Role {role.name}"] = trust

    def _put(self, kind: str, resource: Resource, text: str) -> None:
        document = f"{kind} {resource.name}"
        self._documents[document] = text
        if kind == "Policy":
            inputs: Mapping[str, Any] = resource.inputs
            made = self.iam.create_policy(PolicyName=inputs["name"], Path=inputs["path"], PolicyDocument=text)
            self._owners[resource.name] = made["Policy"]["Arn"]
        else:
            self._write(document, text)

    def _write(self, document: str, text: str) -> None:
        kind, name = document.split(" ")
        owner = self._owners[name]
        if kind == "Role":
            self.iam.update_assume_role_policy(RoleName=owner, PolicyDocument=text)
        elif kind == "RolePolicy":
            self.iam.put_role_policy(RoleName=owner, PolicyName="rights", PolicyDocument=text)
        elif kind == "BucketPolicy":
            self.s3.put_bucket_policy(Bucket=owner, Policy=text)
        else:
            version = self.iam.create_policy_version(PolicyArn=owner, PolicyDocument=text, SetAsDefault=True)
            for one in self.iam.list_policy_versions(PolicyArn=owner)["Versions"]:
                if one["VersionId"] != version["PolicyVersion"]["VersionId"]:
                    self.iam.delete_policy_version(PolicyArn=owner, VersionId=one["VersionId"])

    def _owner(self, graph: Graph, resource: Resource, place: str) -> str:
        (owner,) = [graph.resources[urn] for urn in resource.property_dependencies[place]]
        return self._owners[owner.name]

    def _policies(self, graph: Graph, resource: Resource, place: str) -> list[str]:
        """The ARNs of the policies of the graph in an input. Those of AWS itself are none."""
        found = [graph.resources[urn] for urn in resource.property_dependencies.get(place, ())]
        return [self._owners[one.name] for one in found if one.type.endswith(":Policy")]

    def _text(self, text: str) -> str:
        for recorded, real in self._ids.items():
            text = text.replace(recorded, real)
        json.loads(text)
        return text
