"""An upgrade is one commit on a branch, or nothing at all; the checkout stays as it is.

npm is one of a few packages, and ``portal lock`` and ``portal build`` are stood in for: both take minutes. Git and the
worktree are real, and so are the checks by the worktree's own code where a test asks for them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError
from portal.base.other_code import output_of_code
from portal.base.process import output
from portal.base.progress import Phase, PlainProgress
from portal.deploy import upgrade as deploy_upgrade
from portal.deploy.upgrade import Made, Way, require_upgradable, upgrade_checkout
from portal.deploy.upgrade_branch import commit_line
from portal.deploy.upgrade_steps import Faults, read_faults, run_portal
from portal.release import changed_keys
from portal.release.upgrade_notes import notes
from tests.command.in_process import portal
from tests.support.checkouts import code_checkout, commit_all
from tests.support.fake_npm import Packages, use_fake_npm, write_create_app
from tests.support.kept_releases import keep_release, point_to
from tests.support.python_script import python_script

NOW, NEXT = "1.55.0", "1.56.0"
CATALOG, GRAFANA = "@backstage/plugin-catalog-backend", "@backstage-community/plugin-grafana"
RECORD = "portal/plugins/records/grafana.yaml"
LOCK_FILES = ["app/config-schema.json", "app/migrations.json", "app/unlocked-packages.json", "app/yarn.lock"]
COMPOSITION = """\
import sys
from pathlib import Path
from portal.base.checkout import Checkout
from portal.release.locked import composition_id
from portal.release.release import read_portal
def main():
    print(composition_id(read_portal(Checkout(Path(sys.argv[1])))[2]))
"""
CHANGELOG = f"""\
# {CATALOG}

## 4.1.0

### Minor Changes

- abcdef0: **BREAKING**: Removed `catalog.readonly`.
- abcdef1: Something nice.

## 4.0.0

### Patch Changes

- abcdef2: Known before.
"""


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the product, in which somebody has written the manifest of the next release."""
    checkout = code_checkout(tmp_path_factory.mktemp("origin") / "portal")
    manifest = json.loads((checkout.app / "manifests" / f"{NOW}.json").read_text())
    manifest["backstage"], manifest["packages"][CATALOG] = NEXT, "4.1.0"
    (checkout.app / "manifests" / f"{NEXT}.json").write_text(json.dumps(manifest, indent=2) + "\n")
    (checkout.root / "composition.py").write_text(COMPOSITION)
    commit_all(checkout.root)
    return checkout.root


@pytest.fixture
def clone(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Acme")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "tests@acme.example")
    output(["git", "clone", "--quiet", origin, tmp_path / "clone"])
    checkout = Checkout(tmp_path / "clone")
    packages: Packages = {
        "@backstage/create-app": {"0.9.2": {}, "0.9.3": {}, "0.9.4-next.0": {}},
        GRAFANA: {"0.21.0": {}, "0.22.0": {}},
        "@backstage-community/plugin-sentry": {"1.22.0": {"dependencies": {CATALOG: "^3.0.0"}}},
    }
    registry = use_fake_npm(tmp_path, packages, monkeypatch)
    write_create_app(registry, "0.9.2", NOW, "1.0.0", {"README.md": "Old\nSame\n", ".yarn/releases/y.cjs": "a"})
    write_create_app(registry, "0.9.3", NEXT, "1.1.0", {"README.md": "New\nSame\n", ".yarn/releases/y.cjs": "b"})
    monkeypatch.setattr(deploy_upgrade, "run_portal", stand_in())
    monkeypatch.setattr(deploy_upgrade, "read_faults", no_faults)
    return checkout


def no_faults(_: Checkout) -> Faults:
    return Faults({}, {})


@pytest.fixture
def checked(clone: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """The same, with the checks of all stacks, which take seconds."""
    monkeypatch.setattr(deploy_upgrade, "read_faults", read_faults)
    return clone


Runs = Callable[[Checkout, Sequence[str], Path, Phase], None]


def stand_in(*, gone: str = "", fails: str = "", ran: list[str] | None = None) -> Runs:
    """What `portal lock` leaves behind: another composition, a newer catalog, one key less and one more."""

    def run(checkout: Checkout, words: Sequence[str], log: Path, phase: Phase) -> None:
        del log, phase
        (ran if ran is not None else []).append(" ".join(words))
        if fails == words[0]:
            raise PortalError(f"{words[0]} failed with exit code 1")
        if words[0] != "lock":
            return
        # By the worktree's own code: a record may have changed.
        composition = output_of_code(checkout.root, "composition", [checkout.root]).strip()
        app = checkout.app
        for name in ("config-schema.json", "migrations.json"):
            content: dict[str, Any] = json.loads((app / name).read_text())
            content["composition"] = composition
            if name == "migrations.json":
                names = content["packages"][CATALOG]["names"]
                content["packages"][CATALOG]["names"] = [*names, "20991231000000_new.js"]
            for entry in content.get("schemas", ()):
                if entry["package"] == CATALOG:
                    catalog = entry["schema"]["properties"]["catalog"]["properties"]
                    catalog.pop(gone, None)
                    catalog["brandNew"] = {"type": "boolean"}
            (app / name).write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
        lock = app / "yarn.lock"
        lock.write_text(lock.read_text().replace(f"{CATALOG}@npm:4.0.0", f"{CATALOG}@npm:4.1.0"))
        installed = checkout.build / "workspace" / "node_modules"
        (installed / CATALOG).mkdir(parents=True)
        (installed / CATALOG / "CHANGELOG.md").write_text(CHANGELOG)
        state = f'"{CATALOG}@npm:4.1.0":\n  locations:\n    - "node_modules/{CATALOG}"\n'
        (installed / ".yarn-state.yml").write_text(state)

    return run


def upgraded(checkout: Checkout, **way: bool) -> Made:
    require_upgradable(checkout, NEXT, Way(**way))
    return upgrade_checkout(checkout, NOW, NEXT, Way(**way), PlainProgress())


def git(checkout: Checkout, *words: str) -> str:
    return output(["git", *words], cwd=checkout.root).strip()


def assert_untouched(checkout: Checkout, branches: Sequence[str] = ()) -> None:
    """Nothing has changed in the checkout, there are no other branches, and no worktree is left."""
    assert git(checkout, "status", "--porcelain") == ""
    listed = git(checkout, "for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
    assert sorted(listed) == sorted({git(checkout, "branch", "--show-current"), *branches})
    assert len(git(checkout, "worktree", "list").splitlines()) == 1
    assert not (checkout.programs / "upgrade").exists()


def write_app_config(file: Path, text: str) -> None:
    file.write_text(f"{file.read_text().rstrip()}\n{text}")


def test_it_is_one_commit_that_the_checks_accept(checked: Checkout) -> None:
    made = upgraded(checked)
    branch = f"upgrade-{NEXT}"
    assert made.branch == branch
    assert_untouched(checked, [branch])
    assert git(checked, "rev-list", "--count", f"HEAD..{branch}") == "1"
    assert git(checked, "show", "--format=%s", "--name-only", branch).splitlines() == [
        f"Upgrade Backstage from {NOW} to {NEXT}",
        "",
        *LOCK_FILES[:2],
        "app/yarn.lock",
        "portal.yaml",
    ]
    assert git(checked, "diff", "--unified=0", "HEAD", branch, "--", "portal.yaml").splitlines()[-2:] == [
        f"-backstage: {NOW}",
        f"+backstage: {NEXT}",
    ]
    git(checked, "switch", "--quiet", branch)
    output_of_code(checked.root, "portal.command.main", ["--directory", checked.root, "check"])


def test_the_notes_say_what_matters(clone: Checkout) -> None:
    made = upgraded(clone)
    assert made.notes is not None
    assert made.notes == clone.upgrades / f"{NEXT}.md"
    text = made.notes.read_text()
    assert "Removed `catalog.readonly`." in text.partition("## Breaking changes")[2]
    assert "Something nice." in text
    assert "Known before." not in text
    assert "+ catalog.brandNew" in text
    assert f"{CATALOG} 20991231000000_new.js (not reviewed)" in text
    assert "-Old\n+New" in text
    assert "y.cjs" not in text
    (misfit,) = [one for one in made.upgrade.open_points if "plugin-sentry" in one]
    assert f"asks for {CATALOG} ^3.0.0, and the release has 4.1.0. No later version fits either" in misfit
    assert any("was not reviewed: it may be impossible to go back" in one for one in made.upgrade.open_points)
    # The commit says in short what is in the notes.
    assert misfit in git(clone, "show", "--format=%b", "--no-patch", f"upgrade-{NEXT}")


def test_a_dry_run_says_the_same_and_makes_nothing(clone: Checkout) -> None:
    dry = upgraded(clone, dry_run=True)
    assert (dry.branch, dry.notes) == (None, None)
    assert_untouched(clone)
    assert not clone.upgrades.exists()
    made = upgraded(clone)
    assert made.notes is not None
    assert notes(dry.upgrade) == made.notes.read_text()


def test_the_same_upgrade_has_the_same_files(clone: Checkout) -> None:
    trees: list[str] = []
    for _ in range(2):
        upgraded(clone)
        trees.append(git(clone, "rev-parse", f"upgrade-{NEXT}^{{tree}}"))
        git(clone, "branch", "--quiet", "-D", f"upgrade-{NEXT}")
    assert trees[0] == trees[1]


def test_line_breaks_of_a_file_stay(clone: Checkout) -> None:
    """Else the commit would change every line of it."""
    before = clone.portal_file.read_bytes().replace(b"\n", b"\r\n")
    clone.portal_file.write_bytes(before)
    commit_all(clone.root)
    branch = upgraded(clone).branch
    after = subprocess.run(["git", "show", f"{branch}:portal.yaml"], cwd=clone.root, capture_output=True, check=True)
    assert after.stdout == before.replace(NOW.encode(), NEXT.encode())


def test_a_record_moves_to_a_version_that_fits(
    clone: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the lock is of the moved version: only the worktree's own code knows it."""
    published = {
        GRAFANA: {
            "0.21.0": {"dependencies": {CATALOG: "^4.0.0 <4.1.0"}},
            "0.22.0": {"dependencies": {CATALOG: "^4.1.0"}},
            "0.23.0": {},
        }
    }
    use_fake_npm(tmp_path, published, monkeypatch)
    made = upgraded(clone)
    changed = git(clone, "diff", "--unified=0", "HEAD", f"upgrade-{NEXT}", "--", RECORD).splitlines()[-2:]
    assert changed[1][1:] == changed[0][1:].replace("0.21.0", "0.22.0")
    assert any("0.22.0 instead of 0.21.0" in one for one in made.upgrade.edits)
    # npm had no create-app any more, which is no reason not to upgrade.
    assert any("the template of new apps was not compared" in one for one in made.upgrade.open_points)


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


@pytest.mark.parametrize("verb", ["lock", "build"])
def test_a_step_that_fails_is_named_and_leaves_nothing(
    clone: Checkout, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy_upgrade, "run_portal", stand_in(fails=verb))
    with pytest.raises(PortalError, match=rf"nothing was changed\. The step was: .*portal {verb}.*failed with exit"):
        upgraded(clone, build=True)
    assert_untouched(clone)


def test_images_are_only_built_if_asked_for(clone: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(deploy_upgrade, "run_portal", stand_in(ran=ran))
    upgraded(clone, dry_run=True)
    assert ran == ["lock"]
    upgraded(clone, dry_run=True, build=True)
    assert ran == ["lock", "lock", "build"]


def changed_file(checkout: Checkout) -> None:
    checkout.portal_file.write_text(f"{checkout.portal_file.read_text()}# More.\n")


def another_file(checkout: Checkout) -> None:
    (checkout.content / "new.yaml").write_text("")


def branch_of_that_name(checkout: Checkout) -> None:
    git(checkout, "branch", f"upgrade-{NEXT}")


def no_migrations(checkout: Checkout) -> None:
    (checkout.app / "migrations.json").unlink()
    commit_all(checkout.root)


def lock_of_another_portal(checkout: Checkout) -> None:
    text = checkout.portal_file.read_text()
    checkout.portal_file.write_text(text.replace("  - github-actions\n", ""))
    commit_all(checkout.root)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (changed_file, r"not committed \(portal\.yaml\).*git stash"),
        (another_file, r"not committed \(content/new\.yaml\)"),
        (branch_of_that_name, r"there is a branch upgrade-1\.56\.0 already\. .*git branch -D upgrade-1\.56\.0"),
        (lock_of_another_portal, r"another set of packages.*run `portal lock`"),
        (no_migrations, r"app/migrations\.json is missing\. run `portal lock`"),
    ],
)
def test_what_would_fail_late_is_refused_at_once(clone: Checkout, spoil: Callable[[Checkout], None], says: str) -> None:
    spoil(clone)
    with pytest.raises(SituationError, match=f"(?is){says}"):
        require_upgradable(clone, NEXT, Way())


def test_who_commits_is_asked_before_anything_takes_minutes(clone: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{who}_EMAIL")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    output(["git", "config", "user.useConfigOnly", "true"], cwd=clone.root)
    with pytest.raises(SituationError, match=r"git config user\.name"):
        require_upgradable(clone, NEXT, Way())
    require_upgradable(clone, NEXT, Way(dry_run=True))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("20260912_x [skip ci]\n\nskip-checks: true.js", "20260912_x (skip ci] skip-checks: true.js"),
        ("portal.yaml: plugins[3] is new", "portal.yaml: plugins[3] is new"),
    ],
)
def test_a_name_that_others_chose_tells_no_ci_to_skip(text: str, line: str) -> None:
    assert commit_line(text) == line


def test_a_folder_without_git_is_refused(checkout: Checkout) -> None:
    with pytest.raises(SituationError, match="Run this in a clone"):
        require_upgradable(checkout, NEXT, Way())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["1.56"], "write all three numbers"),
        (["1.56.0-next.1"], "a stable release of Backstage"),
        (["v1.56.0"], "a stable release of Backstage"),
        (["../1.56.0"], "a stable release of Backstage"),
        ([NOW], "portal.yaml has Backstage 1.55.0 already"),
        (["1.54.0"], "`portal rollback STACK`"),
    ],
)
def test_a_version_that_is_none_or_leads_nowhere_is_refused(clone: Checkout, words: list[str], says: str) -> None:
    ended = portal("upgrade", *words, cwd=clone.root)
    assert ended.returncode == 2
    assert says.lower() in ended.stderr.lower()
    assert_untouched(clone)


def test_without_a_version_it_is_the_newest_stable_one(clone: Checkout) -> None:
    body = clone.root.parent / "body.md"
    ended = portal("upgrade", "--json", "--body", str(body), cwd=clone.root)
    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    assert (answer["before"], answer["after"], answer["branch"]) == (NOW, NEXT, f"upgrade-{NEXT}")
    assert answer["breaking"] == 1
    assert answer["notes"] == (clone.root / answer["notesFile"]).read_text() == body.read_text()


def test_where_there_is_nothing_newer_nothing_is_done(
    clone: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_fake_npm(tmp_path, {"@backstage/create-app": {"0.9.2": {}}}, monkeypatch)
    ended = portal("upgrade", cwd=clone.root)
    assert (ended.returncode, ended.stdout) == (
        0,
        "portal.yaml has Backstage 1.55.0, and npm has no newer stable release.\n",
    )
    assert_untouched(clone)


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


def test_what_runs_in_the_worktree_is_its_own_code_without_secrets(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GH_TOKEN", "a secret")
    monkeypatch.setenv("npm_config_registry", "https://npm.acme.example")
    copy = tmp_path / "copy"
    output(["git", "clone", "--quiet", origin, copy])
    (copy / "portal" / "command" / "main.py").write_text(
        "import json, os, sys\ndef main(): print(json.dumps([sys.argv[1:], dict(os.environ)]))\n"
    )
    said: list[str] = []

    class Heard:
        def update(self, detail: str) -> None:
            said.append(detail)

    run_portal(Checkout(copy), ["lock"], tmp_path / "log", Heard())
    words, environment = json.loads(said[0])
    assert words == ["--directory", str(copy), "lock"]
    assert environment["npm_config_registry"] == "https://npm.acme.example"
    assert "GH_TOKEN" not in environment
