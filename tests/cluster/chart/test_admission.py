"""Who may ask for what: the chart's roles and its admission policy on a real API server."""

import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from tests.cluster.chart.conftest import Document, Render
from tests.cluster.resources.conftest import ROOT, refusal
from tests.cluster.resources.documents import SCHEDULE, SOURCE, TASK, changed

KINDS = ("ClusterRole", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
ROLES = {"vera": "viewer", "ugo": "user", "ada": "admin", "portal": "behalf", "nemo": None, "machine": None}
"""Users by what is bound to them; `machine` may create SyncTasks and nothing more, `portal` is a user with -behalf."""
DEADLINE_SECONDS = 30

Ask = Callable[..., Document]


@dataclass(frozen=True)
class People:
    """Asks the API server as one of the users above."""

    namespace: str

    def as_(self, user: str) -> client.CustomObjectsApi:
        """The API as that user sees it."""
        api = client.ApiClient()
        api.set_default_header("Impersonate-User", user)
        return client.CustomObjectsApi(api)

    def create(self, user: str, document: Document) -> Document:
        """Would the document be created? Nothing is."""
        return self.as_(user).create_namespaced_custom_object(
            "sincro.dev", "v1alpha1", self.namespace, document["kind"].lower() + "s", document, dry_run="All"
        )

    def patch(self, user: str, document: Document, change: Document) -> Document:
        """Would the change be made? Nothing is changed."""
        return self.as_(user).patch_namespaced_custom_object(
            "sincro.dev",
            "v1alpha1",
            self.namespace,
            document["kind"].lower() + "s",
            document["metadata"]["name"],
            {"spec": change},
            dry_run="All",
        )


@pytest.fixture(scope="module")
def people(render: Render) -> Iterator[People]:
    """A namespace in which the users have their roles and the policies are in force."""
    config.load_kube_config()
    namespace = f"access-{secrets.token_hex(3)}"
    rendered = render({"fullnameOverride": namespace}, namespace=namespace)  # so that roles are called NAMESPACE-user
    documents = [*rendered.of(*KINDS), *_bindings(namespace)]
    text = yaml.safe_dump_all([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, *documents])
    _kubectl("apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds"))
    _kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", str(ROOT / "crds"))
    _kubectl("apply", "-f", "-", text=text)
    found = People(namespace)
    _wait_until_in_force(found)
    api = client.CustomObjectsApi()
    for document in (SOURCE, SCHEDULE, TASK, changed(TASK, metadata__name="gone", spec__cancel=True)):
        api.create_namespaced_custom_object(
            "sincro.dev", "v1alpha1", namespace, document["kind"].lower() + "s", document
        )
    yield found
    _kubectl("delete", "--wait=false", "-f", "-", text=text)


def _bindings(namespace: str) -> list[Document]:
    bound = {user: [f"{namespace}-{role}"] for user, role in ROLES.items() if role}
    bound["portal"] += [f"{namespace}-user"]
    creator = {"apiGroups": ["sincro.dev"], "resources": ["synctasks"], "verbs": ["create"]}
    return [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": "creator", "namespace": namespace},
            "rules": [creator],
        },
        _binding("machine", {"kind": "Role", "name": "creator"}, namespace),
        *(
            _binding(user, {"kind": "ClusterRole", "name": role}, namespace)
            for user, roles in bound.items()
            for role in roles
        ),
    ]


def _binding(user: str, role: Document, namespace: str) -> Document:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": f"{user}-{role['name']}", "namespace": namespace},
        "roleRef": role | {"apiGroup": "rbac.authorization.k8s.io"},
        "subjects": [{"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}],
    }


def _kubectl(*arguments: str, text: str | None = None) -> None:
    done = subprocess.run(["kubectl", *arguments], input=text, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr


def _wait_until_in_force(people: People) -> None:
    """A policy holds some moments after it was made: ask until what it forbids is forbidden, and by both of them."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    for document in (
        changed(TASK, metadata__name="probe", spec__requestedBy="somebody"),
        changed(SOURCE, metadata__name="probe", spec__pausedBy="somebody"),
    ):
        while True:
            try:
                people.create("ada", document)
            except ApiException as error:
                if "behalf" in refusal(error):
                    break
            assert time.monotonic() < deadline, "the policies are not in force"
            time.sleep(0.2)


def task(**changes: Any) -> Document:
    """A SyncTask with another name than those that are there."""
    return changed(TASK, metadata__name="new", **changes)


CREATE: list[tuple[str, Document, str]] = [
    # who, what; then what the refusal says, or nothing if it is allowed
    ("nemo", task(), "cannot create resource"),
    ("vera", task(), "cannot create resource"),
    ("ugo", task(), ""),
    ("ugo", task(spec__requestedBy="ugo"), ""),
    ("ugo", task(spec__requestedBy="ada"), "spec.requestedBy: you are ugo"),
    ("ada", task(spec__requestedBy="ugo"), "spec.requestedBy: you are ada"),
    ("portal", task(spec__requestedBy="ugo"), ""),
    ("ugo", task(spec__mode="Full"), ""),
    ("ugo", task(spec__mode="Force"), "create synctasks/force"),
    ("ada", task(spec__mode="Force"), ""),
    ("machine", task(), "create synctasks/urgent"),
    ("machine", task(spec__priority=81), "create synctasks/urgent"),
    ("machine", task(spec__priority=80), ""),
    ("ada", task(spec__triggeredBy="Scheduler", spec__scheduleRef="customers"), "spec.triggeredBy: Scheduler"),
    ("portal", task(spec__triggeredBy="Scheduler", spec__scheduleRef="customers"), ""),
    ("ugo", task(spec__cancel=True, spec__cancelledBy="ada"), "spec.cancelledBy: you are ugo"),
    ("ugo", changed(SOURCE, metadata__name="new"), "cannot create resource"),
    ("ada", changed(SOURCE, metadata__name="new"), ""),
    ("ada", changed(SOURCE, metadata__name="new", spec__pausedBy="ada"), ""),
    ("ada", changed(SOURCE, metadata__name="new", spec__pausedBy="ugo"), "spec.pausedBy: you are ada"),
    ("ada", changed(SCHEDULE, metadata__name="new", spec__suspendedBy="ugo"), "spec.suspendedBy: you are ada"),
]
CHANGE: list[tuple[str, Document, Document, str]] = [
    ("vera", TASK, {"cancel": True}, "cannot patch resource"),
    ("machine", TASK, {"cancel": True}, "cannot patch resource"),
    ("ugo", TASK, {"cancel": True}, ""),
    ("ugo", TASK, {"cancel": True, "cancelledBy": "ugo"}, ""),
    ("ugo", TASK, {"cancel": True, "cancelledBy": "ada"}, "spec.cancelledBy: you are ugo"),
    ("portal", TASK, {"cancel": True, "cancelledBy": "ada"}, ""),
    ("ugo", SOURCE, {"paused": True}, "cannot patch resource"),
    ("ada", SOURCE, {"paused": True, "pausedBy": "ada"}, ""),
    ("ada", SOURCE, {"paused": True, "pausedBy": "ugo"}, "spec.pausedBy: you are ada"),
    ("ada", SCHEDULE, {"suspend": True, "suspendedBy": "ada"}, ""),
    ("ada", SCHEDULE, {"suspend": True, "suspendedBy": "ugo"}, "spec.suspendedBy: you are ada"),
]


@pytest.mark.parametrize(("user", "document", "words"), CREATE)
def test_create(people: People, user: str, document: Document, words: str) -> None:
    if not words:
        people.create(user, document)
        return
    with pytest.raises(ApiException) as caught:
        people.create(user, document)
    assert caught.value.status == 403
    assert words in refusal(caught.value)


@pytest.mark.parametrize(("user", "document", "change", "words"), CHANGE)
def test_change(people: People, user: str, document: Document, change: Document, words: str) -> None:
    if not words:
        people.patch(user, document, change)
        return
    with pytest.raises(ApiException) as caught:
        people.patch(user, document, change)
    assert caught.value.status == 403
    assert words in refusal(caught.value)


def test_the_name_of_who_cancelled_may_stay_when_others_write(people: People) -> None:
    gone = changed(TASK, metadata__name="gone")
    client.CustomObjectsApi().patch_namespaced_custom_object(
        "sincro.dev", "v1alpha1", people.namespace, "synctasks", "gone", {"spec": {"cancelledBy": "kubernetes-admin"}}
    )
    people.patch("ugo", gone, {"cancel": True})
