"""The doors: what lets an outsider in, or shows a credential, whatever way it came into the final app-config.

docs/explanation/doors.md explains the table. A key that is not here may be as dangerous: a plugin of a team's own can
declare any. The table knows the keys of Backstage and those of the library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import normpath
from urllib.parse import urlsplit

from portal.base.address import is_ip_address, is_loopback
from portal.base.errors import InputError, SituationError
from portal.base.hosts import (
    addresses,
    host_and_port,
    is_in_cluster,
    is_metadata,
    is_own_machine,
    plain_host,
)
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, show_path
from portal.checks.door import Door, Node, Opening, View, nodes_of, plain_name
from portal.checks.location import app_config_key, app_config_location
from portal.contract import DATABASE_PASSWORD, HASH_KEY, SECRETS_FOLDER, SESSION_SECRET
from portal.models.scalars import origin
from portal.plan import Plan

LOOPBACK = "portals that only this machine can reach (http://localhost:7007) in a cluster that `portal up` made"
REMOVE = f"remove it; it is for {LOOPBACK}"

# Providers that believe what a request's headers say about its sender. Without that proxy in front, anybody can send
# them. https://backstage.io/docs/auth/#configuring-authentication-providers
_BELIEVE_HEADERS = {"awsalb", "azureeasyauth", "cfaccess", "gcpiap", "oauth2proxy", "proxyauth", "pinniped"}
_DANGEROUS_KEY = re.compile(r"dangerous", re.IGNORECASE)
_DANGEROUS_VALUE = re.compile(r"dangerously[-\w]*", re.IGNORECASE)

# Switched off, these verify nothing.
_VERIFY = {"rejectunauthorized", "strictssl", "verify", "verifyssl", "verifytls", "sslverify", "tlsverify", "secure"}
_ENCRYPT = {"ssl", "tls", "usetls", "usessl", "enabletls", "requiretls"}
# Switched on, these verify nothing.
_NOT_VERIFY = {
    *("skiptlsverify", "skipverify", "insecure", "insecureskipverify", "insecureskiptlsverify", "allowinsecure"),
    *("allowinsecuressl", "trustservercertificate", "ignoressl", "ignoretls", "ignorecertificateerrors"),
}
_NODE_TLS = "nodetlsrejectunauthorized"
_SSL_MODE = re.compile(r"sslmode=(disable|allow|prefer|no-verify)|[?&]ssl=(false|0)|node_tls_reject", re.IGNORECASE)

# Browsers get some addresses below these keys, and the backend calls them all the same. What else they get are links.
_CALLED_BY_THE_BACKEND = {
    *("auth", "aws", "backend", "catalog", "discovery", "events", "integrations", "kubernetes", "notifications"),
    *("permission", "proxy", "scaffolder", "search", "techdocs"),
}
# A proxy that only passes TLS on (CONNECT) is reached without it.
_TUNNELS = {"httpsproxy"}
_PLAIN_SCHEMES = {"http", "ws", "ldap"}
_HOST_KEYS = {
    "host",
    "hosts",
    "hostname",
    "address",
    "addresses",
    "endpoint",
    "endpoints",
    "server",
    "servers",
    "allow",
}
# What only the pod may read.
_POD_FILES = ("/etc/portal", "/proc", "/sys", "/dev", "/var/run/secrets", "/run/secrets", "/root", "/etc/shadow")
_SERVED_FOLDERS = ("/app/", "/tmp/")  # noqa: S108 - a volume of the pod
_CODE_DIRECTIVES = {"scriptsrc", "scriptsrcelem", "scriptsrcattr", "defaultsrc", "objectsrc", "baseuri"}
_OPEN_SOURCES = {"*", "'unsafe-inline'", "data:", "http:", "https:", "blob:"}


def _guests(view: View) -> Iterator[Opening]:
    for provider in view.plan.release.sign_in.values():
        path = ("auth", "providers", provider.id)
        if provider.anyone and view.at(*path) not in (None, False):
            yield Opening(path, "lets anyone in without asking who they are")


def _dangerous(view: View) -> Iterator[Opening]:
    guests = {record.id for record in view.plan.release.sign_in.values() if record.anyone}
    for node in view.nodes:
        named = isinstance(node.path[-1], str) and _DANGEROUS_KEY.match(node.path[-1].strip())
        valued = isinstance(node.value, str) and _DANGEROUS_VALUE.fullmatch(node.value.strip())
        if named and node.value is not None and not node.is_off:
            if not (node.below("auth", "providers", "*") and node.path[2] in guests):
                yield Opening(node.path, "is a dangerous setting")
        elif valued:
            yield Opening(node.path, "has a dangerous value")


def _permissions(view: View) -> Iterator[Opening]:
    if str(view.at("permission", "enabled")).lower() != "true":
        yield Opening(("permission", "enabled"), "is not true, so everybody may do everything")


def _origins(view: View) -> Iterator[Opening]:
    own = view.plan.settings.url
    for node in view.nodes:
        named = isinstance(node.path[-1], str)
        if named and node.below("auth") and node.name == "experimentalextraallowedorigins" and node.value:
            yield Opening(node.path, "lets the pages of other addresses get people's tokens")
        elif isinstance(node.value, str) and node.below("auth") and node.name == "callbackurl":
            if origin(node.value) != own:
                yield Opening(node.path, f"sends people who sign in to another address than {own}")
        elif node.below("discovery", "endpoints") and node.value and len(node.path) == 2:
            yield Opening(node.path, "sends the portal's own tokens to other addresses")


def _patterns(view: View) -> Iterator[Opening]:
    for node in view.texts:
        pattern = re.match(r"^([a-z][a-z0-9+.-]*)://([^/:]*)", node.value, re.IGNORECASE)
        if node.name in {"allowedredirecturipatterns", "allowedclientidpatterns"} and (
            pattern is None or _is_wide(pattern[2])
        ):
            yield Opening(node.path, "lets any address get the tokens of people who sign in")


def _reading(view: View) -> Iterator[Opening]:
    for node in view.nodes:
        entry = node.below("backend", "reading", "allow", "*")
        if (entry and node.path[4:] == ("host",) and _is_wide(str(node.value))) or (
            entry and len(node.path) == 4 and isinstance(node.value, str) and _is_wide(node.value)
        ):
            yield Opening(node.path, "lets the portal read any host for anybody who is signed in")


def _is_wide(host: str) -> bool:
    """Whether a pattern of hosts has no name of its own: ``*``, ``*.example``, ``a*.example.com``."""
    name = plain_host(host.partition(":")[0] if host.count(":") == 1 else host)
    if "*" not in name:
        return name == ""
    rest = name.removeprefix("*.")
    return "*" in rest or "." not in rest


def _tls(view: View) -> Iterator[Opening]:
    for node in view.nodes:
        value = node.value
        said = isinstance(value, bool | int | str)
        if said and (node.name in _VERIFY or node.name == _NODE_TLS) and node.is_off:
            yield Opening(node.path, "switches the verification of certificates off")
        elif said and node.name in _ENCRYPT and (node.is_off or plain_name(str(value)) in {"noverify", "disable"}):
            yield Opening(node.path, "switches TLS, or the verification of certificates, off")
        elif said and node.name in _NOT_VERIFY and not node.is_off and value != "":
            yield Opening(node.path, "switches the verification of certificates off")
        elif isinstance(value, str) and _SSL_MODE.search(value):
            yield Opening(node.path, "switches TLS, or the verification of certificates, off")


def _plain_http(view: View) -> Iterator[Opening]:
    settings = view.plan.settings
    known = {settings.url, *settings.plain_http}
    for node in view.texts:
        link = node.path in view.visible and node.path[0] not in _CALLED_BY_THE_BACKEND
        if link or node.below("backend", "csp") or node.name in _TUNNELS:
            continue
        for found in addresses(node.value):
            harmless = is_own_machine(found.host) or is_in_cluster(found.host) or found.host.endswith(".invalid")
            if found.scheme in _PLAIN_SCHEMES and not harmless and found.origin not in known:
                yield Opening(
                    node.path,
                    "sends what the portal says, its tokens included, over a network without TLS",
                    f"{_other_than_plain(found.host)}, or write `portal:plainHttp: [{found.origin}]` if everybody on"
                    " the way may read it",
                )


def _other_than_plain(host: str) -> str:
    """What to do about plain HTTP. A short name may be a Service's, which is known as one by its whole name alone."""
    short = host.count(".") < 2 and not is_ip_address(host)
    whole = host if "." in host else f"{host}.NAMESPACE"
    return f"use https://, or the whole name of a Service ({whole}.svc)" if short else "use https://"


def _metadata(view: View) -> Iterator[Opening]:
    for node in view.nodes:
        if any(is_metadata(host) for host in _hosts(node)):
            yield Opening(node.path, "is link-local, where clouds give a machine its credentials")


def _hosts(node: Node) -> Iterator[str]:
    if isinstance(node.path[-1], str):
        yield from (found.host for found in addresses(node.path[-1]))
    value = node.value
    if isinstance(value, bool) or not isinstance(value, str | int):
        return
    text = str(value)
    yield from (found.host for found in addresses(text))
    whole = text.strip().partition("/")[0]
    found = host_and_port(whole)
    bare = found.host if found is not None else whole
    # A bare number or word is a host only where a host is expected.
    if node.name in _HOST_KEYS or "." in bare or ":" in bare:
        yield bare


def _external_access(view: View) -> Iterator[Opening]:
    fix = "write accessRestrictions with the plugins that it may call"
    given = view.at("backend", "auth", "externalAccess")
    for index, entry in enumerate(given if is_list(given) else []):
        path = ("backend", "auth", "externalAccess", index)
        if is_mapping(entry) and not entry.get("accessRestrictions"):
            yield Opening(path, "may call every plugin and do everything", fix)
    if view.at("backend", "auth", "keys"):
        yield Opening(
            ("backend", "auth", "keys"), "lets whoever has them do everything", f"use externalAccess, and {fix}"
        )


def _proxies(view: View) -> Iterator[Opening]:
    settings = view.plan.settings
    for node in view.nodes:
        if node.below("auth", "providers") and len(node.path) == 3 and node.value is not None:
            # Of the stack's own load balancer or signed by its proxy, as its settings say, down to the last key.
            ours = view.plan.resolved.sign_in.proxied and view.is_derived(node)
            if node.name in _BELIEVE_HEADERS and not ours:
                yield Opening(
                    node.path,
                    "believes headers that anybody can send, as the stack has no such proxy, or appConfig changed which"
                    " one it believes",
                )
        elif node.name in {"trustproxy", "trustedproxies", "trustproxyheaders"} and not node.is_off:
            entry = settings.ingress is not None or settings.gateway is not None
            if node.value is not None and (not entry or node.value is True or str(node.value).lower() in {"true", "*"}):
                yield Opening(
                    node.path,
                    "believes what any request says about where it comes from",
                    "remove it, or write how many proxies stand in front (1) and name them: portal:ingress",
                )


def _own_secrets(view: View) -> Iterator[Opening]:
    for node in view.texts:
        own = any(node.value == f"{SECRETS_FOLDER}/{name}" for name in (DATABASE_PASSWORD, SESSION_SECRET, HASH_KEY))
        if node.path[-1] == "$file" and own and not view.is_derived(node):
            yield Opening(node.path[:-1], "hands out a secret of the portal itself")


def _public_secrets(view: View) -> Iterator[Opening]:
    for node in view.texts:
        if node.path[-1] == "$file" and (node.below("backend", "csp") or node.below("backend", "cors")):
            yield Opening(node.path[:-1], "puts a secret into the headers that every browser gets")


def _files(view: View) -> Iterator[Opening]:
    for node in view.texts:
        path = normpath(node.value.strip().removeprefix("file:").replace("//", "/")) if node.value.strip() else ""
        if node.path[-1] != "$file" and (path in _POD_FILES or path.startswith(tuple(f"{one}/" for one in _POD_FILES))):
            if not view.is_derived(node):
                yield Opening(node.path, "names a file of the pod that holds its credentials")
        elif node.name == "publishdirectory" and not f"{normpath(f'/app/{path}')}/".startswith(_SERVED_FOLDERS):
            yield Opening(node.path, "serves a folder of the pod that is not made of documents")
    locations = view.at("catalog", "locations")
    for index, entry in enumerate(locations if is_list(locations) else []):
        if is_mapping(entry) and entry.get("type") == "file":
            inside = normpath(f"/app/{entry.get('target')}") if not _absolute(entry.get("target")) else ""
            target = inside or normpath(str(entry.get("target")))
            if not target.startswith("/app/"):
                yield Opening(
                    ("catalog", "locations", index, "target"),
                    "reads a file that is not in the image's content",
                    "write `- file: content/...` under catalog.locations in portal.yaml",
                )


def _absolute(target: object) -> bool:
    return str(target).startswith("/")


def _scripts(view: View) -> Iterator[Opening]:
    for node in view.nodes:
        if node.below("backend", "csp") and (node.name in _CODE_DIRECTIVES or len(node.path) == 2):
            opened = isinstance(node.value, str) and plain_source(node.value) & _OPEN_SOURCES
            if node.value is False or (len(node.path) > 2 and node.value == "false") or opened:
                yield Opening(node.path, "lets a page run the code of others, with the rights of who looks at it")


def plain_source(text: str) -> set[str]:
    """The sources of a CSP directive."""
    return set(text.lower().replace(";", " ").split())


DOORS: tuple[Door, ...] = (
    Door("Guests", _guests, f"remove it; guests are for {LOOPBACK}"),
    Door("Dangerous by name", _dangerous, REMOVE),
    Door("Permissions off", _permissions, f"remove the line; without permissions is for {LOOPBACK}"),
    Door("Other origins", _origins, "remove it; every address follows from portal:url"),
    Door("Redirects to anywhere", _patterns, "write the addresses of the programs that you know"),
    Door("Reading any host", _reading, "write the hosts that the portal may read, one entry each"),
    Door("TLS not verified", _tls, "remove it; give the service a certificate that the pod can verify"),
    Door("Plain HTTP", _plain_http, "use https://", "portal:plainHttp"),
    Door("Link-local addresses", _metadata, "remove it; no service of a portal is there", loopback=False),
    Door("External access to everything", _external_access, "write accessRestrictions", "accessRestrictions"),
    Door("Headers of proxies", _proxies, "remove it, and use a sign-in provider of portal.yaml"),
    Door("The portal's own secrets", _own_secrets, "remove it; store a secret of its own for this", loopback=False),
    Door("Secrets in headers", _public_secrets, "move the secret to a key that only the backend reads", loopback=False),
    Door("Files of the pod", _files, "remove it, and write {$secret: NAME} where a secret is meant", loopback=False),
    Door("Code of others in pages", _scripts, "list the addresses that the page may load code from"),
)


def check_doors(plan: Plan) -> Iterator[InputError]:
    """Refuse every open door, whichever file it came from. The result is judged: nothing is exempt by its origin."""
    yield from _sign_in(plan)
    yield from _link_local_settings(plan)
    view, private, others = View(plan), plan.resolved.private, _others(plan)
    for door in DOORS:
        if door.loopback and private:
            continue
        why = f", and {others}" if door.loopback else ""
        for opening in dict.fromkeys(door.find(view)):
            yield SituationError(
                f"{app_config_key(opening.path)} {opening.what}{why}",
                opening.fix or door.fix,
                where=app_config_location(plan, opening.path),
            )


def _others(plan: Plan) -> str:
    """Who can reach the portal besides the users of this machine, as part of a sentence."""
    if plan.resolved.loopback:
        return "others have pods in its cluster, which can reach the portal"
    return f"others can reach this portal ({plan.settings.url})"


def _sign_in(plan: Plan) -> Iterator[InputError]:
    """What the settings themselves open: guests, plugins that are not connected, people's sessions without TLS."""
    others, url, provider = _others(plan), plan.settings.url, plan.resolved.sign_in
    if plan.resolved.private:
        return
    if provider.anyone:
        yield SituationError(
            f"the sign-in provider {provider.id} lets anyone in, and {others}",
            f"choose a provider that asks people who they are (docs/how-to/sign-in.md); {provider.id} is for"
            f" {LOOPBACK}",
            where=plan.where(("signIn", "provider")),
        )
    for plugin in plan.plugins.values():
        # Pods of the same cluster see no pages: there it is only ugly.
        if plugin.not_connected and not plan.resolved.loopback:
            yield SituationError(
                f"the plugin {plugin.record.id} is not connected, and {others}",
                f"connect it, or write `{plugin.record.id}: {{enabled: false}}`; `connected: false` is for portals at a"
                " loopback address",
                where=plan.where(("plugins", plugin.record.id, "connected")),
            )
    plain = urlsplit(url).scheme == "http" and not is_loopback(url)
    if plain and url not in plan.settings.plain_http:
        yield SituationError(
            f"people sign in at {url}, where everybody on the way can read their passwords and sessions",
            f"write https://, or `portal:plainHttp: [{url}]` if everybody on the way may read them",
            where=plan.where(("url",)),
        )


def _link_local_settings(plan: Plan) -> Iterator[InputError]:
    """Metadata services in what is not app-config: egress, the database, options of plugins and sources."""
    settings = plan.settings.model_dump(by_alias=True, mode="json", exclude={"secrets", "app_config", "hooks"})
    for node in nodes_of(settings):
        if any(is_metadata(host) for host in _hosts(node)):
            key: KeyPath = tuple(part for part in node.path if part != "options")
            name = show_path(key)
            yield SituationError(
                f"portal:{name} is link-local, where clouds give a machine its credentials",
                "remove it; no service of a portal is there",
                where=plan.where(key),
            )
