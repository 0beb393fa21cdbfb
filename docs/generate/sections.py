"""The sections of the reference pages of settings. A test holds that every setting stands in exactly one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

EXAMPLES = Path(__file__).parent / "examples"


@dataclass(frozen=True)
class Section:
    """Settings that belong together. ``about`` is what the table does not say; the example is checked by a test."""

    title: str
    keys: tuple[str, ...]
    about: str = ""

    @property
    def slug(self) -> str:
        """The name of its example."""
        return self.title.lower().replace(" ", "-").replace(".", "-")


PORTAL_FILE = (
    Section("Name and release", ("backstage", "organization", "title")),
    Section("Plugins", ("plugins",), "[Plugins](plugins.md) lists them with their options."),
    Section("Sources", ("sources",), "[Sources](sources.md) lists them with their options."),
    Section("Sign-in", ("signIn",), "[Sign-in providers](sign-in.md) lists them."),
    Section("Catalog", ("catalog",)),
    Section("Escape hatch", ("appConfig",)),
)

STACK = (
    Section("Target and cluster", ("target", "cluster", "namespace")),
    Section(
        "Release and images",
        ("release", "program", "signedBy", "image", "images"),
        "[Pin, compare, sign and delete releases](../how-to/releases.md) describes the first three.",
    ),
    Section(
        "Promotion",
        ("promotion", "rolledBack", "hotfix"),
        "`portal promote` and `portal rollback` keep to these keys, and write the last two.",
    ),
    Section(
        "A stack that ends",
        ("like", "ttl", "expires"),
        "`portal up --like` writes these keys, and `portal expire` removes such stacks: see"
        " [a portal for each pull request](../how-to/portal-per-pull-request.md).",
    ),
    Section(
        "Address and entry",
        ("url", "service", "ingress", "gateway"),
        "Without `ingress`, `gateway` or `service.nodePort`, the portal can be reached only through a port that kubectl"
        " forwards. These keys also determine which requests network policies allow.",
    ),
    Section(
        "AWS",
        ("aws", "loadBalancer", "alarms", "docs", "secretsManager"),
        "For `target: aws`. The account, the network and the cluster exist already: the stack makes everything else."
        " [Publish TechDocs from pipelines](../how-to/publish-techdocs.md) describes `docs`, and"
        " [store, list and remove secrets](../how-to/keep-secrets.md#keep-secrets-in-aws-secrets-manager)"
        " `secretsManager`.",
    ),
    Section(
        "Sign-in and accounts",
        ("signIn", "connect"),
        "Write a provider's own options next to `provider`. [Sign-in providers](sign-in.md) lists them.",
    ),
    Section("Database", ("database",), "`engine` determines which other keys you can use."),
    Section("Backups", ("backup",), "[Back up and restore](../how-to/back-up-and-restore.md) describes the commands."),
    Section(
        "Network",
        ("egress", "plainHttp"),
        "Network policies always allow DNS, the database, and the ports of connected services.",
    ),
    Section("Size and scheduling", ("replicas", "autoscaling", "resources", "scheduling")),
    Section(
        "Plugins",
        ("plugins",),
        "Write a plugin's own options next to these keys. [Plugins](plugins.md) lists them.",
    ),
    Section(
        "Sources",
        ("sources",),
        "Write a source's own options next to `credential`. [Sources](sources.md) lists them.",
    ),
    Section(
        "Secrets",
        ("secrets",),
        "`portal check` names every secret that the stack needs and where to get it. On AWS, `secretsManager` can name"
        " secrets instead of storing them.",
    ),
    Section("Title and labels", ("title", "labels", "annotations")),
    Section(
        "Hooks",
        ("hooks",),
        "A hook gets the environment of your shell and `PORTAL_STACK`, `PORTAL_URL`, `PORTAL_RELEASE` and "
        "`PORTAL_HOOK`. It gets no secrets of the stack. If a hook fails, the command stops.",
    ),
    Section("Escape hatch", ("appConfig",)),
)


FOUNDATION = (
    Section("Account", ("target", "account", "region", "zones", "tags", "keep")),
    Section(
        "Network",
        ("vpc",),
        "A new VPC gets a public, a private and a database subnet in each zone. In an existing VPC, nothing changes.",
    ),
    Section(
        "Cluster",
        ("cluster",),
        "Leave it out if another team has one: a portal's stack can name any cluster of the account.",
    ),
    Section("Images and logs", ("repository", "retentionDays")),
    Section(
        "Deployers",
        ("deployers", "releases", "identityProvider", "pluginActions", "state"),
        "Each deployer is a role that one environment of one repository on GitHub can take, without a stored key. It"
        " may change its own portal only, and it can give nothing more rights than a portal needs.",
    ),
)


def portal_example(section: Section) -> Path:
    """The example of a section of ``portal.yaml``."""
    return EXAMPLES / "portal" / f"{section.slug}.yaml"


def stack_example(section: Section) -> Path:
    """The example of a section of a stack's file."""
    return EXAMPLES / "stack" / f"{section.slug}.yaml"


def foundation_example(section: Section) -> Path:
    """The example of a section of a foundation's file."""
    return EXAMPLES / "foundation" / f"{section.slug}.yaml"
