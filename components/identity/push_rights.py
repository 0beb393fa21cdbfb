"""What it needs to push images to one repository of ECR."""

from __future__ import annotations

from components.identity.statement import Statement, allow, prefixed
from portal.aws.arn import regional_arn

_ACTIONS = (
    "BatchCheckLayerAvailability BatchGetImage CompleteLayerUpload DescribeImages GetDownloadUrlForLayer"
    " InitiateLayerUpload PutImage UploadLayerPart"
)


def push_statements(region: str, account: str, repository: str) -> list[Statement]:
    """The statements of a policy. Nothing in them deletes an image or moves a tag."""
    arn = regional_arn("ecr", region, account, f"repository/{repository}")
    # The token has no resource level.
    return [allow("Images", prefixed("ecr", _ACTIONS), arn), allow("ImageToken", ["ecr:GetAuthorizationToken"], "*")]
