"""The release is signed by a key that the stack's file names."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.plan import Plan
from portal.release.signature import require_signed


def check_signed(plan: Plan) -> Iterator[InputError]:
    """Refuse a release that none of the keys in ``portal:signedBy`` signed as it is, and a checkout.

    It reads the release's files again. It does not look at images: their digests are signed, and pods run no others.
    """
    keys, checkout = plan.settings.signed_by, plan.loaded.kept_in
    if not keys:
        return
    where = plan.where(("signedBy",))
    if checkout is None:
        yield InputError(
            where=where,
            key="portal:signedBy",
            got="a list of keys",
            allowed="no keys, because portal:release is workspace, and only a committed release can be signed",
            fix="remove it, or write the release that is signed",
        )
        return
    try:
        require_signed(checkout, plan.release.id, keys, where)
    except InputError as error:
        yield error
