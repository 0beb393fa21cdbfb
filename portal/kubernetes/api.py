"""A client for the Kubernetes API: objects as JSON, errors as types. Always uses an explicit context.

It does not apply objects, follow logs, or forward ports: `kubectl.py` does. It imports the Kubernetes client only
before the first request, because most commands send none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from portal.base.json_types import is_mapping
from portal.kubernetes.api_errors import NotFoundError, Status, StatusError, UnreachableError, is_status

if TYPE_CHECKING:
    from portal.kubernetes.connection import Connection

Object = dict[str, Any]

# Time limit of a request, in seconds.
PATIENCE = 10.0
# The grace period that `kubectl delete --now` sets.
NOW_SECONDS = 1

# Status codes that Kubernetes, or an authenticating proxy, may send with a plain-text body.
_PLAIN_CODES = (401, 404)

_JSON = "application/json"
# Metadata only, so that no value of a Secret leaves the cluster
# (https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches).
_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


class ClusterApi:
    """The API of one cluster. Default for ``kubeconfig``: the file that kubectl would find.

    Thread-safe: all threads share its connections and credentials. An error status from the API raises a subclass of
    ``StatusError``. If the cluster cannot be reached, another ``ClusterError`` is raised.
    """

    def __init__(self, context: str, kubeconfig: Path | None = None) -> None:
        self.context = context
        self._kubeconfig = kubeconfig
        self._connection: Connection | None = None
        self._lock = Lock()

    def get(self, path: str, *, patience: float = PATIENCE) -> Object:
        """Return the object, or other JSON document, at a path."""
        return self._ask("GET", path, patience=patience)

    def find(self, path: str, *, metadata_only: bool = False) -> Object | None:
        """Return one object. None if it does not exist, or if the cluster does not serve its kind."""
        try:
            return self._ask("GET", path, accept=_METADATA if metadata_only else _JSON)
        except NotFoundError:
            return None

    def list(
        self,
        collection: str,
        *,
        labels: str = "",
        fields: str = "",
        metadata_only: bool = False,
        patience: float = PATIENCE,
    ) -> list[Object]:
        """Return the objects of a collection. Adds ``kind`` to each, because the API omits it in lists.

        ``labels`` and ``fields`` are selectors.
        """
        words = {"labelSelector": labels, "fieldSelector": fields}
        query = {key: value for key, value in words.items() if value}
        path = f"{collection}?{urlencode(query)}" if query else collection
        found = self._ask("GET", path, accept=_METADATA_LIST if metadata_only else _JSON, patience=patience)
        kind = {"kind": str(found["kind"]).removesuffix("List")}
        return [{**kind, **item} for item in found.get("items") or ()]

    def text(self, path: str, *, patience: float = PATIENCE, **query: str) -> str:
        """Return a plain-text response, such as health or logs."""
        where = f"{path}?{urlencode(query)}" if query else path
        return self._send("GET", where, accept="*/*", patience=patience).decode(errors="replace")

    def create(self, collection: str, item: Mapping[str, Any]) -> Object:
        """Create an object."""
        return self._ask("POST", collection, body=item)

    def try_apply(self, path: str, item: Mapping[str, Any], manager: str) -> Object:
        """Apply an object as a server-side dry run and return the result. Admission runs; nothing is stored."""
        words = {"dryRun": "All", "fieldManager": manager, "force": "true", "fieldValidation": "Strict"}
        # JSON is valid YAML, so the API accepts it here.
        return self._ask("PATCH", f"{path}?{urlencode(words)}", body=item, content="application/apply-patch+yaml")

    def delete(self, path: str, *, now: bool = False) -> None:
        """Delete an object without waiting until it is gone. It is no error if the object does not exist."""
        try:
            self._ask("DELETE", f"{path}?gracePeriodSeconds={NOW_SECONDS}" if now else path)
        except NotFoundError:
            return

    def _ask(
        self,
        method: str,
        path: str,
        *,
        accept: str = _JSON,
        body: Mapping[str, Any] | None = None,
        content: str = _JSON,
        patience: float = PATIENCE,
    ) -> Object:
        said = self._send(method, path, accept=accept, body=body, content=content, patience=patience)
        found = _document(said)
        if not is_mapping(found):
            raise UnreachableError(self.context, "what answers there is not Kubernetes")
        return {**found}

    def _send(
        self,
        method: str,
        path: str,
        *,
        accept: str,
        patience: float,
        body: Mapping[str, Any] | None = None,
        content: str = _JSON,
    ) -> bytes:
        reply = self._connected().send(
            method,
            path,
            accept=accept,
            patience=patience,
            body=json.dumps(body).encode() if body is not None else None,
            content=content,
        )
        if 200 <= reply.code < 300:
            return reply.body
        said = _document(reply.body)
        if is_status(said) or reply.code in _PLAIN_CODES:
            raise StatusError.of(self.context, Status.of(reply.code, said))
        # The response is from a proxy or another server, not from Kubernetes. Its 403 says nothing about our rights.
        raise UnreachableError(self.context, f"HTTP status {reply.code}: {str(said)[:200]}")

    def _connected(self) -> Connection:
        with self._lock:
            if self._connection is None or self._connection.expired:
                from portal.kubernetes.connection import connect  # noqa: PLC0415 - a third of a second

                self._connection = connect(self.context, self._kubeconfig)
            return self._connection


def _document(body: bytes) -> object:
    text = body.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
