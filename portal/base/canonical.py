"""One way to turn a value into bytes, so that the same input gives the same hash."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no extra spaces. Refuses values that JSON cannot express, such as NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_hash(value: object, length: int = 12) -> str:
    """The first ``length`` hex digits of the SHA-256 of a value's canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()[:length]


def keyed_hash(key: str, value: object, length: int = 12) -> str:
    """Like :func:`content_hash`, with a key: it shows that a secret changed, and nothing about its value."""
    return hmac.new(key.encode(), canonical_json(value).encode(), hashlib.sha256).hexdigest()[:length]


def tree_hash(*paths: Path) -> str:
    """SHA-256 over names, executable bits and contents of files and folders; times and owners do not count."""
    digest = hashlib.sha256()
    for top in paths:
        files = sorted(p for p in top.rglob("*") if p.is_file()) if top.is_dir() else [top]
        for file in files:
            name = file.relative_to(top).as_posix() if top.is_dir() else file.name
            executable = "x" if file.stat().st_mode & 0o100 else "-"
            digest.update(f"{name}\0{executable}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
