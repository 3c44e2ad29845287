"""What the chart makes of its values: whole documents for what matters, and rules that hold for all of them."""

from typing import Any

import pytest
import yaml

from sincro_dashboard.settings import load_settings
from sincro_operator.settings import parse_settings
from tests.cluster.chart.conftest import CHART, EVERYTHING, Document, Render, Rendered, helm, rights

LABELS = {
    "helm.sh/chart": "sincro-0.1.0",
    "app.kubernetes.io/version": "0.1.0",
    "app.kubernetes.io/managed-by": "Helm",
    "app.kubernetes.io/part-of": "sincro",
    "app.kubernetes.io/name": "sincro",
    "app.kubernetes.io/instance": "sincro",
}


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_lint(values: Document) -> None:
    done = helm("lint", "--strict", str(CHART), values=values)
    assert done.returncode == 0, done.stdout


BUCKET = {"bucket": "evidence", "endpoint": "https://s3.example.com", "prefix": "sincro", "secretName": "s3"}


def test_a_bucket_for_evidence(render: Render) -> None:
    address = {"cidr": "10.1.0.0/16", "ports": [9000]}
    values = {"scraper": {"evidence": {"s3": BUCKET}}, "dashboard": {"enabled": True}}
    rendered = render(values | {"networkPolicy": {"evidence": [address]}})
    operator = parse_settings(rendered("ConfigMap", "sincro-operator")["data"]["settings.yaml"])
    assert operator.jobs.evidence_secret == "s3"
    dashboard = yaml.safe_load(rendered("ConfigMap", "sincro-dashboard")["data"]["settings.yaml"])
    wanted = {"bucket": "evidence", "endpoint": "https://s3.example.com", "prefix": "sincro", "region": "us-east-1"}
    assert dashboard["evidence_bucket"] == wanted
    assert operator.jobs.evidence_bucket is not None
    assert operator.jobs.evidence_bucket.to_dict() == wanted
    pod = rendered("Deployment", "sincro-dashboard")["spec"]["template"]["spec"]
    assert {"name": "evidence-bucket", "secret": {"secretName": "s3", "optional": True}} in pod["volumes"]
    for name in ("sincro-scraper", "sincro-dashboard"):
        egress = rendered("NetworkPolicy", name)["spec"]["egress"]
        assert {"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}], "ports": [{"protocol": "TCP", "port": 9000}]} in egress


@pytest.mark.parametrize(
    ("evidence", "said"),
    [({"s3": BUCKET, "create": True}, "not both"), ({"s3": BUCKET | {"secretName": ""}}, "secretName")],
)
def test_a_bucket_that_cannot_be(evidence: Document, said: str) -> None:
    done = helm("template", str(CHART), "--kube-version", "1.34.0", values={"scraper": {"evidence": evidence}})
    assert done.returncode != 0
    assert said in done.stderr


def test_what_the_defaults_make(render: Render) -> None:
    assert render().names == {
        "ServiceAccount/sincro-operator",
        "ConfigMap/sincro-operator",
        "Deployment/sincro-operator",
        "Service/sincro-operator",
        "Role/sincro-operator",
        "RoleBinding/sincro-operator",
        "Role/sincro-operator-lease",
        "RoleBinding/sincro-operator-lease",
        "ClusterRole/shop-sincro-viewer",
        "ClusterRole/shop-sincro-user",
        "ClusterRole/shop-sincro-admin",
        "ClusterRole/shop-sincro-behalf",
        "PriorityClass/shop-sincro-sync-manual",
        "PriorityClass/shop-sincro-sync-scheduled",
        "NetworkPolicy/sincro-operator",
        "NetworkPolicy/sincro-scraper",
        "NetworkPolicy/sincro-hooks",
        "ValidatingAdmissionPolicy/shop-sincro-tasks",
        "ValidatingAdmissionPolicyBinding/shop-sincro-tasks",
        "ValidatingAdmissionPolicy/shop-sincro-pauses",
        "ValidatingAdmissionPolicyBinding/shop-sincro-pauses",
        "ServiceAccount/sincro-crd-upgrade",
        "ClusterRole/shop-sincro-crd-upgrade",
        "ClusterRoleBinding/shop-sincro-crd-upgrade",
        "Job/sincro-crd-upgrade",
    }


def test_the_operators_deployment(render: Render) -> None:
    deployment = render()("Deployment", "sincro-operator")
    checksum = deployment["spec"]["template"]["metadata"].pop("annotations")
    assert list(checksum) == ["checksum/settings"]
    selector = {
        "app.kubernetes.io/name": "sincro",
        "app.kubernetes.io/instance": "sincro",
        "app.kubernetes.io/component": "operator",
    }
    probe = {"path": "/healthz", "port": "health"}
    assert deployment == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "sincro-operator",
            "namespace": "shop",
            "labels": LABELS | {"app.kubernetes.io/component": "operator"},
        },
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": selector},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": LABELS | {"app.kubernetes.io/component": "operator"}},
                "spec": {
                    "serviceAccountName": "sincro-operator",
                    "terminationGracePeriodSeconds": 30,
                    "enableServiceLinks": False,
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": 10001,
                        "runAsGroup": 10001,
                        "fsGroup": 10001,
                        "fsGroupChangePolicy": "OnRootMismatch",
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [
                        {
                            "name": "operator",
                            "image": "sincro/operator:0.1.0",
                            "imagePullPolicy": "IfNotPresent",
                            "env": [
                                {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                                {
                                    "name": "POD_NAMESPACE",
                                    "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}},
                                },
                            ],
                            "ports": [
                                {"name": "health", "containerPort": 8080},
                                {"name": "metrics", "containerPort": 9090},
                            ],
                            "startupProbe": {"httpGet": probe, "periodSeconds": 2, "failureThreshold": 60},
                            "livenessProbe": {
                                "httpGet": probe,
                                "periodSeconds": 10,
                                "timeoutSeconds": 5,
                                "failureThreshold": 6,
                            },
                            "readinessProbe": {
                                "httpGet": {"path": "/readyz", "port": "metrics"},
                                "periodSeconds": 5,
                                "timeoutSeconds": 5,
                            },
                            "resources": {
                                "requests": {"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "32Mi"},
                                "limits": {"memory": "512Mi", "ephemeral-storage": "128Mi"},
                            },
                            "securityContext": {
                                "allowPrivilegeEscalation": False,
                                "readOnlyRootFilesystem": True,
                                "capabilities": {"drop": ["ALL"]},
                            },
                            "volumeMounts": [
                                {"name": "settings", "mountPath": "/etc/sincro/operator", "readOnly": True},
                                {"name": "tmp", "mountPath": "/tmp"},
                            ],
                        }
                    ],
                    "volumes": [
                        {"name": "settings", "configMap": {"name": "sincro-operator"}},
                        {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
                    ],
                    "topologySpreadConstraints": [
                        {
                            "maxSkew": 1,
                            "topologyKey": key,
                            "whenUnsatisfiable": "ScheduleAnyway",
                            "labelSelector": {"matchLabels": selector},
                        }
                        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
                    ],
                },
            },
        },
    }


def test_the_operators_settings_by_default(render: Render) -> None:
    assert _settings(render()) == {
        "namespaces": ["shop"],
        "maxConcurrentJobs": 10,
        "startDeadline": "5m",
        "leaderElection": {"namespace": "shop", "name": "sincro-operator"},
        "healthEndpoint": "http://0.0.0.0:8080/healthz",
        "metricsPort": 9090,
        "logLevel": "info",
        "scraper": {
            "image": "sincro/scraper:0.1.0",
            "imagePullPolicy": "IfNotPresent",
            "imagePullSecrets": [],
            "resources": {
                "requests": {"cpu": "250m", "memory": "512Mi", "ephemeral-storage": "256Mi"},
                "limits": {"memory": "1536Mi", "ephemeral-storage": "2Gi"},
            },
            "nodeSelector": {},
            "tolerations": [],
            "finishedJobTtl": "1h",
            "priorityClassNames": {"manual": "shop-sincro-sync-manual", "scheduled": "shop-sincro-sync-scheduled"},
        },
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"watch": {"clusterWide": True}}, {"namespaces": []}),
        ({"watch": {"namespaces": ["b", "a", "b"]}}, {"namespaces": ["a", "b"]}),
        ({"watch": {"sourceSelector": "team in (a, b)"}}, {"sourceSelector": "team in (a, b)"}),
        (
            {"image": {"registry": "registry.example.com", "tag": "9"}},
            {"scraper.image": "registry.example.com/sincro/scraper:9"},
        ),
        ({"image": {"pullSecrets": ["pull"]}}, {"scraper.imagePullSecrets": ["pull"]}),
        (
            {"operator": {"settings": {"workers": 8, "scraper": {"gracePeriod": "20s"}}}},
            {"workers": 8, "scraper.gracePeriod": "20s"},
        ),
        ({"priorityClasses": {"create": False}}, {"scraper.priorityClassNames": None}),
        (
            {"priorityClasses": {"create": False, "manual": {"name": "m"}, "scheduled": {"name": "s"}}},
            {"scraper.priorityClassNames": {"manual": "m", "scheduled": "s"}},
        ),
        ({"history": {"databaseUrlSecret": {"name": "db"}}}, {"historyUrlFile": "/etc/sincro/history/url"}),
        ({"postgresql": {"enabled": True}}, {"historyUrlFile": "/etc/sincro/history/url"}),
        (
            {"redis": {"enabled": True}},
            {
                "redisUrlFile": "/etc/sincro/redis/url",
                "scraper.redisUrlSecret": {"name": "sincro-redis", "key": "scraper-url"},
            },
        ),
        ({"scraper": {"evidence": {"claimName": "kept"}}}, {"scraper.evidence": {"claimName": "kept"}}),
        (
            EVERYTHING,
            {
                "scraper.evidence": {"claimName": "sincro-evidence"},
                "scraper.runtimeClassName": "gvisor",
                "scraper.sessionKeySecret": {"name": "session", "key": "key"},
            },
        ),
    ],
)
def test_settings_follow_the_values(render: Render, values: Document, expected: dict[str, Any]) -> None:
    settings = _settings(render(values))
    assert {path: _at(settings, path) for path in expected} == expected


@pytest.mark.parametrize("values", [{}, EVERYTHING, {"watch": {"clusterWide": True}}])
def test_the_programs_understand_their_settings(render: Render, values: Document, tmp_path: Any) -> None:
    rendered = render(values)
    parse_settings(rendered("ConfigMap", "sincro-operator")["data"]["settings.yaml"])
    if "dashboard" in values:
        file = tmp_path / "settings.yaml"
        file.write_text(rendered("ConfigMap", "sincro-dashboard")["data"]["settings.yaml"])
        settings = load_settings({"SINCRO_DASHBOARD_CONFIG": str(file)})
        assert (settings.base_path, settings.home_namespace) == ("/sincro", "shop")


def test_what_scrapers_reach(render: Render) -> None:
    values = EVERYTHING | {
        "networkPolicy": {
            "erps": [{"cidr": "203.0.113.7/32", "ports": [8443]}],
            "databases": [],
        }
    }
    own = {"app.kubernetes.io/name": "sincro", "app.kubernetes.io/instance": "sincro"}

    def server(component: str, port: int) -> Document:
        return {
            "to": [
                {
                    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}},
                    "podSelector": {"matchLabels": own | {"app.kubernetes.io/component": component}},
                }
            ],
            "ports": [{"protocol": "TCP", "port": port}],
        }

    assert render(values)("NetworkPolicy", "sincro-scraper")["spec"] == {
        "podSelector": {
            "matchLabels": {
                "app.kubernetes.io/component": "scraper",
                "app.kubernetes.io/managed-by": "sincro-operator",
            }
        },
        "policyTypes": ["Ingress", "Egress"],
        "egress": [
            {
                "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
                "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
            },
            {"to": [{"ipBlock": {"cidr": "203.0.113.7/32"}}], "ports": [{"protocol": "TCP", "port": 8443}]},
            server("postgresql", 5432),
            server("redis", 6379),
            server("demo-erp", 8080),
        ],
    }


DNS = {
    "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
}


def test_scrapers_reach_nothing_that_is_not_named(render: Render) -> None:
    assert render()("NetworkPolicy", "sincro-scraper")["spec"]["egress"] == [DNS]
    assert render({"redis": {"urlSecret": {"name": "own"}}})("NetworkPolicy", "sincro-scraper")["spec"]["egress"] == [
        DNS
    ]


@pytest.mark.parametrize(
    ("entry", "peer"),
    [
        (
            {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]},
            {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
        ),
        ({"to": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "erp"}}}},) * 2,
    ],
    ids=["addresses", "pods"],
)
def test_an_erp_is_named_by_its_addresses_or_its_pods(render: Render, entry: Document, peer: Document) -> None:
    values = {"networkPolicy": {"erps": [entry | {"ports": [443, 8443]}]}}
    _, rule = render(values)("NetworkPolicy", "sincro-scraper")["spec"]["egress"]
    assert rule == {
        "to": [peer.get("to", peer)],
        "ports": [{"protocol": "TCP", "port": 443}, {"protocol": "TCP", "port": 8443}],
    }


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, ["networkPolicy.erps"]),
        ({"networkPolicy": {"erps": [{"cidr": "203.0.113.7/32", "ports": [443]}]}}, []),
        ({"networkPolicy": {"enabled": False}}, []),
        ({"demoErp": {"enabled": True}, "history": {"databaseUrlSecret": {"name": "h"}}}, ["The history is in"]),
        ({"demoErp": {"enabled": True}, "redis": {"urlSecret": {"name": "r"}}}, ["Redis is not reached"]),
    ],
)
def test_the_notes_say_what_is_not_reached_yet(values: Document, words: list[str]) -> None:
    """As `helm install` shows them; nothing is installed."""
    chart = ("install", "sincro", str(CHART), "--dry-run=client", "--namespace", "shop")
    notes = helm(*chart, values=values).stdout.rpartition("NOTES:")[2]
    assert "kubectl explain syncsource.spec" in notes
    told = ("networkPolicy.erps", "The history is in", "Redis is not reached")
    assert [each for each in told if each in notes] == words


def test_what_operator_and_dashboard_reach(render: Render) -> None:
    """Neither of them has anything to do with an ERP."""
    values = {
        "dashboard": {"enabled": True},
        "networkPolicy": {
            "erps": [{"cidr": "203.0.113.7/32", "ports": [443]}],
            "databases": [{"cidr": "10.0.5.1/32", "ports": [5432]}],
            "redis": [{"cidr": "10.0.5.2/32", "ports": [6379]}],
            "apiServer": [{"cidr": "10.96.0.1/32", "ports": [443]}],
        },
    }
    for name in ("sincro-operator", "sincro-dashboard"):
        dns, *rules = render(values)("NetworkPolicy", name)["spec"]["egress"]
        assert dns == DNS
        outside = {rule["to"][0]["ipBlock"]["cidr"] for rule in rules if "ipBlock" in rule["to"][0]}
        assert outside == {"10.96.0.1/32", "10.0.5.1/32", "10.0.5.2/32"}


def test_scrapers_are_walled_in_in_every_namespace(render: Render) -> None:
    policies = render({"watch": {"namespaces": ["a", "b"]}}).of("NetworkPolicy")
    found = {policy["metadata"]["namespace"] for policy in policies if policy["metadata"]["name"] == "sincro-scraper"}
    assert found == {"a", "b"}


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_every_pod_is_restricted_and_bounded(render: Render, values: Document) -> None:
    for name, pod in render(values, upgrade=True).pods().items():
        security = pod["securityContext"]
        assert security["runAsNonRoot"], name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["enableServiceLinks"] is False, name
        assert "serviceAccountName" in pod or pod["automountServiceAccountToken"] is False, name
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert {"requests", "limits"} <= container["resources"].keys(), name
            assert "memory" in container["resources"]["limits"], name
            assert ":" in container["image"], name
            assert not container["image"].endswith(":latest"), name
            assert pod.get("restartPolicy") == "Never" or "livenessProbe" in container, name


@pytest.mark.parametrize("values", [{}, EVERYTHING, {"watch": {"clusterWide": True}}])
def test_nobody_reads_secrets_or_has_everything(render: Render, values: Document) -> None:
    for role in render(values, upgrade=True).of("Role", "ClusterRole"):
        for rule in role["rules"]:
            words = {*rule["resources"], *rule["verbs"], *rule["apiGroups"]}
            assert not words & {"secrets", "*", "pods/exec", "impersonate", "escalate", "bind"}, role["metadata"][
                "name"
            ]


def test_the_operatorsrights(render: Render) -> None:
    rules = render()("Role", "sincro-operator")["rules"]
    assert rights(rules) == OPERATOR_RIGHTS
    cluster = render({"watch": {"clusterWide": True}})
    assert rights(cluster("ClusterRole", "shop-sincro-operator")["rules"]) == OPERATOR_RIGHTS
    assert rights(cluster("Role", "sincro-operator-lease")["rules"]) == {
        "leases.coordination.k8s.io": "create",
        "leases.coordination.k8s.io sincro-operator": "get patch update",
    }


OPERATOR_RIGHTS = {
    "syncsources.sincro.dev": "get list watch",
    "syncschedules.sincro.dev": "get list watch",
    "synctasks.sincro.dev": "create delete get list patch watch",
    "syncsources/status.sincro.dev": "patch",
    "syncschedules/status.sincro.dev": "patch",
    "synctasks/status.sincro.dev": "patch",
    "synctasks/finalizers.sincro.dev": "update",
    "syncschedules/finalizers.sincro.dev": "update",
    "synctasks/behalf.sincro.dev": "create",
    "synctasks/urgent.sincro.dev": "create",
    "jobs.batch": "create delete get list watch",
    "pods": "delete get list watch",
    "configmaps": "get",
    "events": "list",
    "events.events.k8s.io": "create patch",
}


@pytest.mark.parametrize(
    ("watch", "namespaces"),
    [({}, ["shop"]), ({"namespaces": ["a", "b"]}, ["a", "b"]), ({"clusterWide": True}, None)],
)
def test_the_admission_policy_holds_where_the_operator_looks(
    render: Render, watch: Document, namespaces: list[str] | None
) -> None:
    for name in ("shop-sincro-tasks", "shop-sincro-pauses"):
        constraints = render({"watch": watch})("ValidatingAdmissionPolicy", name)["spec"]["matchConstraints"]
        expected = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": namespaces}
        assert constraints.get("namespaceSelector") == ({"matchExpressions": [expected]} if namespaces else None)


def test_no_sync_takes_the_place_of_anything_but_a_scheduled_one(render: Render) -> None:
    """Whoever names no class has priority 0; below -10 the cluster autoscaler makes no room."""
    classes = {found["metadata"]["name"].rpartition("-")[2]: found for found in render().of("PriorityClass")}
    assert 0 > classes["manual"]["value"] > classes["scheduled"]["value"] >= -10
    assert classes["scheduled"]["preemptionPolicy"] == "Never"
    assert not any(found.get("globalDefault") for found in classes.values())


def test_what_belongs_to_no_namespace_is_named_after_both(render: Render) -> None:
    kinds = ("ClusterRole", "ClusterRoleBinding", "PriorityClass", "ValidatingAdmissionPolicy")
    elsewhere = {document["metadata"]["name"] for document in render(EVERYTHING, upgrade=True).of(*kinds)}
    at_home = {
        document["metadata"]["name"] for document in render(EVERYTHING, namespace="sincro", upgrade=True).of(*kinds)
    }
    assert elsewhere == {f"shop-{name}" for name in at_home}
    assert {"sincro-viewer", "sincro-user", "sincro-admin", "sincro-behalf", "sincro-sync-manual"} <= at_home


def test_one_replica_has_no_budget_and_two_have(render: Render) -> None:
    assert render().of("PodDisruptionBudget") == []
    budgets = render(EVERYTHING).of("PodDisruptionBudget")
    assert {(budget["metadata"]["name"], budget["spec"]["maxUnavailable"]) for budget in budgets} == {
        ("sincro-operator", 1),
        ("sincro-dashboard", 1),
    }


def test_resources_from_values(render: Render) -> None:
    rendered = render(EVERYTHING)
    assert rendered("SyncSource", "erp")["spec"] == EVERYTHING["sources"]["erp"]
    assert rendered("SyncSchedule", "customers")["spec"] == EVERYTHING["schedules"]["customers"]
    assert rendered("ConfigMap", "erp")["data"] == {"profile.yaml": "sincro: 1\n"}
    assert rendered("Secret", "erp-credentials")["stringData"] == EVERYTHING["secrets"]["erp-credentials"]


def test_a_profile_as_text_stays_as_it_was_written(render: Render) -> None:
    text = "# with a comment\nsincro: 1\n"
    assert render({"profiles": {"p": text}})("ConfigMap", "p")["data"]["profile.yaml"] == text


def test_an_upgrade_brings_the_definitions_up_to_date_first(render: Render) -> None:
    hooks = [
        document
        for document in render(upgrade=True).documents
        if "helm.sh/hook" in document["metadata"].get("annotations", {})
    ]
    assert {document["kind"] for document in hooks} == {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Job"}
    assert {document["metadata"]["annotations"]["helm.sh/hook"] for document in hooks} == {"pre-upgrade"}
    role = next(document for document in hooks if document["kind"] == "ClusterRole")
    assert role["rules"] == [
        {
            "apiGroups": ["apiextensions.k8s.io"],
            "resources": ["customresourcedefinitions"],
            "resourceNames": ["syncsources.sincro.dev", "syncschedules.sincro.dev", "synctasks.sincro.dev"],
            "verbs": ["get", "patch"],
        }
    ]
    assert not [name for name in render({"crds": {"upgrade": False}}).names if "crd-upgrade" in name]


REFUSED: list[tuple[str, Document, str]] = [
    ("misspelt part", {"opertor": {}}, "opertor"),
    ("misspelt value", {"operator": {"replica": 2}}, "/operator"),
    ("replicas as text", {"operator": {"replicas": "two"}}, "/operator/replicas"),
    ("negative replicas", {"operator": {"replicas": -1}}, "/operator/replicas"),
    ("unknown log level", {"operator": {"logLevel": "loud"}}, "/operator/logLevel"),
    ("no sync at once", {"operator": {"maxConcurrentJobs": 0}}, "/operator/maxConcurrentJobs"),
    ("unknown pull policy", {"image": {"pullPolicy": "Sometimes"}}, "/image/pullPolicy"),
    ("namespace with capitals", {"watch": {"namespaces": ["Shop"]}}, "/watch/namespaces/0"),
    ("deadline without unit", {"scraper": {"startDeadline": "300"}}, "/scraper/startDeadline"),
    ("size as words", {"postgresql": {"storage": {"size": "big"}}}, "/postgresql/storage/size"),
    ("root", {"redis": {"runAsUser": 0}}, "/redis/runAsUser"),
    ("rows as number", {"demoErp": {"rows": 100}}, "/demoErp/rows"),
    ("port out of range", {"dashboard": {"service": {"port": 70000}}}, "/dashboard/service/port"),
    ("unknown service type", {"dashboard": {"service": {"type": "ExternalName"}}}, "/dashboard/service/type"),
    ("path without slash", {"dashboard": {"ingress": {"path": "sincro"}}}, "/dashboard/ingress/path"),
    ("an ERP without an address", {"networkPolicy": {"erps": [{"ports": [443]}]}}, "/networkPolicy/erps/0"),
    (
        "an ERP by address and by pods",
        {"networkPolicy": {"erps": [{"cidr": "10.0.0.0/8", "to": {}, "ports": [443]}]}},
        "/networkPolicy/erps/0",
    ),
    ("address without ports", {"networkPolicy": {"erps": [{"cidr": "10.0.0.0/8"}]}}, "/networkPolicy/erps/0"),
    ("source without URL", {"sources": {"erp": {"profile": {"name": "p"}}}}, "/sources/erp"),
    ("schedule without cadence", {"schedules": {"c": {"sourceRef": {"name": "e"}, "type": "t"}}}, "/schedules/c"),
    ("schedule with a long name", {"schedules": {"c" * 53: {}}}, "/schedules"),
    ("secret of numbers", {"secrets": {"s": {"pin": 1234}}}, "/secrets/s/pin"),
    ("priority beyond Kubernetes'", {"priorityClasses": {"manual": {"value": 2000000000}}}, "/priorityClasses/manual"),
]


@pytest.mark.parametrize(("values", "place"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_values_that_are_refused(values: Document, place: str) -> None:
    done = helm("template", "sincro", str(CHART), "--kube-version", "1.34", values=values)
    assert done.returncode != 0
    assert place in done.stderr


def _settings(rendered: Rendered) -> Document:
    settings: Document = yaml.safe_load(rendered("ConfigMap", "sincro-operator")["data"]["settings.yaml"])
    return settings


def _at(settings: Document, path: str) -> Any:
    place: Any = settings
    for name in path.split("."):
        place = place.get(name) if isinstance(place, dict) else None
    return place
