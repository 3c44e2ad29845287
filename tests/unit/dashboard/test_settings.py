"""Settings: the environment over the file, and what is not ours left alone."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from sincro_dashboard.settings import SettingsError, load_settings


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("port: 9000\nnamespaces: [a, b]\nlog_level: debug\ntrusted_proxies: [10.0.0.0/8]\n")
    settings = load_settings(
        {
            "SINCRO_DASHBOARD_CONFIG": str(file),
            "SINCRO_DASHBOARD_PORT": "9001",
            "SINCRO_DASHBOARD_ALLOWED_ORIGINS": "https://a.test, https://b.test",
            "SINCRO_DASHBOARD_REDIS_URL": "redis://:t0ps3cr3t@redis/0",
            "PATH": "/bin",
        }
    )
    assert (settings.port, settings.namespaces, settings.log_level) == (9001, ("a", "b"), "debug")
    assert settings.allowed_origins == ("https://a.test", "https://b.test")
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"),)
    assert settings.home_namespace == "a"
    assert "t0ps3cr3t" not in repr(settings)


def test_variables_that_kubernetes_makes_of_a_service_are_not_ours() -> None:
    environment = {
        "SINCRO_DASHBOARD_PORT": "tcp://10.96.0.7:80",
        "SINCRO_DASHBOARD_SERVICE_HOST": "10.96.0.7",
        "SINCRO_DASHBOARD_PORT_80_TCP": "tcp://10.96.0.7:80",
    }
    assert load_settings(environment).port == 8000


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"SINCRO_DASHBOARD_PORT": "http"}, "port"),
        ({"SINCRO_DASHBOARD_TRUSTED_PROXIES": "everybody"}, "trusted_proxies"),
        ({"SINCRO_DASHBOARD_BASE_PATH": "sincro"}, "base_path"),
        ({"SINCRO_DASHBOARD_CONFIG": "/does/not/exist.yaml"}, "/does/not/exist.yaml"),
    ],
)
def test_what_cannot_be_used_is_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_settings(environment)


@pytest.mark.parametrize("text", ["- a list", "colour: red", "port: [1"])
def test_a_file_that_is_no_mapping_of_settings_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError):
        load_settings({"SINCRO_DASHBOARD_CONFIG": str(file)})
