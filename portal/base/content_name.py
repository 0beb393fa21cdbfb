"""Names that change with what an object holds: the object's own, a dash, and ten hex digits.

Made for ConfigMaps and Secrets, and taken apart again where a person reads them.
"""

from __future__ import annotations

import hashlib
import json
import re

_DIGITS = 10
_HASHED = re.compile(rf"-[0-9a-f]{{{_DIGITS}}}$")


def content_name(name: str, content: object) -> str:
    """``name`` and the hash of ``content``.

    Not :func:`portal.base.canonical.content_hash`: objects that run have names of this form, and another spelling of
    the same content would replace every one of them.
    """
    return f"{name}-{hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:_DIGITS]}"


def is_content_name(name: str) -> bool:
    """Whether a name ends in a hash."""
    return _HASHED.search(name) is not None


def without_hash(name: str) -> str:
    """A name as a person knows it."""
    return _HASHED.sub("", name)
