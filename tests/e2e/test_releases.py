"""Releases that fail never serve, the database is migrated once and before, and there is a way back that is known.

The bad releases are the portal's own image with a file changed; the node runs them as it runs any other.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.release.bundle import Release, write_bundle
from portal.release.images import Image
from portal.release.release import with_built_from, workspace_release
from tests.e2e.conftest import URL, Ended, Workplace
from tests.e2e.database_pod import query
from tests.e2e.derived_image import MODULES, NAME, derive, file_of
from tests.e2e.load import Load, steady_load
from tests.e2e.pods import pods_that_stay
from tests.support.checkouts import commit_all
from tests.support.kept_releases import point_to

pytestmark = pytest.mark.e2e

Measure = Callable[[str, float], None]

FAILURE_SECONDS = 120
ROLLBACK_SECONDS = 60
BACKEND = "app/packages/backend/dist/index.cjs.js"
CATALOG = "@backstage/plugin-catalog-backend"
SEARCH = "@backstage/plugin-search-backend"
ROUTER = "dist/service/router.cjs.js"
# Reviewed: Backstage 1.54 works on a database that has them.
HARMLESS = ("20260904000000_fix_search_entity_id_ndistinct.js", "20260912000000_refresh_state_maintenance.js")
FIRST, SECOND = "20990101000000_acme_first.js", "20990102000000_acme_second.js"
_NO_WAY_DOWN = "exports.down = () => {};\n"
MAKES_A_TABLE = f"exports.up = knex => knex.schema.createTable('acme', table => table.integer('id'));\n{_NO_WAY_DOWN}"
FAILS = f"exports.up = knex => knex.raw('SELECT * FROM acme_is_not_there');\n{_NO_WAY_DOWN}"


@pytest.fixture(scope="module", autouse=True)
def running(workplace: Workplace) -> Generator[None]:
    """The portal of the checkout, before and afterwards."""
    workplace.require(cluster="node", why="images are put into it by hand")
    file = workplace.checkout.stack_file("local")
    committed = file.read_text()
    workplace.up()
    workplace.require(engine="kubectl", why="what is looked for are its words")
    yield
    file.write_text(committed)
    # The chapters after this one begin with a checkout that keeps no release.
    shutil.rmtree(workplace.checkout.releases, ignore_errors=True)
    _forget(workplace)
    commit_all(workplace.checkout.root)
    workplace.up()


@contextmanager
def pinned(workplace: Workplace, **settings: object) -> Generator[None]:
    """The stack with other settings, for as long as a block runs; whatever it deployed stays."""
    file = workplace.checkout.stack_file("local")
    before = file.read_text()
    file.write_text(
        "\n".join([before.rstrip(), *(f"  portal:{k}: {json.dumps(v)}" for k, v in settings.items())]) + "\n"
    )
    try:
        yield
    finally:
        file.write_text(before)


@contextmanager
def never_without_an_answer() -> Generator[Load]:
    """People who use the portal meanwhile. None of their requests may fail."""
    # Not the readiness: it says 503 while a pod that ends still serves.
    paths = ("/", "/favicon.ico", "/api/auth/.well-known/jwks.json")
    with steady_load(("127.0.0.1", 7007), "localhost:7007", paths, 20) as load:
        yield load
    assert load.asked > 100
    assert load.failures == {}


def records(workplace: Workplace) -> dict[str, Any]:
    """What was verified, by the name of its record."""
    labels = "--selector=app.kubernetes.io/component=verification"
    found = workplace.kubectl.read("configmaps", "--namespace=portal", labels)["items"]
    return {one["metadata"]["name"]: one["data"] for one in found if one["metadata"]["name"].startswith("verified-")}


def serving(workplace: Workplace) -> set[str]:
    """The portal's pods that get requests. Others may be left from a rollout that failed before, or about to end."""
    stay = pods_that_stay(workplace.kubectl, "portal", "app.kubernetes.io/component=backstage")
    return {
        pod["metadata"]["uid"] for pod in stay if any(_is_ready(one) for one in pod["status"].get("conditions", []))
    }


def _is_ready(condition: Mapping[str, str]) -> bool:
    return (condition["type"], condition["status"]) == ("Ready", "True")


def fails(workplace: Workplace, measure: Measure, what: str) -> Ended:
    """`up` fails in time, the same pods serve all along, and nothing is recorded as verified."""
    before, pods = records(workplace), serving(workplace)
    assert pods
    with never_without_an_answer():
        ended = workplace.portal("up", expected=1)
    measure(f"up: {what}", ended.seconds)
    assert ended.seconds <= FAILURE_SECONDS
    assert records(workplace) == before
    assert serving(workplace) == pods
    return ended


def test_what_was_deployed_is_recorded_with_its_image(workplace: Workplace) -> None:
    (record,) = records(workplace).values()
    assert record["release"] == "workspace"
    assert re.fullmatch(rf"{NAME}@sha256:[0-9a-f]{{64}}", record["image"])
    assert {"catalog", "search", "auth", "scaffolder"} <= set(record["asked"].split())


@pytest.mark.variation
def test_an_image_that_is_missing_is_told_before_anything_changes(workplace: Workplace, measure: Measure) -> None:
    with pinned(workplace, image=f"{NAME}@sha256:{'0' * 64}"):
        ended = fails(workplace, measure, "an image that is missing")
    assert re.search(r"migrate cannot start: .*(ErrImagePull|ImagePullBackOff|ErrImageNeverPull)", ended.said)


@pytest.mark.parametrize(
    ("what", "files", "said"),
    [
        ("a release that crashes", {BACKEND: "throw new Error('Acme is broken');\n"}, "times: Acme is broken"),
        pytest.param(
            *("a release that hangs", {BACKEND: "setInterval(() => {}, 1000);\n"}, "has not started within 85 s"),
            marks=pytest.mark.variation,
        ),
    ],
)
def test_a_release_that_does_not_start_never_serves(
    workplace: Workplace, measure: Measure, tmp_path: Path, what: str, files: Mapping[str, str], said: str
) -> None:
    with pinned(workplace, image=f"{NAME}@{derive(workplace, tmp_path, files)}"):
        ended = fails(workplace, measure, what)
    assert "the rollout failed: pod backstage-" in ended.said
    assert said in ended.said


@pytest.mark.variation
def test_a_release_that_starts_and_does_not_work_never_serves(
    workplace: Workplace, measure: Measure, tmp_path: Path
) -> None:
    """Backstage says that it is ready. The pod finds out that search is broken, before anybody else does."""
    router, begins = file_of(workplace, SEARCH, ROUTER), 'router$1.get("/query", async (req, res) => {'
    broken = router.replace(begins, f"{begins}\n    throw new Error('broken');", 1)
    assert broken != router
    digest = derive(workplace, tmp_path, {f"{MODULES}/{SEARCH}/{ROUTER}": broken})
    with pinned(workplace, image=f"{NAME}@{digest}"):
        ended = fails(workplace, measure, "a release in which search is broken")
    assert "has not started within 85 s: search answers 500 to /api/search/query?term=portal" in ended.said


def keep(workplace: Workplace, digest: str | None, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> str:
    """A release of this checkout with an image, and with other migrations of the catalog. Its id."""
    checkout = workplace.checkout
    loaded = workspace_release(checkout)
    release = with_built_from(checkout, loaded)
    assert release.built_from is not None
    migrations = dict(release.built_from.migrations)
    catalog = migrations[CATALOG]
    migrations[CATALOG] = catalog.model_copy(update={"names": change(catalog.names)})
    changed = release.model_copy(
        update={"built_from": release.built_from.model_copy(update={"migrations": migrations})}
    )
    images = release.images
    if digest is not None:
        portal: Image = images.portal.model_copy(update={"digests": dict.fromkeys(images.portal.digests, digest)})
        images = images.model_copy(update={"portal": portal})
    return _written(checkout, changed, loaded, images)


def _written(checkout: Checkout, release: Release, loaded: Any, images: Any) -> str:
    return write_bundle(checkout, release, loaded.schemas, images, commit_all(checkout.root)).id


def point(workplace: Workplace, release: str) -> None:
    """Let the stack point to a release, and commit it."""
    point_to(workplace.checkout, "local", release)
    commit_all(workplace.checkout.root)


def _forget(workplace: Workplace) -> None:
    """Take away what invented migrations did, as restoring a backup would."""
    query(
        workplace.kubectl,
        f"DROP TABLE IF EXISTS catalog.acme; DELETE FROM catalog.knex_migrations WHERE name IN ('{FIRST}', '{SECOND}')",
    )


def what_people_wrote(workplace: Workplace) -> list[str]:
    """Their notifications, settings and tasks, row for row."""
    tables = (
        "notifications.notification",
        "notifications.broadcast",
        '"user-settings".user_settings',
        "scaffolder.tasks",
    )
    return [row for table in tables for row in query(workplace.kubectl, f"SELECT t::text FROM {table} t ORDER BY 1")]


def test_a_migration_that_fails_half_way_stops_the_deployment(
    workplace: Workplace, measure: Measure, tmp_path: Path
) -> None:
    folder = f"{MODULES}/{CATALOG}/migrations"
    digest = derive(workplace, tmp_path, {f"{folder}/{FIRST}": MAKES_A_TABLE, f"{folder}/{SECOND}": FAILS})
    release = keep(workplace, digest, lambda names: (*names, FIRST, SECOND))
    with pinned(workplace, release=release):
        ended = fails(workplace, measure, "a migration that fails half way")
        assert f"migrate failed: the migration {SECOND} of catalog failed: " in ended.said
        assert "acme_is_not_there" in ended.said
        assert query(workplace.kubectl, "SELECT name FROM catalog.knex_migrations ORDER BY id DESC LIMIT 1") == [FIRST]
    # What runs was there before, and goes on: nothing of it is touched.
    pods = serving(workplace)
    workplace.up()
    assert serving(workplace) == pods
    _forget(workplace)


def test_rolling_back_over_harmless_migrations_takes_a_minute_and_no_data(
    workplace: Workplace, measure: Measure, tmp_path: Path
) -> None:
    folder = f"{MODULES}/{CATALOG}/migrations"
    digest = derive(workplace, tmp_path, {f"{folder}/{name}": None for name in HARMLESS})
    older = keep(workplace, digest, lambda names: tuple(name for name in names if name not in HARMLESS))
    newer = keep(workplace, None, lambda names: names)
    names = "', '".join(HARMLESS)
    query(workplace.kubectl, f"DELETE FROM catalog.knex_migrations WHERE name IN ('{names}')")
    point(workplace, older)
    workplace.portal("up")
    point(workplace, newer)
    with never_without_an_answer():
        workplace.portal("up")
    there = f"SELECT count(*) FROM catalog.knex_migrations WHERE name IN ('{names}')"
    assert query(workplace.kubectl, there) == ["2"]
    row = "('user:default/acme', 'acme', 'color', '\"blue\"')"
    query(workplace.kubectl, f'INSERT INTO "user-settings".user_settings VALUES {row} ON CONFLICT DO NOTHING')
    before = what_people_wrote(workplace)
    assert any("blue" in written for written in before)
    with never_without_an_answer():
        back = workplace.portal("rollback", "local", "--reason", "a test")
        commit_all(workplace.checkout.root)
        up = workplace.portal("up")
    measure("rollback over harmless migrations, with its deployment", back.seconds + up.seconds)
    assert back.seconds + up.seconds <= ROLLBACK_SECONDS
    assert what_people_wrote(workplace) == before
    assert query(workplace.kubectl, there) == ["2"], "they stay"
    (record,) = records(workplace).values()
    assert record["release"] == older
    assert record["image"] == f"{NAME}@{digest}"
    # It holds: whoever writes the release again is refused before anything is applied.
    point(workplace, newer)
    assert f"{newer} was rolled back in this stack (a test)" in workplace.portal("up", expected=2).said
    workplace.portal("rollback", "local", "--lift", newer)
    workplace.portal("up")


@pytest.mark.variation
def test_there_is_no_way_back_over_a_migration_that_nobody_reviewed(
    workplace: Workplace, measure: Measure, tmp_path: Path
) -> None:
    digest = derive(workplace, tmp_path, {f"{MODULES}/{CATALOG}/migrations/{FIRST}": MAKES_A_TABLE})
    older = keep(workplace, None, lambda names: names)
    newer = keep(workplace, digest, lambda names: (*names, FIRST))
    point(workplace, older)
    workplace.portal("up")
    point(workplace, newer)
    with never_without_an_answer():
        workplace.portal("up")
    refused = workplace.portal("rollback", "local", expected=1)
    assert f"{older} does not work with the database of {newer}" in refused.said
    assert f"{FIRST}: it was not reviewed" in refused.said
    # Nor by hand: the database says no, and the newer release goes on.
    point(workplace, older)
    assert f"catalog: {FIRST}" in fails(workplace, measure, "an older release on a database that is ahead").said
    _forget(workplace)
    workplace.portal("up")


def test_the_portal_answers_in_the_end(workplace: Workplace) -> None:
    status = json.loads(workplace.portal("status", "--json").said)
    assert status["answers"], URL
