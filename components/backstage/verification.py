"""The component: the Job that asks a deployed portal, and the record of what it was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.backstage.javascript import QUESTIONS_FILE
from components.backstage.verify import ASK, VERIFY_SERVICE
from components.content_named import immutable_config_map
from components.gate_job import GateJobArgs, Limits, Program, gate_job
from components.metadata import CommonMetadata
from components.network_rules import to_dns, to_pods
from components.pods import ANYWHERE, Scheduling
from portal.contract import PORT, PORTAL_FOLDER, RECORD

_PROGRAM = f"{PORTAL_FOLDER}/verify.mjs"

# Two tries of 40 s (see VERIFY_SERVICE), 10 s apart.
LIMIT_SECONDS = 110
RETRIES = 1


@dataclass(frozen=True, kw_only=True)
class VerificationArgs:
    """``questions`` are for the portal at ``address``, whose pods have ``portal_labels``.

    ``facts`` are what the record says about the deployment, besides what was asked. ``after`` are what has to be
    deployed before. ``dns`` are as in :func:`components.network_rules.to_dns`.
    """

    namespace: pulumi.Input[str]
    metadata: CommonMetadata
    labels: Mapping[str, str]
    portal_labels: Mapping[str, str]
    image: str
    address: str
    questions: Mapping[str, Any]
    facts: Mapping[str, str]
    after: Sequence[pulumi.Resource]
    dns: Sequence[str] = ()
    scheduling: Scheduling = ANYWHERE


class Verification(pulumi.ComponentResource):
    """The Job ``verify-...`` and, once it has succeeded, the ConfigMap ``verified-...``.

    A deployment that fails leaves the record of the one before. So a record says what was verified, and never what
    runs. Its time is its object's, as a program of infrastructure has no clock.
    """

    def __init__(self, name: str, args: VerificationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("portal:backstage:Verification", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        common = args.metadata.labelled(args.labels)
        job = gate_job(
            "verify",
            GateJobArgs(
                namespace=args.namespace,
                metadata=common,
                selector=args.labels,
                program=Program(
                    image=args.image,
                    command=["node", _PROGRAM, args.address],
                    files={
                        _PROGRAM: VERIFY_SERVICE,
                        f"{PORTAL_FOLDER}/ask.mjs": ASK,
                        QUESTIONS_FILE: json.dumps(args.questions, indent=1, sort_keys=True),
                    },
                    memory="256Mi",
                ),
                identity=tuple(f"{key}: {value}" for key, value in sorted(args.facts.items())),
                egress=[to_dns(args.dns), to_pods(dict(args.portal_labels), PORT)],
                limits=Limits(seconds=LIMIT_SECONDS, retries=RETRIES),
                scheduling=args.scheduling,
            ),
            child,
            after=args.after,
        )
        asked: set[str] = {*args.questions["plugins"], *args.questions["reads"]}
        immutable_config_map(
            RECORD,
            args.namespace,
            common,
            {**args.facts, "asked": " ".join(sorted(asked))},
            pulumi.ResourceOptions(parent=self, depends_on=[job]),
        )
        self.register_outputs({})
