"""Resolve portal.yaml to exact npm packages."""

from __future__ import annotations

import typer

from portal.command.context import Context
from portal.command.verb import Verb
from portal.image.lock import FILES as LOCK_FILES
from portal.image.lock import lock as write_lock
from portal.release.release import read_portal

verb = Verb()


@verb.writer()
def lock(context: typer.Context) -> None:
    """Resolve the plugins of portal.yaml to exact packages.

    Writes app/yarn.lock, app/unlocked-packages.json (hashes that Yarn's lock lacks), app/config-schema.json and
    app/migrations.json. Run it after you change plugins or the Backstage release, and commit the four files.

    \b
    portal lock && portal build
    """
    _write(context.obj)


def _write(context: Context) -> None:
    checkout = context.checkout
    _, _, composition = read_portal(checkout)
    write_lock(composition, checkout.app, checkout.build / "workspace", context.progress)
    context.out.print(f"Wrote {', '.join(f'app/{name}' for name in LOCK_FILES)}: commit them.")
