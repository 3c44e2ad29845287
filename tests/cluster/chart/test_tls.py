"""TLS to PostgreSQL and Redis, and who is who in Redis, as the chart makes it of its values."""

from pathlib import Path

import pytest
import yaml

from sincro_dashboard.settings import load_settings
from sincro_operator.cluster.job import CaReference
from sincro_operator.settings import parse_settings
from tests.cluster.chart.conftest import CHART, Document, Render, helm

TLS: Document = {
    "dashboard": {"enabled": True},
    "history": {"databaseUrlSecret": {"name": "history"}},
    "redis": {"urlSecret": {"name": "redis"}, "scraperUrlSecret": {"name": "redis-scraper"}},
    "tls": {
        "database": {"ca": {"secretName": "database-ca"}},
        "redis": {"ca": {"configMapName": "company-ca", "key": "bundle.pem"}},
    },
}
PODS = ("Deployment/sincro-operator", "Deployment/sincro-dashboard")


@pytest.mark.parametrize("pod", PODS)
def test_the_programs_get_the_authorities(render: Render, pod: str) -> None:
    spec = render(TLS).pods()[pod]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert volumes["database-ca"]["secret"] == {
        "secretName": "database-ca",
        "items": [{"key": "ca.crt", "path": "ca.crt"}],
        "defaultMode": 0o440,
    }
    assert volumes["redis-ca"]["configMap"] == {
        "name": "company-ca",
        "items": [{"key": "bundle.pem", "path": "ca.crt"}],
    }
    (container,) = spec["containers"]
    mounts = {mount["name"]: (mount["mountPath"], mount["readOnly"]) for mount in container["volumeMounts"][:-1]}
    assert mounts["database-ca"] == ("/etc/sincro/database-ca", True)
    assert mounts["redis-ca"] == ("/etc/sincro/redis-ca", True)
    environment = {variable["name"]: variable.get("value") for variable in container["env"]}
    assert environment["PGSSLMODE"] == "verify-full"
    assert environment["PGSSLROOTCERT"] == "/etc/sincro/database-ca/ca.crt"


def test_the_programs_are_told_of_redis_and_of_their_scrapers(render: Render, tmp_path: Path) -> None:
    rendered = render(TLS)
    settings = parse_settings(rendered("ConfigMap", "sincro-operator")["data"]["settings.yaml"])
    assert settings.redis_ca_file == Path("/etc/sincro/redis-ca/ca.crt")
    assert settings.jobs.database_ca == CaReference("database-ca", "ca.crt", True)
    assert settings.jobs.redis_ca == CaReference("company-ca", "bundle.pem", False)
    assert settings.jobs.database_ssl_mode == "verify-full"
    file = tmp_path / "settings.yaml"
    file.write_text(rendered("ConfigMap", "sincro-dashboard")["data"]["settings.yaml"])
    assert load_settings({"SINCRO_DASHBOARD_CONFIG": str(file)}).redis_ca_file == Path("/etc/sincro/redis-ca/ca.crt")


@pytest.mark.parametrize(
    ("database", "mode"),
    [
        ({}, None),
        ({"sslMode": "require"}, "require"),
        ({"ca": {"configMapName": "a"}}, "verify-full"),
        ({"ca": {"configMapName": "a"}, "sslMode": "verify-ca"}, "verify-ca"),
    ],
)
def test_how_much_of_a_certificate_is_checked(render: Render, database: Document, mode: str | None) -> None:
    rendered = render({"tls": {"database": database}})
    (container,) = rendered.pods()["Deployment/sincro-operator"]["containers"]
    assert {v["name"]: v.get("value") for v in container["env"]}.get("PGSSLMODE") == mode
    settings = parse_settings(rendered("ConfigMap", "sincro-operator")["data"]["settings.yaml"])
    assert settings.jobs.database_ssl_mode == mode


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"tls": {"redis": {"ca": {"secretName": "a", "configMapName": "b"}}}}, "either secretName or configMapName"),
        ({"postgresql": {"enabled": True}, "tls": {"database": {"sslMode": "require"}}}, "has no TLS"),
        ({"redis": {"enabled": True}, "tls": {"redis": {"ca": {"secretName": "a"}}}}, "has no TLS"),
        ({"tls": {"database": {"sslMode": "disable"}}}, "/tls/database/sslMode"),
    ],
)
def test_what_makes_no_sense_is_refused(values: Document, words: str) -> None:
    done = helm("template", "sincro", str(CHART), "--kube-version", "1.34", values=values)
    assert done.returncode != 0
    assert words in done.stderr


def test_each_program_is_somebody_else_in_the_charts_redis(render: Render) -> None:
    rendered = render({"redis": {"enabled": True}, "dashboard": {"enabled": True}})
    secret = rendered("Secret", "sincro-redis")["stringData"]
    roles = yaml.safe_load((CHART / "files" / "redis-roles.yaml").read_text())
    off, *users = secret["users.acl"].splitlines()
    assert off == "user default off"
    assert users == [f"user {role} on >{secret[f'{role}-password']} {roles[role]}" for role in sorted(roles)]
    assert len({secret[f"{role}-password"] for role in roles}) == len(roles)
    keys = {"operator": "url", "dashboard": "dashboard-url", "scraper": "scraper-url"}
    for role, key in keys.items():
        password = secret[f"{role}-password"]
        assert secret[key] == f"redis://{role}:{password}@sincro-redis.shop.svc:6379/0"
    pods = rendered.pods()
    (volume,) = (v for v in pods["Deployment/sincro-operator"]["volumes"] if v["name"] == "redis")
    assert volume["secret"]["items"] == [{"key": "url", "path": "url"}]
    environment = {v["name"]: v for v in pods["Deployment/sincro-dashboard"]["containers"][0]["env"]}
    reference = environment["SINCRO_DASHBOARD_REDIS_URL"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "sincro-redis", "key": "dashboard-url"}


@pytest.mark.parametrize(
    ("redis", "expected"),
    [
        ({"urlSecret": {"name": "own", "key": "u"}}, {"name": "own", "key": "u"}),
        (
            {"urlSecret": {"name": "own"}, "dashboardUrlSecret": {"name": "second"}},
            {"name": "second", "key": "dashboard-url"},
        ),
    ],
)
def test_the_dashboards_redis_is_the_operators_where_none_is_named(
    render: Render, redis: Document, expected: Document
) -> None:
    pods = render({"redis": redis, "dashboard": {"enabled": True}}).pods()
    environment = {v["name"]: v for v in pods["Deployment/sincro-dashboard"]["containers"][0]["env"]}
    assert environment["SINCRO_DASHBOARD_REDIS_URL"]["valueFrom"]["secretKeyRef"] == expected
