"""What else a run does in a pod: the probe, a dry run, Force, quarantine, a delta by sorting, progress in Redis."""

import redis

from sincro_contract.progress import PROGRESS_STREAM, ProgressRecord, ProgressStatus
from sincro_contract.run import REDIS_URL_VARIABLE, Mode
from tests.browser.scraper.erp_process import Erp
from tests.browser.scraper.pod_files import Pod
from tests.browser.scraper.rows import stored
from tests.browser.scraper.test_demo_erp import truth
from tests.services import RedisServer


def test_the_probe_ends_a_run_when_nothing_changed(erp: Erp, pod: Pod) -> None:
    pod.start("customers", "Full")
    _, outcome = pod.start("customers", "Delta", probe=True)
    assert outcome.result is not None
    assert outcome.result.skipped
    assert outcome.result.read == 0
    erp.control("POST", "mutate", {"created": 0, "updated": 1, "deleted": 0, "types": ["customers"]})
    _, outcome = pod.start("customers", "Delta", probe=True)
    assert outcome.result is not None
    assert outcome.result.skipped is None
    assert outcome.result.updated == 1
    assert erp.sessions() == 0


def test_a_dry_run_counts_and_writes_nothing(erp: Erp, pod: Pod) -> None:
    pod.start("prices")
    before = stored(pod.database, pod.profile, "prices")
    erp.control("POST", "mutate", {"created": 1, "updated": 2, "deleted": 1, "types": ["prices"]})
    _, outcome = pod.start("prices", dryRun=True)
    result = outcome.result
    assert result is not None
    assert (result.dry_run, result.created, result.updated, result.deleted) == (True, 1, 2, 1)
    assert stored(pod.database, pod.profile, "prices") == before


def test_force_replaces_the_table(erp: Erp, pod: Pod) -> None:
    pod.start("prices")
    erp.control("POST", "mutate", {"created": 1, "updated": 2, "deleted": 5, "types": ["prices"]})
    code, outcome = pod.start("prices", "Force")
    assert code == 0
    assert outcome.result is not None
    assert outcome.result.mode is Mode.FORCE
    assert stored(pod.database, pod.profile, "prices") == truth(erp, pod.profile, "prices")


def test_a_row_in_quarantine_stays_as_it_was(erp: Erp, pod: Pod) -> None:
    pod.start("customers")
    before = stored(pod.database, pod.profile, "customers")
    pod.profile = pod.profile.replace("    key: code\n", "    key: code\n    quarantine: 0.05\n", 1)
    erp.misbehave("foreign_number", "customers/balance")
    code, outcome = pod.start("customers")
    assert code == 0
    assert outcome.result is not None
    assert (outcome.result.quarantined, outcome.result.deleted) == (1, 0)
    assert stored(pod.database, pod.profile, "customers") == before


def test_a_delta_by_sorting_stops_at_the_first_older_row(erp: Erp, pod: Pod) -> None:
    first, _, rest = pod.profile.partition("      by: filter\n")
    opened = '      open: "/Clienti.aspx?righe=20&ordina=UltimaModifica&verso=desc"\n'
    pod.profile = f"{first}      by: sorted\n{opened}{rest.partition(chr(10))[2]}"
    pod.start("customers", "Delta")
    erp.control("POST", "mutate", {"created": 1, "updated": 2, "deleted": 0, "types": ["customers"]})
    _, outcome = pod.start("customers", "Delta")
    result = outcome.result
    assert result is not None
    assert (result.mode, result.created, result.updated, result.pages) == (Mode.DELTA, 1, 2, 1)
    assert stored(pod.database, pod.profile, "customers") == truth(erp, pod.profile, "customers")


def test_progress_goes_to_redis(pod: Pod, redis_server: RedisServer) -> None:
    pod.environment = {REDIS_URL_VARIABLE: redis_server.url}
    pod.start("orders")
    client = redis.Redis.from_url(redis_server.url, decode_responses=True)
    try:
        records = [ProgressRecord.from_fields(fields) for _, fields in client.xrange(PROGRESS_STREAM)]
    finally:
        client.close()
    phases = list(dict.fromkeys(record.phase for record in records))
    assert phases == ["launch", "login", "read", "check", "load"]
    assert records[-1].event.status is ProgressStatus.COMPLETED
    assert records[-1].event.progress.percentage == 100
    assert {record.event.task_id for record in records} == {"orders-1"}
