"""What the API server refuses, and that its answer names the field and says what is wrong."""

from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from tests.cluster.resources.conftest import Resources, refusal
from tests.cluster.resources.documents import ABSENT, SCHEDULE, SOURCE, TASK, changed

DURATION = "must be a duration from"

SOURCES: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("name too long", {"metadata__name": "a" * 64}, ("metadata.name", "63 characters")),
    ("no spec", {"spec": ABSENT}, ("spec", "Required")),
    ("no profile", {"spec__profile": ABSENT}, ("spec.profile", "Required")),
    ("profile without name", {"spec__profile": {}}, ("spec.profile.name", "Required")),
    ("profile as text", {"spec__profile": "erp"}, ("spec.profile", "must be of type object")),
    ("profile name with capitals", {"spec__profile__name": "ERP"}, ("spec.profile.name", "lower case")),
    ("profile key with slash", {"spec__profile__key": "a/b"}, ("spec.profile.key", "must be a key")),
    ("no base URL", {"spec__baseUrl": ABSENT}, ("spec.baseUrl", "Required")),
    ("base URL without scheme", {"spec__baseUrl": "erp.example.com"}, ("spec.baseUrl", "http:// or https://")),
    ("base URL of another scheme", {"spec__baseUrl": "ftp://erp"}, ("spec.baseUrl", "http:// or https://")),
    ("base URL without host", {"spec__baseUrl": "https:///path"}, ("spec.baseUrl", "names a host")),
    ("base URL with password", {"spec__baseUrl": "https://u:p@erp"}, ("spec.baseUrl", "credentialsSecretRef")),
    ("base URL with fragment", {"spec__baseUrl": "https://erp/#/x"}, ("spec.baseUrl", "fragment")),
    ("base URL too long", {"spec__baseUrl": "https://e/" + "x" * 2048}, ("spec.baseUrl", "Too long")),
    ("no credentials", {"spec__credentialsSecretRef": ABSENT}, ("spec.credentialsSecretRef", "Required")),
    (
        "credentials without name",
        {"spec__credentialsSecretRef__name": ""},
        ("spec.credentialsSecretRef.name", "name of"),
    ),
    ("no database", {"spec__databaseSecretRef": ABSENT}, ("spec.databaseSecretRef", "Required")),
    ("password in the open", {"spec__password": "x"}, ("unknown field", "spec.password")),
    ("unknown locale", {"spec__locale": "es-ES"}, ("spec.locale", "it-, en-, de- or fr-")),
    ("locale with underscore", {"spec__locale": "it_IT"}, ("spec.locale", "it-IT")),
    ("unknown time zone", {"spec__timeZone": "Europe/Roma"}, ("spec.timeZone", "Europe/Roma")),
    ("time zone as offset", {"spec__timeZone": "+02:00"}, ("spec.timeZone", "IANA")),
    ("time zone of the server", {"spec__timeZone": "Local"}, ("spec.timeZone", "exists")),
    ("no session at all", {"spec__maxConcurrent": 0}, ("spec.maxConcurrent", "greater than or equal to 1")),
    ("sessions as text", {"spec__maxConcurrent": "two"}, ("spec.maxConcurrent", "must be of type integer")),
    ("paused as text", {"spec__paused": "yes"}, ("spec.paused", "must be of type boolean")),
    (
        "breaker never opens",
        {"spec__circuitBreaker": {"failureThreshold": 0}},
        ("circuitBreaker.failureThreshold",),
    ),
    ("breaker open for ever", {"spec__circuitBreaker": {"openDuration": "1000h"}}, ("openDuration", DURATION)),
    ("breaker opens for words", {"spec__circuitBreaker": {"openDuration": "5 minutes"}}, ("openDuration", DURATION)),
    ("memory as words", {"spec__scraper": {"resources": {"limits": {"memory": "lots"}}}}, ("limits[memory]", "512Mi")),
    ("negative memory", {"spec__scraper": {"resources": {"limits": {"memory": "-1Gi"}}}}, ("limits[memory]", "512Mi")),
    ("node selector of numbers", {"spec__scraper": {"nodeSelector": {"a": 1}}}, ("nodeSelector.a", "string")),
    ("unknown toleration", {"spec__scraper": {"tolerations": [{"operator": "Like"}]}}, ("operator", "Exists")),
    ("empty image", {"spec__scraper": {"image": ""}}, ("spec.scraper.image", "at least 1 chars")),
]

SCHEDULES: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("name too long", {"metadata__name": "a" * 53}, ("metadata.name", "52 characters")),
    ("no source", {"spec__sourceRef": ABSENT}, ("spec.sourceRef", "Required")),
    ("no type", {"spec__type": ABSENT}, ("spec.type", "Required")),
    ("type with a space", {"spec__type": "my customers"}, ("spec.type", "name of a stream")),
    ("type too long", {"spec__type": "c" * 33}, ("spec.type", "Too long")),
    ("no cadence", {"spec__full": ABSENT, "spec__delta": ABSENT}, ("spec", "full, delta or both")),
    ("empty cadence", {"spec__full": {}}, ("spec.full", "exactly one of every and cron")),
    ("both cadences", {"spec__delta__cron": "0 * * * *"}, ("spec.delta", "exactly one of every and cron")),
    ("every number", {"spec__full__every": 24}, ("spec.full.every", "must be of type string")),
    ("every without unit", {"spec__full__every": "24"}, ("spec.full.every", DURATION)),
    ("every in days", {"spec__full__every": "1d"}, ("spec.full.every", DURATION)),
    ("every negative", {"spec__full__every": "-1h"}, ("spec.full.every", DURATION)),
    ("every zero", {"spec__delta__every": "0s"}, ("spec.delta.every", DURATION)),
    ("every second", {"spec__delta__every": "1s"}, ("spec.delta.every", "1m")),
    ("every ten years", {"spec__full__every": "87600h"}, ("spec.full.every", "8760h")),
    ("every beyond numbers", {"spec__full__every": "99999999999999999999h"}, ("spec.full.every",)),
    ("delta slower than full", {"spec__delta__every": "48h"}, ("spec.delta", "full.every")),
    ("cron of four fields", {"spec__delta": {"cron": "0 * * *"}}, ("spec.delta.cron", "five fields")),
    ("cron of six fields", {"spec__delta": {"cron": "0 0 * * * *"}}, ("spec.delta.cron", "five fields")),
    ("cron minute 60", {"spec__delta": {"cron": "60 * * * *"}}, ("spec.delta.cron", "minute (0-59)")),
    ("cron hour 24", {"spec__delta": {"cron": "0 24 * * *"}}, ("spec.delta.cron", "hour (0-23)")),
    ("cron day 0", {"spec__delta": {"cron": "0 0 0 * *"}}, ("spec.delta.cron", "day of month (1-31)")),
    ("cron month 13", {"spec__delta": {"cron": "0 0 1 13 *"}}, ("spec.delta.cron", "month (1-12)")),
    ("cron weekday in Italian", {"spec__delta": {"cron": "0 0 * * LUN"}}, ("spec.delta.cron", "SUN-SAT")),
    ("cron step zero", {"spec__delta": {"cron": "*/0 * * * *"}}, ("spec.delta.cron", "five fields")),
    ("cron nickname", {"spec__delta": {"cron": "@hourly"}}, ("spec.delta.cron", "five fields")),
    ("adaptive without max", {"spec__adaptive": {"min": "5m"}}, ("spec.adaptive.max", "Required")),
    ("adaptive upside down", {"spec__adaptive": {"min": "2h", "max": "1h"}}, ("spec.adaptive.min", "longer than max")),
    ("adaptive too fast", {"spec__adaptive": {"min": "1s", "max": "1h"}}, ("spec.adaptive.min", DURATION)),
    (
        "adaptive without delta",
        {"spec__adaptive": {"min": "5m", "max": "1h"}, "spec__delta": ABSENT},
        ("spec.adaptive", "needs delta.every"),
    ),
    (
        "adaptive on a cron",
        {"spec__adaptive": {"min": "5m", "max": "1h"}, "spec__delta": {"cron": "0 * * * *"}},
        ("spec.adaptive", "needs delta.every"),
    ),
    ("unknown time zone", {"spec__timeZone": "Mars/Olympus"}, ("spec.timeZone", "Mars/Olympus")),
    ("quiet hours as text", {"spec__quietHours": "00:00-06:00"}, ("spec.quietHours", "must be of type array")),
    ("quiet hours without end", {"spec__quietHours": [{"start": "00:00"}]}, ("spec.quietHours[0].end", "Required")),
    ("quiet at 25", {"spec__quietHours": [{"start": "25:00", "end": "06:00"}]}, ("quietHours[0].start", "24:00")),
    ("quiet at 6", {"spec__quietHours": [{"start": "00:00", "end": "6:00"}]}, ("quietHours[0].end", "two digits")),
    ("quiet for no time", {"spec__quietHours": [{"start": "01:00", "end": "01:00"}]}, ("quietHours[0].end", "differ")),
    ("quiet all day", {"spec__quietHours": [{"start": "00:00", "end": "24:00"}]}, ("quietHours[0].end", "suspend")),
    ("quiet from 24", {"spec__quietHours": [{"start": "24:00", "end": "06:00"}]}, ("quietHours[0].start", "00:00")),
    (
        "nine quiet stretches",
        {"spec__quietHours": [{"start": "01:00", "end": "02:00"}] * 9},
        ("Hours", "at most 8"),
    ),
    ("priority 0", {"spec__priority": 0}, ("spec.priority", "greater than or equal to 1")),
    ("priority 101", {"spec__priority": 101}, ("spec.priority", "less than or equal to 100")),
    ("priority a half", {"spec__priority": 1.5}, ("spec.priority", "integer")),
    ("no sync at once", {"spec__maxConcurrent": 0}, ("spec.maxConcurrent",)),
    ("no attempt", {"spec__retryPolicy": {"maxAttempts": 0}}, ("spec.retryPolicy.maxAttempts",)),
    ("endless attempts", {"spec__retryPolicy": {"maxAttempts": 1000}}, ("spec.retryPolicy.maxAttempts", "20")),
    ("no delay", {"spec__retryPolicy": {"initialDelay": "0s"}}, ("spec.retryPolicy.initialDelay", DURATION)),
    (
        "first delay above the longest",
        {"spec__retryPolicy": {"initialDelay": "1h"}},
        ("spec.retryPolicy.initialDelay", "maxDelay"),
    ),
    ("shrinking delays", {"spec__retryPolicy": {"backoffMultiplier": 0.5}}, ("spec.retryPolicy.backoffMultiplier",)),
    ("all jitter", {"spec__retryPolicy": {"jitter": 2}}, ("spec.retryPolicy.jitter",)),
    ("no time", {"spec__timeout": "0s"}, ("spec.timeout", DURATION)),
    ("two days", {"spec__timeout": "48h"}, ("spec.timeout", "24h")),
    ("deadline in words", {"spec__startingDeadline": "soon"}, ("spec.startingDeadline", DURATION)),
    ("unknown missedRuns", {"spec__missedRuns": "RunAll"}, ("spec.missedRuns", "RunOnce")),
    ("unknown rollout", {"spec__rollout": "Canary"}, ("spec.rollout", "Shadow")),
    ("fresher than the cadence", {"spec__freshnessObjective": "10m"}, ("spec.freshnessObjective", "delta.every")),
    ("history without bound", {"spec__historyLimits": {"failed": 1000}}, ("spec.historyLimits.failed", "100")),
    ("misspelt field", {"spec__quitHours": []}, ("unknown field", "spec.quitHours")),
]

TASKS: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("no source", {"spec__sourceRef": ABSENT}, ("spec.sourceRef", "Required")),
    ("source as text", {"spec__sourceRef": "erp"}, ("spec.sourceRef", "must be of type object")),
    ("no type", {"spec__type": ABSENT}, ("spec.type", "Required")),
    ("type as path", {"spec__type": "../customers"}, ("spec.type", "name of a stream")),
    ("unknown mode", {"spec__mode": "Everything"}, ("spec.mode", "Delta")),
    ("priority 0", {"spec__priority": 0}, ("spec.priority",)),
    ("priority 101", {"spec__priority": 101}, ("spec.priority",)),
    ("unknown trigger", {"spec__triggeredBy": "Robot"}, ("spec.triggeredBy", "Manual")),
    ("not before words", {"spec__notBefore": "tomorrow"}, ("spec.notBefore", "date-time")),
    ("no time", {"spec__timeout": "0m"}, ("spec.timeout", DURATION)),
    ("dry run by force", {"spec__dryRun": True, "spec__mode": "Force"}, ("spec.dryRun", "exclude each other")),
    ("probe by force", {"spec__probe": True, "spec__mode": "Force"}, ("spec.probe", "exclude each other")),
    ("deletions by delta", {"spec__confirmDeletions": True}, ("spec.confirmDeletions", "Full or Force")),
    ("scheduled by nobody", {"spec__triggeredBy": "Scheduler"}, ("spec.scheduleRef", "Scheduler go together")),
    ("scheduled by a person", {"spec__scheduleRef": "customers"}, ("spec.scheduleRef", "Scheduler go together")),
    ("due without schedule", {"spec__due": "2026-11-24T08:00:00Z"}, ("spec.due", "needs scheduleRef")),
    ("retry of nothing", {"spec__triggeredBy": "Retry"}, ("spec.retryOf", "Retry go together")),
    ("retry by hand", {"spec__retryOf": "then"}, ("spec.retryOf", "Retry go together")),
    ("cancelled by, not cancelled", {"spec__cancelledBy": "anna"}, ("spec.cancelledBy", "needs cancel")),
    ("cancel as text", {"spec__cancel": "now"}, ("spec.cancel", "must be of type boolean")),
    ("requester too long", {"spec__requestedBy": "a" * 254}, ("spec.requestedBy", "Too long")),
    ("an image of one's own", {"spec__image": "x"}, ("unknown field", "spec.image")),
    ("a source elsewhere", {"spec__sourceRef__namespace": "x"}, ("unknown field", "spec.sourceRef.namespace")),
    ("a Secret of one's own", {"spec__credentialsSecretRef": {"name": "x"}}, ("unknown field", "credentialsSecretRef")),
    ("sql instead of type", {"spec__query": "select 1"}, ("unknown field", "spec.query")),
]

TABLE = [
    pytest.param(document, changes, words, id=f"{document['kind']}: {name}")
    for document, cases in ((SOURCE, SOURCES), (SCHEDULE, SCHEDULES), (TASK, TASKS))
    for name, changes, words in cases
]


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 60


@pytest.mark.parametrize(("document", "changes", "words"), TABLE)
def test_refused_with_a_message_that_names_the_field(
    resources: Resources, document: dict[str, Any], changes: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(ApiException) as caught:
        resources.create(changed(document, **changes))
    answer = refusal(caught.value)
    assert caught.value.status in (400, 422), answer
    assert not [word for word in words if word not in answer], answer
    assert "conversion error" not in answer, answer
