"""A real service with the protocol of S3, where pods reach it. It verifies signatures, and has one account."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.base.progress import PlainProgress
from portal.node.layout import HOST_ADDRESS
from portal.node.tools import Tool, build_tools
from portal.probe.smoke import fetch
from tests.e2e.conftest import await_that

SERVICES = Path(__file__).parent / "services"
ADDRESS = f"{HOST_ADDRESS}:17084"
NAME = "acme-backups"
KEY_ID = "key-of-the-tests"
SECRET_KEY = "fake-bucket-secret-91c4de"


@dataclass(frozen=True)
class Bucket:
    """A bucket whose objects are files of a folder."""

    objects: Path

    @property
    def names(self) -> list[str]:
        """The objects, sorted."""
        return sorted(str(path.relative_to(self.objects)) for path in self.objects.rglob("*") if path.is_file())


@contextmanager
def serve_bucket(folder: Path) -> Generator[Bucket]:
    """Serve an empty one at ``ADDRESS``. The first time, the service is built from its Go module, in 40 s."""
    log = folder / "log"
    built = build_tools(SERVICES, PlainProgress(), log, [Tool("bucket", (".",))])["bucket"] / "bucket"
    objects, known = folder / "objects", folder / "known"
    for made in (objects / NAME, known):
        made.mkdir(parents=True)
    with (
        log.open("a") as file,
        subprocess.Popen(
            [built, ADDRESS, objects, known, KEY_ID], stdin=subprocess.PIPE, stdout=file, stderr=file
        ) as process,
    ):
        assert process.stdin is not None
        # Not in its environment, where the search for secrets would find it.
        process.stdin.write(SECRET_KEY.encode())
        process.stdin.close()
        try:
            # It answers, and nobody gets anything without a signature.
            await_that(lambda: fetch(f"http://{ADDRESS}/{NAME}", timeout=1).status == 403, "a service for a bucket")
            yield Bucket(objects / NAME)
        finally:
            process.terminate()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)
