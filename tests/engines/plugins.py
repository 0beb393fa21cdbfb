"""The providers of these tests as programs, in folders that an engine can be pointed to, and what talks to them."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from tests.engines.providers.__main__ import LARGEST_MESSAGE
from tests.support.checkouts import ROOT

# All that a portal's stacks use.
PACKAGES = ("aws", "kubernetes")
# No engine of ours is asked anything; the argument is there.
NO_ENGINE = "127.0.0.1:1"


def write_plugins(folder: Path, journal: Path) -> Mapping[str, Path]:
    """A folder for each provider with its program, which writes down what it is asked."""
    folders = {package: folder / package for package in PACKAGES}
    for package, own in folders.items():
        own.mkdir(parents=True)
        program = own / f"pulumi-resource-{package}"
        # Without -P, a program of the folder in which an engine starts it could come first.
        words = [sys.executable, "-P", "-m", "tests.engines.providers", package, str(journal)]
        program.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.join(words)} "$@"\n')
        program.chmod(0o700)
    return folders


class Plugin:
    """A provider that runs. ``stub`` asks it, as an engine would."""

    stub: Any

    def __init__(self, folder: Path) -> None:
        command = [str(folder / f"pulumi-resource-{folder.name}"), NO_ENGINE]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        assert self.process.stdout is not None
        port = int(self.process.stdout.readline())
        options = [("grpc.max_receive_message_length", LARGEST_MESSAGE)]
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=options)
        # Its types are of modules that exist under another name only.
        self.stub = ResourceProviderStub(self._channel)
        self.stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address=NO_ENGINE))

    def end(self) -> None:
        self._channel.close()
        self.process.kill()
        self.process.communicate()
