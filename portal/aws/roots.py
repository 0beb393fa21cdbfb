"""The certificate authorities of RDS, by region: what a client has to trust in order to verify a database.

A region that is not in the source has no roots here, and its stack has to bring them (``ca:``). They are the same as in
AWS's own bundles (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html), which is where a user
of such a region finds them.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal.aws.facts import ROOTS, facts


def roots_of(region: str) -> str | None:
    """The three roots of a region in PEM: RSA 2048, RSA 4096 and ECC 384. None for a region without roots."""
    found = _roots().get(region)
    return None if found is None else "".join(found)


def regions_with_roots() -> tuple[str, ...]:
    """The regions whose roots are known, sorted."""
    return tuple(sorted(_roots()))


def _roots() -> Mapping[str, list[str]]:
    return facts(ROOTS)["roots"]
