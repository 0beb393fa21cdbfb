"""The kinds in the catalog's rules exist."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from portal.base.errors import InputError, quoted
from portal.checks.catalog_config import rule_kinds
from portal.checks.catalog_kinds import KINDS
from portal.checks.location import app_config_key, app_config_location
from portal.plan import Plan


def check_catalog_rules(plan: Plan) -> Iterator[InputError]:
    """Find misspelled kinds. Backstage takes any word, and then refuses the entities that were meant.

    A kind that resembles none of Backstage's is an organization's own, which only its processor knows.
    """
    for path, kind in rule_kinds(plan):
        meant = near_kind(kind)
        if meant is not None:
            yield InputError(
                where=app_config_location(plan, path),
                key=app_config_key(path),
                got=quoted(kind),
                allowed=f"a kind of entity ({', '.join(KINDS)}), or one of your own",
                fix=f"did you mean {meant}?",
            )


def near_kind(kind: str) -> str | None:
    """The kind that a word was meant to be. None for a kind that exists, in any case, and for one unlike all others.

    A slip of the hand is one letter too many or too few: a Subsystem and a Source are kinds of somebody's own.
    """
    by_word = {known.lower(): known for known in KINDS}
    close = get_close_matches(kind.lower(), by_word, n=1, cutoff=0.8)
    slip = bool(close) and abs(len(close[0]) - len(kind)) <= 1
    return by_word[close[0]] if slip and kind.lower() not in by_word else None
