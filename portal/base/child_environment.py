"""What programs that we start see of this process's environment: an allow-list for each.

A shell often holds what no build should read: cloud keys, a passphrase of Pulumi's, a token of CI. A build runs the
code of some two thousand packages, so it gets what building needs and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

# For every program: who and where it is, how it shows text, and how it gets out of this network.
COMMON = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR", "TMP", "TEMP"),
    *("TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "CI", "SOURCE_DATE_EPOCH", "XDG_*"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DBUS_SESSION_BUS_ADDRESS"),
    # Programs disagree about the case of these.
    *("[Hh][Tt][Tt][Pp]_[Pp][Rr][Oo][Xx][Yy]", "[Hh][Tt][Tt][Pp][Ss]_[Pp][Rr][Oo][Xx][Yy]"),
    *("[Aa][Ll][Ll]_[Pp][Rr][Oo][Xx][Yy]", "[Nn][Oo]_[Pp][Rr][Oo][Xx][Yy]", "[Ff][Tt][Pp]_[Pp][Rr][Oo][Xx][Yy]"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "NODE_USE_*_CA"),
)

# Go's own variables by name: `GO*` would match GOOGLE_APPLICATION_CREDENTIALS (https://pkg.go.dev/cmd/go).
_GO = (
    *("GOPROXY", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOSUMDB", "GOINSECURE", "GOVCS", "GOAUTH", "NETRC", "GOENV"),
    *("GOPATH", "GOCACHE", "GOMODCACHE", "GOTMPDIR", "GOROOT", "GOTOOLCHAIN", "GOMAXPROCS", "GOMEMLIMIT"),
)
# Where the registry is, and who one is there. Yarn refuses to start if its own file names a variable that is not set.
_NODE = ("npm_config_*", "NPM_CONFIG_*", "YARN_*", "NPM_TOKEN", "NODE_AUTH_TOKEN")
# The engine, and what the credential helpers of registries read (docker-credential-ecr-login and its like).
_CONTAINERS = (
    *("DOCKER_*", "BUILDKIT_*", "BUILDX_*", "CONTAINER_*", "CONTAINERS_*", "PODMAN_*", "BUILDAH_*", "STORAGE_*"),
    *("REGISTRY_AUTH_FILE", "SSH_AUTH_SOCK", "AWS_*", "AZURE_*", "GOOGLE_*", "CLOUDSDK_*"),
)
_APT = ("APT_CONFIG",)

_OF_PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "node": _NODE,
    "go": _GO,
    "uv": ("UV_*", "PIP_*"),
    # With SUDO_UID, Git knows whose checkout it is (https://git-scm.com/docs/git-config, safe.directory).
    "git": ("GIT_*", "SSH_AUTH_SOCK", "SUDO_UID"),
    **dict.fromkeys(("apt-get", "apt-cache"), _APT),
    **dict.fromkeys(("docker", "podman", "buildah"), _CONTAINERS),
    "kind": (*_CONTAINERS, "KIND_*"),
    # A kubeconfig names programs of the user's that sign in, and those read whatever their cloud's variables are.
    "kubectl": ("*",),
}

# Only Pulumi's own command line is given these (``portal/deploy/pulumi_cli.py``): a passphrase opens every secret.
# Git sets the others for its hooks: with them, our own Git would write to the repository, the index or the files of the
# commit that is being made (https://git-scm.com/docs/git-rev-parse, --local-env-vars).
_NEVER = (
    "PULUMI_*",
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_QUARANTINE_PATH", "GIT_SHALLOW_FILE"),
    *("GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_EXTERNAL_DIFF"),
)


def child_environment(program: str | Path, own: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a program: what of this process's it may see, and ``own``, which wins."""
    allowed = (*COMMON, *_OF_PROGRAMS.get(Path(program).name, ()))
    inherited = {
        name: value for name, value in os.environ.items() if _matches(name, allowed) and not _matches(name, _NEVER)
    }
    return {**inherited, **(own or {})}


def whole_environment(own: Mapping[str, str] | None = None) -> dict[str, str]:
    """All of this process's environment, and ``own``: for commands that are the user's own."""
    return {**os.environ, **(own or {})}


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
