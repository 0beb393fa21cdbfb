"""The program that Pulumi's CLI runs when a stack is deployed with this policy pack."""

import sys
from pathlib import Path

# The CLI knows this folder only. In a checkout, the rules are two folders above it. What is published has them in it.
_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE if (_HERE / "policies").is_dir() else _HERE.parents[1]))

from policies.pack.analyzer import serve  # noqa: E402

serve()
