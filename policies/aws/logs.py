"""Log groups of CloudWatch."""

from __future__ import annotations

from policies.aws.resources import is_given, require
from policies.control import Control

_GROUP = "cloudwatch/logGroup:LogGroup"

CONTROLS = (
    Control(
        ids=("CloudWatch.16",),
        title="It is written how long logs stay",
        check=require(_GROUP, "retentionInDays", is_given, "keeps logs for ever"),
    ),
    Control(
        title="Logs are encrypted with a key of KMS",
        check=require(_GROUP, "kmsKeyId", is_given, "its logs are not encrypted with a key"),
    ),
)
