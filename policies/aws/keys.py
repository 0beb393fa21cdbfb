"""Keys of KMS."""

from __future__ import annotations

from policies.aws.everybody import closed_to_everybody
from policies.aws.resources import is_true, require
from policies.control import Control

_KEY = "kms/key:Key"
_LONGEST_WAIT_DAYS = 30

CONTROLS = (
    Control(
        ids=("KMS.3",),
        title="A key that is deleted can be brought back for 30 days",
        check=require(
            _KEY,
            "deletionWindowInDays",
            # 30 days are the default.
            lambda found: found in (None, _LONGEST_WAIT_DAYS),
            "is gone in less than 30 days after somebody deletes it, with all that it encrypted",
        ),
    ),
    Control(
        ids=("KMS.4", "CIS 4.6"),
        title="A key is rotated",
        check=require(_KEY, "enableKeyRotation", is_true, "AWS does not rotate it"),
    ),
    Control(
        ids=("KMS.5",),
        title="A key is closed to everybody else",
        check=closed_to_everybody(_KEY, "kms/keyPolicy:KeyPolicy"),
    ),
)
