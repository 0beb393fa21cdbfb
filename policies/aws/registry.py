"""Image repositories of ECR."""

from __future__ import annotations

from typing import Any

from policies.aws.resources import is_true, require, require_part
from policies.control import Control
from portal.base.json_types import is_list, is_mapping
from portal.graph.model import UNKNOWN

_REPOSITORY = "ecr/repository:Repository"


def _with_kms(found: Any) -> bool:  # noqa: ANN401 - JSON in
    return is_list(found) and any(
        one == UNKNOWN or (is_mapping(one) and one.get("encryptionType") in ("KMS", "KMS_DSSE", UNKNOWN))
        for one in found
    )


CONTROLS = (
    Control(
        ids=("ECR.1",),
        title="Images are scanned when they are pushed",
        check=require(
            _REPOSITORY, "imageScanningConfiguration.scanOnPush", is_true, "does not scan images that are pushed"
        ),
    ),
    Control(
        ids=("ECR.2",),
        title="A tag never moves to another image",
        check=require(
            _REPOSITORY, "imageTagMutability", lambda found: found == "IMMUTABLE", "lets a tag move to another image"
        ),
    ),
    Control(
        ids=("ECR.3",),
        title="Images that nobody needs end",
        check=require_part(
            _REPOSITORY,
            "ecr/lifecyclePolicy:LifecyclePolicy",
            "repository",
            "keeps everything for ever, as it has no lifecycle policy",
        ),
    ),
    Control(
        ids=("ECR.5",),
        title="Images are encrypted with a key of KMS",
        check=require(_REPOSITORY, "encryptionConfigurations", _with_kms, "its images are not encrypted with a key"),
    ),
)
