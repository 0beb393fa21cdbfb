"""A PostgreSQL that is not the portal's, with TLS and an authority of its own, in a namespace of its own.

The PostgreSQL of the assembled image was built without TLS ("SSL is not supported by this build"): a second container
answers the request for it as a server does, and passes on what is inside.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from portal.base.process import output
from portal.kubernetes.kubectl import Kubectl
from tests.support.certificates import Authority

NAMESPACE = "preflight-elsewhere"
HOST = f"postgres.{NAMESPACE}.svc.cluster.local"
# A second name for the same server, which its certificate does not have.
ALIAS = f"alias.{NAMESPACE}.svc.cluster.local"
PASSWORD = "correct-horse"

_START = """\
set -eu
umask 077
initdb --pgdata /data/18 --username postgres --auth trust --encoding UTF8 --locale C >/data/log
echo 'local all all trust' > /data/hba; echo 'host all all 127.0.0.1/32 scram-sha-256' >> /data/hba
exec postgres -D /data/18 -c listen_addresses=127.0.0.1 -c port=5433 -c hba_file=/data/hba \\
  -c unix_socket_directories=/data
"""

# The request for TLS is eight bytes, the answer one (https://www.postgresql.org/docs/18/protocol-flow.html).
_TLS = """\
const net = require('net'), tls = require('tls'), read = name => require('fs').readFileSync(`/tls/${name}`);
net.createServer(socket => {
  socket.on('error', () => {});
  socket.once('data', () => {
    socket.write('S');
    const inside = new tls.TLSSocket(socket, { isServer: true, key: read('tls.key'), cert: read('tls.crt') });
    const server = net.connect(5433, '127.0.0.1');
    for (const end of [inside, server]) end.on('error', () => [inside, server].forEach(one => one.destroy()));
    inside.pipe(server).pipe(inside);
  });
}).listen(5432);
"""


@dataclass(frozen=True)
class Elsewhere:
    """The server, and the authority that signed its certificate."""

    kubectl: Kubectl
    authority: str

    def sql(self, *statements: str, database: str = "postgres") -> str:
        """Run statements as the server's administrator, inside its pod; what they print, without decoration."""
        words = [
            "psql",
            "--host=/data",
            "--port=5433",
            "--username=postgres",
            f"--dbname={database}",
            "--set=ON_ERROR_STOP=1",
            *("--no-psqlrc", "--tuples-only", "--no-align", "--quiet"),
        ]
        run = ("exec", "--stdin", f"--namespace={NAMESPACE}", "pod/postgres", "--container=postgres", "--", *words)
        return output(self.kubectl.command(*run, patience=0), stdin=";\n".join((*statements, "")))


def elsewhere_beside(kubectl: Kubectl) -> AbstractContextManager[Elsewhere]:
    """The server, from the images of the portal that runs."""
    database, portal = (
        str(kubectl.read(name, "--namespace=portal")["spec"]["template"]["spec"]["containers"][0]["image"])
        for name in ("statefulset/database", "deployment/backstage")
    )
    return elsewhere(kubectl, database, portal)


@contextmanager
def elsewhere(kubectl: Kubectl, image: str, node: str) -> Generator[Elsewhere]:
    """Start it, wait until it answers, delete it with its namespace. ``node`` is an image with Node."""
    authority = Authority("elsewhere")
    certificate, private = authority.signed_for(HOST)
    tls = {"tls.crt": certificate, "tls.key": private}
    document = {"apiVersion": "v1", "kind": "List", "items": _objects(image, node, tls)}
    try:
        output(kubectl.command("apply", "--filename=-"), stdin=json.dumps(document))
        wait = ("wait", f"--namespace={NAMESPACE}", "--for=condition=Ready", "pod/postgres", "--timeout=60s")
        output(kubectl.command(*wait, patience=0))
        yield Elsewhere(kubectl, authority.certificate)
    finally:
        output(kubectl.command("delete", "namespace", NAMESPACE, "--ignore-not-found", patience=0))


def _objects(image: str, node: str, tls: dict[str, str]) -> list[dict[str, object]]:
    labels = {"app": "postgres"}
    container = {
        "name": "postgres",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", _START],
        "readinessProbe": {"exec": {"command": ["pg_isready", "--host=/data", "--port=5433", "--username=postgres"]}},
        "volumeMounts": [
            {"name": "data", "mountPath": "/data"},
            {"name": "passwd", "mountPath": "/etc/passwd", "subPath": "passwd"},
        ],
    }
    proxy = {
        "name": "tls",
        "image": node,
        "imagePullPolicy": "IfNotPresent",
        "command": ["node", "--eval", _TLS],
        "readinessProbe": {"tcpSocket": {"port": 5432}},
        "volumeMounts": [{"name": "tls", "mountPath": "/tls"}],
    }
    spec: dict[str, object] = {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 0,
        "securityContext": {"runAsUser": 10001, "runAsGroup": 10001, "fsGroup": 10001},
        "containers": [container, proxy],
        "volumes": [
            {"name": "data", "emptyDir": {}},
            {"name": "tls", "secret": {"secretName": "tls", "defaultMode": 0o440}},
            {"name": "passwd", "configMap": {"name": "passwd"}},
        ],
    }
    place = {"namespace": NAMESPACE}
    port = {"port": 5432}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tls", **place}, "stringData": tls},
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "passwd", **place},
            "data": {"passwd": "postgres:x:10001:10001::/data:/bin/sh\n"},
        },
        *(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": name, **place},
                "spec": {"selector": labels, "ports": [port]},
            }
            for name in ("postgres", "alias")
        ),
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "postgres", "labels": labels, **place}, "spec": spec},
    ]
