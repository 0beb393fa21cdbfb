"""A real registry on loopback: Debian's, unpacked and not installed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from portal.base.process import output
from portal.probe.smoke import fetch
from tests.e2e.conftest import await_that

ADDRESS = "127.0.0.1:5077"
MANIFEST = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"


@contextmanager
def registry(folder: Path) -> Generator[str]:
    """Its address, as long as it runs."""
    output(["apt-get", "download", "docker-registry"], cwd=folder)
    output(["dpkg-deb", "--extract", *folder.glob("*.deb"), folder])
    configuration = folder / "registry.json"
    storage = {"filesystem": {"rootdirectory": str(folder / "data")}}
    configuration.write_text(json.dumps({"version": 0.1, "storage": storage, "http": {"addr": ADDRESS}}))
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [folder / "usr" / "bin" / "docker-registry", "serve", configuration], stdout=log, stderr=log
        )
    try:
        await_that(lambda: fetch(f"http://{ADDRESS}/v2/", timeout=1).status == 200, "a registry")
        yield ADDRESS
    finally:
        process.terminate()
        process.wait()


def digests(repository: str) -> set[str]:
    """The digests of all tags of a repository (``name``), as the registry says them."""
    with urlopen(f"http://{ADDRESS}/v2/{repository}/tags/list") as answer:
        tags = json.load(answer)["tags"]
    found: set[str] = set()
    for tag in tags:
        request = Request(f"http://{ADDRESS}/v2/{repository}/manifests/{tag}", headers={"Accept": MANIFEST})
        with urlopen(request) as answer:
            found.add(answer.headers["Docker-Content-Digest"])
    return found
