"""Start a provider: ``python -m tests.engines.providers PACKAGE JOURNAL``. The first line that it prints is its port.

What engines add to the arguments, the address of the engine, is not used.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from pulumi.runtime.proto.provider_pb2_grpc import add_ResourceProviderServicer_to_server

from tests.engines.providers.servicer import StandIn

# As many as an engine asks at once, by default.
WORKERS = 16
# Of Pulumi's own programs.
LARGEST_MESSAGE = 400 * 1024 * 1024


def main(package: str, journal: str) -> None:
    options = [("grpc.max_receive_message_length", LARGEST_MESSAGE)]
    server = grpc.server(ThreadPoolExecutor(WORKERS), options=options)
    add_ResourceProviderServicer_to_server(StandIn(package, Path(journal)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    try:
        server.wait_for_termination()
    except KeyboardInterrupt:
        # How an engine ends it.
        server.stop(None)


if __name__ == "__main__":
    main(*sys.argv[1:3])
