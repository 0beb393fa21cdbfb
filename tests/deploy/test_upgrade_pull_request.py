"""An upgrade as a pull request: a branch at the remote alone, or none anywhere."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import PortalError, SituationError
from portal.base.process import output
from portal.deploy.upgrade import Way, require_upgradable
from portal.release.upgrade_notes import notes
from tests.support.python_script import python_script
from tests.support.upgrades import (
    NEXT,
    NOW,
    assert_untouched,
    upgraded,
)

GH = """import json, os, sys
words = sys.argv[1:]
if os.environ.get("GH_TOKEN") == "bad":
    sys.exit("gh: no")
folder = os.path.dirname(sys.argv[0])
json.dump({"words": words[:-1], "body": open(words[-1]).read()}, open(os.path.join(folder, "said.json"), "w"))
print("https://github.example/acme/portal/pull/8")
"""


@pytest.fixture
def gh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin" / "gh"
    program.parent.mkdir()
    program.write_text(python_script(GH, "-SE"))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return program.parent


def test_a_pull_request_has_the_notes_and_leaves_no_local_branch(clone: Checkout, origin: Path, gh: Path) -> None:
    try:
        made = upgraded(clone, pull_request=True)
        assert made.pull_request == "https://github.example/acme/portal/pull/8"
        assert_untouched(clone)
        said = json.loads((gh / "said.json").read_text())
        title = f"Upgrade Backstage from {NOW} to {NEXT}"
        assert said["words"] == ["pr", "create", "--title", title, "--head", f"upgrade-{NEXT}", "--body-file"]
        assert said["body"] == notes(made.upgrade)
        assert not list(clone.programs.glob("*.md"))
        with pytest.raises(SituationError, match=f"rigin has a branch upgrade-{NEXT} already"):
            require_upgradable(clone, NEXT, Way(pull_request=True))
    finally:
        output(["git", "branch", "-D", f"upgrade-{NEXT}"], cwd=origin)


def test_a_pull_request_that_cannot_be_opened_leaves_no_branch_anywhere(
    clone: Checkout, origin: Path, gh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del gh
    monkeypatch.setenv("GH_TOKEN", "bad")
    with pytest.raises(PortalError, match=r"(?s)The step was: Open a pull request\. .*gh: no"):
        upgraded(clone, pull_request=True)
    assert_untouched(clone)
    assert "upgrade" not in output(["git", "branch"], cwd=origin)
