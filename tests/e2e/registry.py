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
INDEX = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json"


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


def index(repository: str) -> tuple[str, dict[str, str]]:
    """The digest of the one image index in a repository (``name``), and the digest of each platform's image in it."""
    with urlopen(f"http://{ADDRESS}/v2/{repository}/tags/list") as answer:
        (tag,) = (one for one in json.load(answer)["tags"] if "-" not in one)
    request = Request(f"http://{ADDRESS}/v2/{repository}/manifests/{tag}", headers={"Accept": INDEX})
    with urlopen(request) as answer:
        digest, listed = answer.headers["Docker-Content-Digest"], json.load(answer)["manifests"]
    return digest, {f"{one['platform']['os']}/{one['platform']['architecture']}": one["digest"] for one in listed}
