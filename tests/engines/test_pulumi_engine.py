"""How the Pulumi CLI is asked. Here it is a script, which writes down its words; its answers are the least there is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from portal.base.yaml_document import read_document
from tests.engines.engine import Outcome
from tests.engines.place import PASSPHRASE, Place, make_place
from tests.engines.plugins import PACKAGES, Plugin
from tests.engines.pulumi_engine import PulumiEngine
from tests.support.aws_graphs import STACKS

# It writes into the stack's file when the stack is made, as the CLI does, and refuses to delete.
SCRIPT = """#!/bin/sh
echo "$@" >> "$PULUMI_HOME/words"
env > "$PULUMI_HOME/environment"
case "$1 $2" in
  "stack init") echo "# touched" >> stacks/Pulumi.foundation.yaml ;;
  "stack export") echo '{"version": 3, "deployment": {"resources": [{"urn": "u"}]}}' ;;
  "destroy --yes") echo "it is protected" >&2; exit 255 ;;
esac
"""
LOOK = " --stack=foundation --non-interactive --color=never"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    script = tmp_path / "bin" / "pulumi"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    script.chmod(0o700)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "a token of the shell's")
    monkeypatch.setenv("AWS_PROFILE", "an account of the shell's")
    return make_place(tmp_path, "foundation", (STACKS / "foundation.yaml").read_text())


def test_it_is_asked_in_its_own_words(place: Place) -> None:
    before = place.file.read_text()
    engine = PulumiEngine(place)
    assert place.file.read_text() == before
    assert engine.preview().ok
    assert engine.up(skip_preview=True, expect_no_changes=True).ok
    assert engine.up().ok
    assert engine.destroy(exclude_protected=True) == Outcome(ok=False, text="it is protected\n")
    assert engine.unprotect().ok
    assert engine.resources() == [{"urn": "u"}]
    words = (place.checkout.root.parent / "home" / "words").read_text().splitlines()
    assert words == [
        "stack init foundation --secrets-provider=passphrase --non-interactive --color=never",
        f"preview --diff{LOOK}",
        f"up --yes --skip-preview --expect-no-changes{LOOK}",
        f"up --yes{LOOK}",
        f"destroy --yes --exclude-protected{LOOK}",
        f"state unprotect --all --yes{LOOK}",
        f"stack export{LOOK}",
    ]


def test_everything_of_it_is_in_a_folder_of_its_own(place: Place) -> None:
    engine = PulumiEngine(place)
    folder = place.checkout.root.parent
    (folder / "backend" / "state.json").write_text("a state")
    kept = list(engine.kept())
    assert b"a state" in kept
    assert any(b'"resources"' in text for text in kept)
    given = dict(line.split("=", 1) for line in (folder / "home" / "environment").read_text().splitlines())
    assert {name: text for name, text in given.items() if name.startswith(("PULUMI_", "AWS_"))} == {
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def test_the_project_names_providers_that_start(place: Place) -> None:
    PulumiEngine(place)
    project: Any = read_document(place.checkout.root / "Pulumi.yaml", "Pulumi.yaml").data
    providers = project["plugins"]["providers"]
    assert [one["name"] for one in providers] == list(PACKAGES)
    for one in providers:
        Plugin(Path(one["path"])).end()
    # What the program needs is where the project says.
    assert (place.checkout.root / project["runtime"]["options"]["virtualenv"] / "bin" / "python").exists()
