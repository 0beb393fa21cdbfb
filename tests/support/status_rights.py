"""The rights in AWS that `portal status` needs, as its page lists them."""

from __future__ import annotations

import json
import re

from tests.support.checkouts import ROOT

PAGE = ROOT / "docs" / "how-to" / "look-after-a-portal.md"
_POLICY = re.compile(r'^```json\n(\{\n  "Version".*?)^```$', re.MULTILINE | re.DOTALL)


def rights_of_status() -> list[tuple[str, str]]:
    """Each action, and what it is asked for."""
    (policy,) = _POLICY.findall(PAGE.read_text())
    return [
        (action, statement["Resource"])
        for statement in json.loads(policy)["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    ]
