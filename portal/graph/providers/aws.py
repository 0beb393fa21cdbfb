"""Resources of AWS."""

from __future__ import annotations

from portal.graph.provider import Provider

# In the account of AWS's own examples, in a region that people know from them.
_ARN = "arn:aws:{}:eu-central-1:111122223333:{}"

PROVIDER = Provider(computed={}, kept={}, secret={})
