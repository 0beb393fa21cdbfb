"""How a cluster is reached, as a kubeconfig says: address, certificates, proxy, credentials.

The Kubernetes client reads the files, and knows tokens, certificates and OpenID. Done here is what it leaves out: it
logs that a program for credentials failed, and goes on as nobody; it does not impersonate; and it trusts and chooses
proxies as Python does, where a kubeconfig is written for Go. Certificates and keys that a kubeconfig holds lie in
files only for the moment in which OpenSSL reads them.
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
from portal.kubernetes.api_errors import CredentialProgramError, KubeconfigError

DEFAULT_FILE = "~/.kube/config"

_KINDS = ("context", "cluster", "user")
_Untyped: TypeAlias = Any  # the client's classes have no types


@dataclass(frozen=True)
class Access:
    """The way to one API.

    ``headers`` say as whom else we ask. What a program gave has to be asked for again when it ``expires``.
    """

    configuration: Configuration
    tls: ssl.SSLContext
    headers: Mapping[str, tuple[str, ...]]
    expires: datetime | None


def read_access(context: str, kubeconfig: Path | None) -> Access:
    """The access of a context. Runs the program that the kubeconfig names for credentials, if it names one.

    ``kubeconfig`` absent: the files of KUBECONFIG, else the user's own, as kubectl and Pulumi's provider find them.
    """
    files = _merged(context, str(kubeconfig or os.environ.get("KUBECONFIG") or DEFAULT_FILE))
    config, expires = _with_credentials(context, files.config)
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        configuration = Configuration()
        try:
            loader: _Untyped = KubeConfigLoader(
                # Not in one folder: each entry keeps that of its file.
                config_base_path=None,  # pyright: ignore[reportArgumentType] - the client's own default
                config_dict=config,
                active_context=context,
                # As kubectl: OpenID's refresh tokens are good for one time only.
                config_persister=files.save_changes,
                temp_file_path=folder,
            )
            loader.load_and_set(configuration)
            tls = _tls(configuration)
        except ConfigException as error:
            # Its words may show what is in the kubeconfig: entries with their tokens.
            raise KubeconfigError(context, "an entry of the kubeconfig, or a file that it names, is missing") from error
        except (OSError, ValueError) as error:
            reason = f"a certificate or key of the kubeconfig cannot be read ({type(error).__name__})"
            raise KubeconfigError(context, reason) from error
    configuration.ssl_ca_cert = configuration.cert_file = configuration.key_file = None
    cluster, user = _entry(config, context, "cluster"), _entry(config, context, "user")
    _choose_proxy(configuration, named="proxy-url" in cluster.value)
    return Access(configuration, tls, _impersonated(user.value), expires)


def _merged(context: str, paths: str) -> _Untyped:
    """The files as one. Of entries with the same name the first counts; each keeps the folder of its file."""
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
    """What an entry with a name has, empty where there is none."""
    for entry in config.value[f"{kind}s"]:
        if entry.value.get("name") == name and is_mapping(entry.value.get(kind)):
            return ConfigNode(kind, entry.value[kind], entry.path)
    empty: dict[str, Any] = {}
    return ConfigNode(kind, empty)


def _entry(config: _Untyped, context: str, kind: str) -> _Untyped:
    """The cluster or the user of a context."""
    return _named(config, kind, _named(config, "context", context).value.get(kind))


def _with_credentials(context: str, config: _Untyped) -> tuple[_Untyped, datetime | None]:
    """The same with what the user's program gave in place of the program."""
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
        return datetime.fromisoformat(str(text)).astimezone(UTC)
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
        # On a terminal the client leaves the program's words to it, and then looks for them.
        raise CredentialProgramError(context, "exec: it failed, and says why above") from error
    except (ConfigException, OSError) as error:
        raise CredentialProgramError(context, str(error)) from error


def _impersonated(user: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """See https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation.

    Without it, preflight would ask as somebody with other rights than those who apply.
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
    """As kubectl: a proxy of the kubeconfig is for every address, one of the environment never for this machine.

    See Go's net/http, ProxyFromEnvironment.
    """
    if named:
        configuration.no_proxy = None
        # Names are the proxy's to look up: it may be the only one that knows them.
        configuration.proxy = re.sub(r"^socks5:", "socks5h:", str(configuration.proxy))
    elif _is_loopback(str(urlsplit(configuration.host).hostname or "")):
        configuration.proxy = None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls(configuration: Configuration) -> ssl.SSLContext:
    """What is trusted, and who we are.

    Not Python's default context: from 3.13 on that refuses authorities that lack extensions, as those of many clusters
    do, and before it trusts no authority that another one signed. kubectl, written in Go, does neither.
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
        # Without a password, OpenSSL would ask for one on the terminal.
        tls.load_cert_chain(configuration.cert_file, configuration.key_file, password="")
    return tls
