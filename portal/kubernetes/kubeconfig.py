"""Read from a kubeconfig how to reach a cluster: address, certificates, proxy, and credentials.

The Kubernetes client reads the files and supports tokens, certificates, and OpenID Connect. This module adds what the
client does not do:

- Stop if a credential plugin fails. The client only logs the failure and continues without credentials.
- Impersonate the user that the kubeconfig names.
- Trust certificates and choose proxies as Go does, because kubeconfigs are written for Go. The client follows Python.

Certificates and keys embedded in a kubeconfig are in files only while OpenSSL reads them.
"""

from __future__ import annotations

import base64
import copy
import ipaddress
import os
import re
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from kubernetes.client.configuration import Configuration
from kubernetes.config.config_exception import ConfigException
from kubernetes.config.exec_provider import ExecProvider
from kubernetes.config.kube_config import ConfigNode, KubeConfigLoader, KubeConfigMerger
from yaml import YAMLError

from portal.base.json_types import is_mapping
from portal.base.moment import moment
from portal.kubernetes.api_errors import CredentialProgramError, KubeconfigError

DEFAULT_FILE = "~/.kube/config"

_KINDS = ("context", "cluster", "user")
_Untyped: TypeAlias = Any  # the client's classes have no types


@dataclass(frozen=True)
class Access:
    """How to reach one API.

    ``headers`` name the user to impersonate. ``expires`` is when the credentials from a credential plugin end.
    """

    configuration: Configuration
    tls: ssl.SSLContext
    headers: Mapping[str, tuple[str, ...]]
    expires: datetime | None


def read_access(context: str, kubeconfig: Path | None) -> Access:
    """Read how to reach a context's cluster. Runs the credential plugin if the kubeconfig names one.

    Default for ``kubeconfig``: the files in KUBECONFIG, else the one in the user's home, as for kubectl and Pulumi's
    provider.
    """
    files = _merged(context, str(kubeconfig or os.environ.get("KUBECONFIG") or DEFAULT_FILE))
    config, expires = _with_credentials(context, files.config)
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        configuration = Configuration()
        try:
            loader: _Untyped = KubeConfigLoader(
                # The merged files may be in different folders: each entry keeps its file's folder.
                config_base_path=None,  # pyright: ignore[reportArgumentType] - the client's own default
                config_dict=config,
                active_context=context,
                # Save renewed tokens, as kubectl does: an OpenID Connect refresh token may work only once.
                config_persister=files.save_changes,
                temp_file_path=folder,
            )
            loader.load_and_set(configuration)
            tls = _tls(configuration)
        except ConfigException as error:
            # Do not show the client's message: it may contain entries of the kubeconfig with their tokens.
            raise KubeconfigError(context, "an entry of the kubeconfig, or a file that it names, is missing") from error
        except (OSError, ValueError) as error:
            reason = f"a certificate or key of the kubeconfig cannot be read ({type(error).__name__})"
            raise KubeconfigError(context, reason) from error
    configuration.ssl_ca_cert = configuration.cert_file = configuration.key_file = None
    cluster, user = _entry(config, context, "cluster"), _entry(config, context, "user")
    _choose_proxy(configuration, named="proxy-url" in cluster.value)
    return Access(configuration, tls, _impersonated(user.value), expires)


def _merged(context: str, paths: str) -> _Untyped:
    """Merge the files. For entries with the same name, the first one wins. Each entry keeps its file's folder."""
    try:
        merged: _Untyped = KubeConfigMerger(paths)
    except (YAMLError, ConfigException, AttributeError, TypeError, KeyError) as error:
        raise KubeconfigError(context, "the kubeconfig is not one") from error
    except OSError as error:
        raise KubeconfigError(context, f"{error.filename}: {error.strerror}") from error
    if merged.config is None:
        raise KubeconfigError(context, f"there is no kubeconfig ({paths})")
    if not all(is_mapping(entry.value) for kind in _KINDS for entry in merged.config.value[f"{kind}s"]):
        raise KubeconfigError(context, "the kubeconfig is not one")
    names = [str(entry.value.get("name")) for entry in merged.config.value["contexts"]]
    if context not in names:
        raise KubeconfigError(context, f"the kubeconfig has {', '.join(names) or 'no context'}")
    return merged


def _named(config: _Untyped, kind: str, name: object) -> _Untyped:
    """The content of a named entry, empty if there is none."""
    for entry in config.value[f"{kind}s"]:
        if entry.value.get("name") == name and is_mapping(entry.value.get(kind)):
            return ConfigNode(kind, entry.value[kind], entry.path)
    empty: dict[str, Any] = {}
    return ConfigNode(kind, empty)


def _entry(config: _Untyped, context: str, kind: str) -> _Untyped:
    """The cluster entry or the user entry of a context."""
    return _named(config, kind, _named(config, "context", context).value.get(kind))


def _with_credentials(context: str, config: _Untyped) -> tuple[_Untyped, datetime | None]:
    """Run the user's credential plugin and put its credentials into the config. Also returns when they expire."""
    user, cluster = _entry(config, context, "user"), _entry(config, context, "cluster")
    if "exec" not in user.value or "token" in user.value or "tokenFile" in user.value:
        return config, None
    given = _run(context, ConfigNode("exec", user.value["exec"], user.path), cluster)
    known = {key: value for key, value in user.value.items() if key != "exec"}
    if "token" in given:
        known["token"] = given["token"]
    elif "clientCertificateData" in given and "clientKeyData" in given:
        for key, name in (("client-certificate-data", "clientCertificateData"), ("client-key-data", "clientKeyData")):
            known[key] = base64.b64encode(given[name].encode()).decode()
    else:
        raise CredentialProgramError(context, "exec: it gave neither a token nor a certificate with its key")
    filled: _Untyped = copy.copy(config)
    mine = ConfigNode("user", {"name": "mine", "user": known}, user.path)
    asking = {"name": context, "context": {**_named(config, "context", context).value, "user": "mine"}}
    filled.value = {**config.value, "users": [mine], "contexts": [ConfigNode("context", asking)]}
    return filled, _time(given.get("expirationTimestamp"))


def _time(text: object) -> datetime | None:
    try:
        return moment(str(text)).astimezone(UTC)
    except ValueError:
        return None


def _run(context: str, program: _Untyped, cluster: _Untyped) -> Mapping[str, Any]:
    folder = str(Path(program.path).absolute().parent) if program.path else ""
    try:
        provider: _Untyped = ExecProvider(program, folder, cluster)
        return provider.run()
    except FileNotFoundError as error:
        name = program.value.get("command")
        raise CredentialProgramError(context, f"exec: executable {name} not found") from error
    except AttributeError as error:
        # On a terminal, the plugin prints its own error. The client then fails because it has no output to read.
        raise CredentialProgramError(context, "exec: it failed, and says why above") from error
    except (ConfigException, OSError) as error:
        raise CredentialProgramError(context, str(error)) from error


def _impersonated(user: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The impersonation headers (https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation).

    Without them, preflight would run with other rights than the deployment.
    """
    headers: dict[str, tuple[str, ...]] = {}
    for name, value in (("User", user.get("as")), ("Uid", user.get("as-uid"))):
        if value:
            headers[f"Impersonate-{name}"] = (str(value),)
    if groups := user.get("as-groups"):
        headers["Impersonate-Group"] = tuple(groups)
    extra: Mapping[str, Any] = user.get("as-user-extra", {})
    for name, values in extra.items():
        headers[f"Impersonate-Extra-{name}"] = tuple(values)
    return headers


def _choose_proxy(configuration: Configuration, *, named: bool) -> None:
    """Choose the proxy as kubectl does.

    A proxy in the kubeconfig applies to every address. A proxy in the environment never applies to this machine.
    See Go's net/http, ProxyFromEnvironment.
    """
    if named:
        configuration.no_proxy = None
        # Let the proxy resolve host names: it may be the only one that can.
        configuration.proxy = re.sub(r"^socks5:", "socks5h:", str(configuration.proxy))
    elif _is_loopback(str(urlsplit(configuration.host).hostname or "")):
        configuration.proxy = None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls(configuration: Configuration) -> ssl.SSLContext:
    """The trusted certificate authorities and the client certificate.

    This is not Python's default context, which is stricter than kubectl. From Python 3.13 on, the default rejects
    authorities without certain extensions, which many clusters use. Before 3.13, it rejects intermediate authorities.
    """
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if not configuration.verify_ssl:
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    elif configuration.ssl_ca_cert:
        tls.load_verify_locations(configuration.ssl_ca_cert)
    else:
        tls.load_default_certs()
    if configuration.cert_file:
        # Pass an empty password: otherwise OpenSSL would ask for one on the terminal.
        tls.load_cert_chain(configuration.cert_file, configuration.key_file, password="")
    return tls
