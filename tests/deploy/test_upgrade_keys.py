"""Keys of app-config that a release renamed or removed, in the files of a checkout that is upgraded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.deploy import upgrade as deploy_upgrade
from portal.release import changed_keys
from portal.release.upgrade_notes import notes
from tests.support.checkouts import commit_all
from tests.support.kept_releases import keep_release, point_to
from tests.support.upgrades import (
    NEXT,
    assert_untouched,
    git,
    stand_in,
    upgraded,
    write_app_config,
)


def rules(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / f"{NEXT}.yaml").write_text(text)
    monkeypatch.setattr(changed_keys, "RULES", folder)


def test_a_renamed_key_is_renamed_with_its_comment_and_in_a_pinned_stack_later(
    clone: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(tmp_path / "rules", "renamed: {catalog.readonly: catalog.brandNew}\n", monkeypatch)
    stack = "  portal:appConfig:\n    catalog:\n      # Ours.\n      readonly: true  # why\n"
    write_app_config(clone.stack_file("local"), stack)
    release = keep_release(clone, "r-000000000001", "1.js")
    write_app_config(clone.stack_file("kubernetes"), stack)
    point_to(clone, "kubernetes", release)
    commit_all(clone.root)
    monkeypatch.setattr(deploy_upgrade, "run_portal", stand_in(gone="readonly"))
    made = upgraded(clone)
    local = git(clone, "show", f"upgrade-{NEXT}:stacks/Pulumi.local.yaml")
    assert local == clone.stack_file("local").read_text().replace("readonly", "brandNew").rstrip()
    assert git(clone, "diff", "--name-only", "HEAD", f"upgrade-{NEXT}", "--", "stacks/Pulumi.kubernetes.yaml") == ""
    (later,) = [one for one in made.upgrade.open_points if "rename" in one]
    assert later.startswith("stacks/Pulumi.kubernetes.yaml:")
    assert later.endswith(
        f"when kubernetes takes over a release with Backstage {NEXT}, rename appConfig.catalog.readonly to"
        " appConfig.catalog.brandNew"
    )


def test_a_key_that_is_gone_is_an_error_with_its_place_and_its_rule(
    checked: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(tmp_path / "rules", "removed: {catalog.readonly: use something else}\n", monkeypatch)
    write_app_config(checked.stack_file("local"), "  portal:appConfig:\n    catalog:\n      readonly: true\n")
    commit_all(checked.root)
    line = len(checked.stack_file("local").read_text().splitlines())
    monkeypatch.setattr(deploy_upgrade, "run_portal", stand_in(gone="readonly"))
    with pytest.raises(InputError) as caught:
        upgraded(checked)
    sentences = caught.value.sentences
    assert sentences[0] == (
        f"stacks/Pulumi.local.yaml:{line}: appConfig.catalog.readonly: got a key that no package of Backstage"
        f" {NEXT} declares, expected keys that the installed packages declare. Use something else."
    )
    assert "portal upgrade 1.56.0 --draft" in sentences[-1]
    # The check of the stack finds it as well; it is said once.
    assert len(sentences) == 2
    assert_untouched(checked)
    made = upgraded(checked, draft=True)
    assert made.upgrade.findings == sentences[:1]
    assert "## Correct this before you merge" in notes(made.upgrade)
    assert_untouched(checked, [f"upgrade-{NEXT}"])


def test_a_key_that_the_product_itself_derives_is_found_by_the_checks(
    checked: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = keep_release(checked, "r-000000000001", "1.js")
    point_to(checked, "kubernetes", release)
    commit_all(checked.root)
    monkeypatch.setattr(deploy_upgrade, "run_portal", stand_in(gone="orphanStrategy"))
    with pytest.raises(InputError, match=rf"With Backstage {NEXT}, e2e, local would be refused\. .*orphanStrategy"):
        upgraded(checked)
    assert_untouched(checked)
    # A stack with an earlier release is not refused before it takes over a later one.
    (later,) = [one for one in upgraded(checked, draft=True).upgrade.open_points if "kubernetes" in one]
    assert re.match(rf"before kubernetes can take over a release with Backstage {NEXT}: .*orphanStrategy", later)


def test_what_the_checks_found_before_does_not_stop_it(checked: Checkout) -> None:
    write_app_config(checked.stack_file("local"), "  portal:appConfig: {catalog: {unknown: true}}\n")
    commit_all(checked.root)
    made = upgraded(checked, dry_run=True)
    assert made.upgrade.findings == ()
    assert any(one.startswith("local would be refused without the upgrade") for one in made.upgrade.open_points)


def test_a_key_under_both_names_is_an_error(clone: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules(tmp_path / "rules", "renamed: {catalog.readonly: catalog.orphanStrategy}\n", monkeypatch)
    write_app_config(
        clone.stack_file("local"), "  portal:appConfig: {catalog: {readonly: true, orphanStrategy: keep}}\n"
    )
    commit_all(clone.root)
    with pytest.raises(InputError, match=r"Pulumi\.local\.yaml:\d+: .*got the old name of catalog\.orphanStrategy"):
        upgraded(clone)
    assert_untouched(clone)
