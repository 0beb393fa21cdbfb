"""Which images leave the node: none that a pod of any stack has, or would have when it is started again."""

from __future__ import annotations

from pathlib import Path

from portal.kubernetes.pods import used_images
from portal.node.images import stale_images
from tests.support.fake_api import api_for, fake_api, listed

NAME = "localhost/portal"
# As `ctr images list` writes them: each image under its own name, and under the runtime's.
IMAGES = """\
REF TYPE DIGEST SIZE PLATFORMS LABELS
localhost/portal@sha256:new application/vnd.oci.image.manifest.v1+json sha256:new 90.1 MiB linux/amd64 io.cri=managed
sha256:config-new application/vnd.oci.image.manifest.v1+json sha256:new 90.1 MiB linux/amd64 io.cri=managed
localhost/portal@sha256:second application/vnd.oci.image.manifest.v1+json sha256:second 90.1 MiB linux/amd64 -
sha256:config-second application/vnd.oci.image.manifest.v1+json sha256:second 90.1 MiB linux/amd64 -
localhost/portal@sha256:old application/vnd.oci.image.manifest.v1+json sha256:old 90.1 MiB linux/amd64 -
localhost/portal:workspace application/vnd.oci.image.manifest.v1+json sha256:old 90.1 MiB linux/amd64 -
sha256:config-old application/vnd.oci.image.manifest.v1+json sha256:old 90.1 MiB linux/amd64 -
sha256:config-lost application/vnd.oci.image.manifest.v1+json sha256:lost 90.1 MiB linux/amd64 -
sha256:config-runs application/vnd.oci.image.manifest.v1+json sha256:runs 90.1 MiB linux/amd64 -
localhost/portal-node:1 application/vnd.oci.image.manifest.v1+json sha256:node 30.0 MiB linux/amd64 -
localhost/portal-postgres@sha256:db application/vnd.oci.image.manifest.v1+json sha256:db 80.0 MiB linux/amd64 -
"""
CONTAINERS = """\
CONTAINER IMAGE RUNTIME
0123 sha256:config-runs io.containerd.runc.v2
"""


def test_what_no_stack_uses_goes_with_all_its_names() -> None:
    used = {"localhost/portal@sha256:new", "localhost/portal@sha256:second"}
    assert stale_images(IMAGES, CONTAINERS, NAME, used) == [
        "localhost/portal@sha256:old",
        "localhost/portal:workspace",
        "sha256:config-old",
        "sha256:config-lost",
    ]


def test_nothing_is_listed_where_there_is_nothing() -> None:
    assert stale_images("REF TYPE DIGEST SIZE PLATFORMS LABELS\n", "CONTAINER IMAGE RUNTIME\n", NAME, ()) == []


def test_images_of_pods_and_of_what_starts_them_again_are_used(tmp_path: Path) -> None:
    def spec(*images: str) -> dict[str, object]:
        return {"containers": [{"image": image} for image in images]}

    with fake_api() as fake:
        template = {"spec": {"template": {"spec": {**spec("second"), "initContainers": [{"image": "first"}]}}}}
        fake.says("GET", "/apis/apps/v1/deployments", listed("Deployment", [template]))
        fake.says("GET", "/apis/apps/v1/statefulsets", listed("StatefulSet"))
        fake.says("GET", "/apis/apps/v1/daemonsets", listed("DaemonSet"))
        nightly = {"spec": {"jobTemplate": {"spec": {"template": {"spec": spec("fourth")}}}}}
        fake.says("GET", "/apis/batch/v1/cronjobs", listed("CronJob", [nightly]))
        fake.says("GET", "/api/v1/pods", listed("Pod", [{"spec": spec("third")}]))
        assert used_images(api_for(fake, tmp_path)) == {"first", "second", "third", "fourth"}
