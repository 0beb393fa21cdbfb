"""The registry of an account and region."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws.ecr import LifecyclePolicy, Repository

_UNTAGGED_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class ImageRepositoryArgs:
    """``repository`` is its name. ``key_arn`` encrypts the images. ``keep``: a destroy leaves them."""

    repository: str
    key_arn: pulumi.Input[str]
    keep: bool = True


class ImageRepository(pulumi.ComponentResource):
    """Stateful: the images that releases name. A tag never moves, and images are scanned when they are pushed.

    Deliberately deletes no image that has a tag: a stack may return to any release.
    """

    url: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: ImageRepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:registry:ImageRepository", name, None, opts)
        repository = Repository(
            name,
            name=args.repository,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": args.key_arn}],
            force_delete=not args.keep,
            opts=pulumi.ResourceOptions(parent=self, protect=args.keep, retain_on_delete=args.keep),
        )
        LifecyclePolicy(
            f"{name}-lifecycle",
            repository=repository.name,
            policy=_lifecycle(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = repository.repository_url
        self.arn = repository.arn
        self.register_outputs({"url": self.url})


def _lifecycle() -> str:
    """Images of a platform have no tag of their own, and stay with the index that has one.

    Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    """
    selection = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": _UNTAGGED_DAYS,
    }
    rule = {
        "rulePriority": 1,
        "description": "Images whose push was never finished",
        "selection": selection,
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]})
