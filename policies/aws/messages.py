"""Topics of SNS."""

from __future__ import annotations

from policies.aws.everybody import closed_to_everybody
from policies.aws.resources import is_given, require
from policies.control import Control

_TOPIC = "sns/topic:Topic"

CONTROLS = (
    Control(
        ids=("SNS.1",),
        title="Messages are encrypted",
        check=require(_TOPIC, "kmsMasterKeyId", is_given, "its messages are not encrypted with a key"),
    ),
    Control(
        ids=("SNS.4",),
        title="A topic is closed to everybody else",
        check=closed_to_everybody(_TOPIC, "sns/topicPolicy:TopicPolicy"),
    ),
)
