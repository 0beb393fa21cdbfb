"""Ask a stack's address, plugins and cluster what runs, in parallel and for seconds only. Prints nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from portal.base.address import is_loopback
from portal.base.errors import PortalError
from portal.base.run_parallel import run_parallel
from portal.command.aws_answers import AwsAnswer
from portal.command.aws_reading import aws_answer, aws_looks
from portal.command.context import Context
from portal.command.json_answers import JsonAnswer
from portal.contract import BACKSTAGE_COMPONENT, READINESS_PATH
from portal.deploy.choose_cluster import choose_cluster
from portal.deploy.stack_record import StackRecord, stack_record
from portal.deploy.verified import Verified, read_verified
from portal.kubernetes.api import ClusterApi
from portal.kubernetes.pods import Running, read_pods
from portal.plan import Plan
from portal.probe.load_balancer import Certificate, Targets
from portal.probe.plugins import BackendHealth, backend_health
from portal.probe.rds_instance import Instance
from portal.probe.smoke import HttpAnswer, fetch_ready, sends_to_sign_in

# For the portal's own answers; with Python's start the command takes less than three seconds, whatever hangs there.
LIMIT_SECONDS = 1.5
# For the cluster and for AWS: a cloud's credentials come from a program that takes a second or two before anything is
# asked.
CLUSTER_SECONDS = 6.0

Look = Callable[[], HttpAnswer | list[BackendHealth] | Running | Verified | Instance | Targets | Certificate]

PAGES = (
    ("catalog", "catalog", "/catalog"),
    ("templates", "scaffolder", "/create"),
    ("documentation", "techdocs", "/docs"),
    ("APIs", "api-docs", "/api-docs"),
)


class PodAnswer(JsonAnswer):
    """One pod of the portal or of its database."""

    name: str
    """Its name in the cluster."""

    component: str
    """`backstage` or `database`."""

    state: str
    """The pod's state in a few words: `Running`, `postgres starts`, `backstage: CrashLoopBackOff`, `ends`."""

    ready: bool
    """Whether the pod is ready."""

    restarts: int
    """How often its containers restarted."""

    last_end: str | None = None
    """Why a container last ended: `OOMKilled`, `Error (exit code 1)`."""

    created: str
    """When the pod was created."""

    started: str | None = None
    """When its container started."""

    image: str | None = None
    """The image that its container runs."""


class WorkloadAnswer(JsonAnswer):
    """A Deployment or StatefulSet."""

    name: str
    """Its name in the cluster."""

    kind: str
    """`Deployment` or `StatefulSet`."""

    ready: int
    """Ready pods."""

    wanted: int
    """Wanted pods."""


class BackendAnswer(JsonAnswer):
    """One backend plugin, asked at the portal's address. One replica answers."""

    id: str
    """Its id. It answers at `/api/<id>`."""

    healthy: bool
    """Whether it has started, serves requests, and can read its database."""

    detail: str
    """`answers`, or what is wrong with it."""


class PluginAnswer(JsonAnswer):
    """One plugin of the stack."""

    id: str
    """Its name in `portal.yaml`."""

    title: str
    """Its title."""

    state: str
    """`healthy`, `unhealthy`, `page only` (no backend to ask), `not connected`, `off` or `unknown`."""

    backends: tuple[BackendAnswer, ...]
    """Its backend plugins."""


class LinkAnswer(JsonAnswer):
    """A page of the portal."""

    name: str
    """What the page shows."""

    url: str
    """Its address."""


class VerifiedAnswer(JsonAnswer):
    """The last deployment that was verified: the portal was asked from inside the cluster, and answered."""

    release: str
    """The release."""

    program: str | None = None
    """The commit of the code that deployed it; absent if that was the code of a checkout."""

    image: str
    """The portal's image."""

    at: str
    """When it was first verified with the same configuration."""

    current: bool
    """Whether the stack's file points to this release, program and image."""


class StatusAnswer(JsonAnswer):
    """`portal status --json`. The exit code is 0 even if the portal does not answer; read `answers`."""

    stack: str
    """The stack."""

    title: str
    """The portal's name."""

    url: str
    """Its address."""

    answers: bool
    """Whether the portal is ready at its address. Behind a load balancer that signs people in: whether it sends them to
    where they sign in; `workloads` tells whether the portal is ready."""

    reason: str | None = None
    """Why it is not."""

    release: str
    """The release that the stack deploys."""

    image: str | None = None
    """The image of the release, by digest; absent before the first build."""

    current: bool | None = None
    """Whether every portal pod runs that image; absent if no pod could be read."""

    engine: str | None = None
    """`pulumi` or `kubectl`; absent before the first `portal up`."""

    cluster: str | None = None
    """`node`, `kind` or `context`; absent before the first `portal up`."""

    cluster_runs: bool
    """Whether the cluster runs, as far as this machine can tell."""

    cluster_reason: str | None = None
    """Why nothing could be read from the cluster."""

    verified: VerifiedAnswer | None = None
    """The last deployment that was verified; absent if there was none, or if it could not be read."""

    workloads: tuple[WorkloadAnswer, ...] = ()
    """The Deployments and StatefulSets."""

    pods: tuple[PodAnswer, ...] = ()
    """The pods."""

    aws: AwsAnswer | None = None
    """What AWS says of database, load balancer and certificate; absent if the stack is not on AWS."""

    plugins: tuple[PluginAnswer, ...] = ()
    """The plugins."""

    connected: tuple[str, ...] = ()
    """Services that have all settings and secrets. Only their pages show whether a token works."""

    not_connected: tuple[str, ...] = ()
    """Services that are not connected yet."""

    disabled: tuple[str, ...] = ()
    """Plugins that this stack disables."""

    links: tuple[LinkAnswer, ...] = ()
    """Pages to open."""


def read_status(context: Context, plan: Plan) -> StatusAnswer:
    """Ask everything in parallel: address and plugins for LIMIT_SECONDS, cluster and AWS for CLUSTER_SECONDS."""
    known = stack_record(context.checkout, plan.stack)
    looks: dict[str, Look] = {
        **_from_outside(plan),
        **aws_looks(plan),
        "cluster": partial(_cluster, context, plan, known),
        "verified": partial(_verified, context, plan, known),
    }
    found = run_parallel(looks, CLUSTER_SECONDS)
    ready, health, running = found["ready"], found.get("plugins"), found["cluster"]
    elsewhere = _elsewhere(plan, known, running)
    answers = isinstance(ready, HttpAnswer) and ready.status == 200 and elsewhere is None
    pods = running.pods if isinstance(running, Running) else ()
    return StatusAnswer(
        stack=plan.stack,
        title=plan.app_config.title,
        url=plan.settings.url,
        answers=answers,
        reason=None if answers else elsewhere or _reason(ready),
        release=plan.release.id,
        image=plan.image if plan.release.built else None,
        current=_current(plan, running),
        engine=known.engine if known else None,
        cluster=known.cluster if known else None,
        cluster_runs=isinstance(running, Running),
        cluster_reason=running.last_line if isinstance(running, PortalError) else None,
        verified=_last_verified(plan, found["verified"]),
        workloads=tuple(
            WorkloadAnswer(name=one.name, kind=kind, ready=one.ready, wanted=one.wanted)
            for kind, one in (running.workloads if isinstance(running, Running) else ())
        ),
        pods=tuple(
            PodAnswer(
                name=pod.name,
                component=pod.component,
                state=pod.state,
                ready=pod.ready,
                restarts=pod.restarts,
                last_end=pod.last_end,
                created=pod.created,
                started=pod.started,
                image=pod.image,
            )
            for pod in pods
        ),
        aws=aws_answer(plan, found),
        plugins=_plugins(plan, health if answers and isinstance(health, list) else None),
        connected=plan.resolved.connected,
        not_connected=plan.resolved.not_connected,
        disabled=tuple(p.record.title for p in plan.plugins.values() if not p.enabled),
        links=_links(plan),
    )


def _from_outside(plan: Plan) -> dict[str, Look]:
    """What is asked at the portal's address. Behind a proxy that signs people in, no plugin can be asked."""
    url, sign_in = plan.settings.url, plan.resolved.signs_in_at
    if sign_in is not None:
        return {"ready": partial(sends_to_sign_in, url, sign_in, LIMIT_SECONDS)}
    return {
        "ready": partial(fetch_ready, f"{url}{READINESS_PATH}", LIMIT_SECONDS),
        "plugins": partial(backend_health, url, plan.resolved.backends, LIMIT_SECONDS),
    }


class _NotThereError(PortalError):
    """The stack is in no cluster that runs."""


def _cluster(context: Context, plan: Plan, known: StackRecord | None) -> Running:
    return read_pods(_api(context, plan, known), plan.settings.namespace.name, plan.stack)


def _verified(context: Context, plan: Plan, known: StackRecord | None) -> Verified:
    """The newest record. PortalError if there is none."""
    found = read_verified(_api(context, plan, known), plan.settings.namespace.name, plan.stack, CLUSTER_SECONDS)
    if not found:
        raise _NotThereError("no deployment was verified yet")
    return found[0]


def _last_verified(plan: Plan, last: object) -> VerifiedAnswer | None:
    if not isinstance(last, Verified):
        return None
    current = (last.release, last.program, last.image) == (plan.release.id, plan.settings.program or "", plan.image)
    at = f"{last.at:%Y-%m-%dT%H:%M:%SZ}"
    return VerifiedAnswer(release=last.release, program=last.program or None, image=last.image, at=at, current=current)


def _api(context: Context, plan: Plan, known: StackRecord | None) -> ClusterApi:
    """The stack's cluster. PortalError says why it cannot be read."""
    if known is None and plan.target.cluster(plan.settings) is None:
        raise _NotThereError("there was no `portal up` of this stack yet")
    cluster = choose_cluster(context.checkout, plan.stack, plan.settings)
    if not cluster.running():
        raise _NotThereError("stopped; `portal up` starts it")
    return cluster.kubectl().api


def _elsewhere(plan: Plan, known: StackRecord | None, running: object) -> str | None:
    """Why an answer cannot be this stack's: several stacks may have the same address of this machine."""
    if not is_loopback(plan.settings.url):
        return None
    if isinstance(running, Running):
        return None if running.workloads else "this stack is not deployed"
    # The address of a team stack leads to its cluster through kubectl, and what kubectl cannot reach does not answer.
    unreachable = isinstance(running, _NotThereError) or known is None
    return running.last_line if unreachable and isinstance(running, PortalError) else None


def _reason(ready: object) -> str:
    if not isinstance(ready, HttpAnswer):
        return str(ready)
    return ready.reason if ready.status is None else f"readiness answers {ready.status}"


def _current(plan: Plan, running: object) -> bool | None:
    """Whether the pods run the image that would be deployed."""
    pods = running.pods if isinstance(running, Running) else ()
    # One that ends gets no requests any more.
    images = [pod.image for pod in pods if pod.component == BACKSTAGE_COMPONENT and not pod.ends]
    if not images or not plan.release.built:
        return None
    return all(image == plan.image for image in images)


def _plugins(plan: Plan, health: list[BackendHealth] | None) -> tuple[PluginAnswer, ...]:
    by_id = {one.id: one for one in health or ()}
    answers: list[PluginAnswer] = []
    for plugin in plan.plugins.values():
        backends = [by_id[name] for name in plugin.record.databases if name in by_id] if plugin.enabled else []
        if not plugin.enabled:
            state = "off"
        elif not all(one.healthy for one in backends):
            state = "unhealthy"
        elif plugin.not_connected:
            state = "not connected"
        elif health is None:
            state = "unknown"
        else:
            state = "healthy" if backends else "page only"
        answers.append(
            PluginAnswer(
                id=plugin.record.id,
                title=plugin.record.title,
                state=state,
                backends=tuple(BackendAnswer(id=one.id, healthy=one.healthy, detail=one.detail) for one in backends),
            )
        )
    return tuple(answers)


def _links(plan: Plan) -> tuple[LinkAnswer, ...]:
    url, plugins = plan.settings.url, plan.plugins
    pages = [(name, path) for name, plugin, path in PAGES if plugin in plugins and plugins[plugin].enabled]
    if plan.resolved.not_connected:
        pages.append(("connections", "/connections"))
    pages.append(("readiness", READINESS_PATH))
    return (LinkAnswer(name="portal", url=url), *(LinkAnswer(name=name, url=f"{url}{path}") for name, path in pages))
