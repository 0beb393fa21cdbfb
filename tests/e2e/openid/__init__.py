"""A real OpenID provider, from npm, with one client and its own login and consent pages."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.base.process import output
from portal.image.toolchain import toolchain
from portal.node.layout import HOST_ADDRESS

SOURCES = Path(__file__).parent
ISSUER = f"http://{HOST_ADDRESS}:17083"
CLIENT_ID = "portal-of-the-tests"
CLIENT_SECRET = "fake-openid-secret-6b2e97"
START_SECONDS = 20.0


@dataclass(frozen=True)
class OpenIdProvider:
    """One that runs. ``log`` has a line for each grant and each refusal."""

    log: Path

    @property
    def lines(self) -> list[str]:
        """What it said so far."""
        return self.log.read_text().splitlines()


@contextmanager
def open_id_provider(folder: Path, portal: str) -> Generator[OpenIdProvider]:
    """Serve it where pods and the machine's browser reach it, for the portal at an address."""
    for file in ("package.json", "package-lock.json", "provider.mjs"):
        shutil.copyfile(SOURCES / file, folder / file)
    tools = toolchain()
    npm = tools.node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    output([tools.node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, env=tools.environment)
    environment = {
        **os.environ,
        "ISSUER": ISSUER,
        "CLIENT_ID": CLIENT_ID,
        "CLIENT_SECRET": CLIENT_SECRET,
        "REDIRECT_URI": f"{portal}/api/auth/oidc/handler/frame",
    }
    log = folder / "provider.log"
    with (
        log.open("w") as file,
        subprocess.Popen([tools.node, "provider.mjs"], cwd=folder, env=environment, stdout=file) as process,
    ):
        try:
            provider = OpenIdProvider(log)
            deadline = time.monotonic() + START_SECONDS
            while "ready" not in provider.lines:
                assert process.poll() is None, "the OpenID provider ended"
                assert time.monotonic() < deadline, "the OpenID provider did not start"
                time.sleep(0.1)
            yield provider
        finally:
            process.terminate()
