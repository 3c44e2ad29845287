"""Settings: defaults, what they become, and errors that name the setting."""

from datetime import timedelta
from pathlib import Path

import pytest

from sincro_operator.cluster.job import SecretKey
from sincro_operator.planning.selection import EVERYTHING, parse_selector
from sincro_operator.settings import SettingsError, load_settings, parse_settings

LEAST = "scraper: {image: sincro/scraper:1}"


def test_the_least_that_has_to_be_said() -> None:
    settings = parse_settings(LEAST)
    assert settings.jobs.image == "sincro/scraper:1"
    assert settings.namespaces == ()
    assert settings.selector == EVERYTHING
    assert settings.limits.max_concurrent == 50
    assert settings.limits.archive is False
    assert settings.elects is True
    assert (settings.lease.duration, settings.lease.renew_deadline) == (6, 4.0)


def test_everything_reaches_its_place() -> None:
    settings = parse_settings(
        """
        namespaces: [acme]
        sourceSelector: sincro.dev/operator=a
        maxConcurrentJobs: 7
        ageing: 1m
        startDeadline: 90s
        stopDeadline: 3m
        historyUrlFile: /etc/sincro/history/url
        leaderElection: {enabled: false, duration: 10, renewDeadline: 8}
        scraper:
          image: s:1
          imagePullPolicy: Never
          imagePullSecrets: [registry]
          resources: {requests: {cpu: 100m}}
          priorityClassNames: {manual: high, scheduled: low}
          redisUrlSecret: {name: redis, key: url}
          sessionKeySecret: {name: session, key: key}
          evidence: {claimName: evidence}
          finishedJobTtl: 10m
          gracePeriod: 5s
        """
    )
    limits, jobs = settings.limits, settings.jobs
    assert (limits.max_concurrent, limits.ageing, limits.archive) == (7, timedelta(minutes=1), True)
    assert (limits.start_deadline, limits.stop_deadline) == (timedelta(seconds=90), timedelta(minutes=3))
    assert jobs.start_deadline == timedelta(seconds=90)
    assert settings.selector == parse_selector("sincro.dev/operator=a")
    assert jobs.operator == limits.operator == "sincro/sincro-operator"
    assert (jobs.image_pull_policy, jobs.image_pull_secrets) == ("Never", ("registry",))
    assert (jobs.manual_priority_class, jobs.scheduled_priority_class) == ("high", "low")
    assert (jobs.redis_url, jobs.session_key) == (SecretKey("redis", "url"), SecretKey("session", "key"))
    assert (jobs.evidence_claim, jobs.keep, jobs.grace) == ("evidence", timedelta(minutes=10), timedelta(seconds=5))
    assert settings.elects is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["scraper", "Field required"]),
        ("[]", ["the document"]),
        ("scraper: {", ["not YAML"]),
        (LEAST + "\nmaxConcurrentJob: 3", ["maxConcurrentJob", "Extra inputs"]),
        (LEAST + "\nmaxConcurrentJobs: 0", ["maxConcurrentJobs", "greater than or equal to 1"]),
        (LEAST + "\nsourceSelector: a ~ b", ["sourceSelector", "'a ~ b' is no part of a label selector"]),
        (LEAST + "\nageing: soon", ["ageing", "is not a duration"]),
        ("scraper: {image: ''}", ["scraper.image"]),
        (LEAST + "\nlogFormat: xml", ["logFormat", "json"]),
        (LEAST + "\nleaderElection: {renewDeadline: 9}", ["leaderElection", "renew < renewDeadline < duration"]),
    ],
)
def test_what_is_wrong_is_named(text: str, words: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text)
    assert all(word in str(caught.value) for word in words)


def test_the_file_is_the_one_that_is_named(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(LEAST, encoding="utf-8")
    assert load_settings({"SINCRO_SETTINGS": str(file)}).scraper.image == "sincro/scraper:1"
    with pytest.raises(SettingsError, match="missing"):
        load_settings({"SINCRO_SETTINGS": str(tmp_path / "missing.yaml")})


def test_urls_are_read_when_they_are_needed(tmp_path: Path) -> None:
    file = tmp_path / "url"
    settings = parse_settings(f"{LEAST}\nhistoryUrlFile: {file}\nredisUrlFile: {file}")
    with pytest.raises(OSError, match="url"):
        settings.history_url()
    file.write_text("postgresql://x\n", encoding="utf-8")
    assert settings.history_url() == "postgresql://x"
    assert settings.redis_url() == "postgresql://x"
