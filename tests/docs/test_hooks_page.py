"""The page about hooks names every place, and its example does what the page says."""

from __future__ import annotations

import io
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.progress import PlainProgress
from portal.deploy import down, up
from portal.deploy.run_steps import names_of, run_steps
from portal.models.hooks import Hooks
from tests.support.checkouts import ROOT
from tests.support.deployments import Do, deployment_of
from tests.support.steps import blocks

PAGE = ROOT / "docs" / "how-to" / "run-your-own-commands.md"


def rows() -> dict[str, tuple[bool, bool]]:
    """Each place of the page's table: whether local stacks and team stacks have it."""
    cells = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    return {row[0].strip("|` "): (row[-2] == "yes", row[-1].rstrip(" |") == "yes") for row in cells}


def test_the_table_has_every_place_and_says_for_which_stacks_it_is() -> None:
    found = rows()
    assert set(found) == set(Hooks.offered())
    local = {*names_of(up.LOCAL), *names_of(down.STOP)}
    team = {*names_of(up.TEAM), *names_of(down.TEAM)}
    for place, stacks in found.items():
        step = place.partition("-")[2]
        assert stacks == (step in local, step in team), place


def test_the_example_says_what_is_deployed(checkout: Checkout) -> None:
    edit, script, *_ = blocks(PAGE, PAGE.name)
    file = checkout.stack_file("local")
    file.write_text(edit.applied_to(file.read_text()))
    write_script(checkout.root / "hooks" / "announce.sh", script.text)
    said = io.StringIO()
    deployment = deployment_of(checkout, progress=PlainProgress(said))
    run_steps((Do("deploy", lambda _: None), Do("smoke-test", lambda _: None)), deployment)
    about = "(http://localhost:7007, release workspace)"
    assert f"  before-deploy: the deployment of local begins {about}\n" in said.getvalue()
    assert f"  after-smoke-test: the deployment of local has ended {about}\n" in said.getvalue()


def write_script(file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    file.chmod(0o755)
