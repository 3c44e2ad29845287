"""How browser and program are started: arguments, environment, effective locale, mounted files, kept sessions."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from sincro_contract.result import Outcome
from sincro_scraper.browser.kept_session import KeptSession, seal, unseal
from sincro_scraper.browser.launch import can_sandbox, executable_path, launch_arguments, launch_environment
from sincro_scraper.browser.locale_check import Effective, assert_header, differences
from sincro_scraper.browser.login import Credentials, one_time_code
from sincro_scraper.browser.session import date_format_of
from sincro_scraper.errors import ConfigInvalid, LocaleMismatch
from sincro_scraper.localisation import locale_named
from sincro_scraper.pod import Files, read_credentials, read_job, run_in_pod
from sincro_scraper.profile.placeholders import MissingPlaceholderError, fill_placeholders
from tests.unit.scraper.profiles import SMALL

ITALIAN = locale_named("it-IT")


def test_the_browser_is_told_its_locale_in_every_way() -> None:
    arguments = launch_arguments(ITALIAN)
    assert "--lang=it-IT" in arguments
    assert "--accept-lang=it-IT,it" in arguments
    environment = launch_environment({"PATH": "/bin", "LANG": "C"}, ITALIAN, "Europe/Rome", "/tmp")
    assert environment == {
        "PATH": "/bin",
        "LANG": "it_IT.UTF-8",
        "LC_ALL": "it_IT.UTF-8",
        "LANGUAGE": "it",
        "TZ": "Europe/Rome",
        "HOME": "/tmp",
    }


@pytest.mark.parametrize(("environment", "user", "sandbox"), [({}, 1000, True), ({}, 0, False)])
def test_where_the_browser_may_have_its_sandbox(environment: dict[str, str], user: int, sandbox: bool) -> None:
    assert can_sandbox(environment, user) is sandbox
    assert not can_sandbox({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, user)


def test_the_executable(tmp_path: Path) -> None:
    (tmp_path / "b").touch()
    candidates = (str(tmp_path / "a"), str(tmp_path / "b"))
    assert executable_path({}, candidates) == str(tmp_path / "b")
    assert executable_path({"SINCRO_CHROMIUM": str(tmp_path / "b")}, ()) == str(tmp_path / "b")
    with pytest.raises(ConfigInvalid):
        executable_path({"SINCRO_CHROMIUM": str(tmp_path / "c")}, candidates)


GOOD = Effective("it-IT", "it-IT", "Europe/Rome", ",", ".", "day month year")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        *(({}, ""), ({"language": "en-US"}, "navigator.language"), ({"locale": "en-US"}, "Intl")),
        *(
            ({"time_zone": "UTC"}, "time zone"),
            ({"decimal": "."}, "decimal separator"),
            ({"group": ","}, "group separator"),
        ),
        ({"date": "month day year"}, "first part of a date"),
    ],
)
def test_the_effective_locale(changes: dict[str, str], word: str) -> None:
    found = Effective(**{**vars(GOOD), **changes})
    wrong = differences(found, ITALIAN, "Europe/Rome")
    assert len(wrong) == (1 if changes else 0)
    assert word in "".join(wrong)


@pytest.mark.parametrize("header", ["it-IT", "it-IT,it;q=0.9"])
def test_the_header_that_was_sent(header: str) -> None:
    assert_header(header, ITALIAN)


@pytest.mark.parametrize("header", [None, "", "en-US,it-IT;q=0.9", "it"])
def test_a_header_in_another_language(header: str | None) -> None:
    with pytest.raises(LocaleMismatch):
        assert_header(header, ITALIAN)


@pytest.mark.parametrize(("tag", "pattern"), [("it-IT", "%d/%m/%Y"), ("en-US", "%m/%d/%Y"), ("de-DE", "%d.%m.%Y")])
def test_dates_are_typed_as_the_locale_writes_them(tag: str, pattern: str) -> None:
    assert date_format_of(locale_named(tag)) == pattern


MOMENT = datetime(2026, 12, 31, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{username}!", "anna!"),
        ("dal {since}", "dal 31/12/2026"),
        ("?da={since:%Y-%m-%dT%H:%M}", "?da=2026-12-31T14:05"),
        ("{secret.azienda}", "01"),
        ("no placeholder {} {", "no placeholder {} {"),
    ],
)
def test_placeholders(text: str, filled: str) -> None:
    values = {"username": "anna", "since": MOMENT, "secret.azienda": "01"}
    assert fill_placeholders(text, values, "%d/%m/%Y") == filled


def test_a_placeholder_without_a_value() -> None:
    with pytest.raises(MissingPlaceholderError, match=r"no value for \{since\}"):
        fill_placeholders("{since}", {}, "")


RFC_6238 = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


def test_one_time_codes() -> None:
    seed = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    for second, code in RFC_6238:
        assert one_time_code(seed, datetime.fromtimestamp(second, UTC)) == code
    assert one_time_code("JBSWY3DPEHPK3PXP", datetime.fromtimestamp(0, UTC)) == "282760"
    assert Credentials("u", "p", "GEZDGNBVGY3TQOJQ").values(MOMENT)["totp"]
    with pytest.raises(ConfigInvalid):
        one_time_code("not base32!", MOMENT)


RUN = {"task": {"namespace": "n", "name": "t"}, "source": "s", "type": "items", "baseUrl": "http://x", "mode": "Full"}


def mounted(root: Path, **changes: Any) -> Files:
    texts: dict[str, Any] = {
        "etc/sincro/run/run.json": json.dumps(RUN),
        "etc/sincro/profile/profile.yaml": SMALL,
        "etc/sincro/credentials/username": "anna\n",
        "etc/sincro/credentials/password": " p w \n",
        "etc/sincro/credentials/azienda": "01",
        "etc/sincro/database/url": "sqlite:///x.db\n",
        "dev/termination-log": "",
        **changes,
    }
    for name, text in texts.items():
        if text is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    return Files(root)


def test_mounted_files(tmp_path: Path) -> None:
    job = read_job(mounted(tmp_path))
    assert job.credentials == Credentials("anna", " p w ", None, {"azienda": "01"})
    assert job.database_url == "sqlite:///x.db"
    assert job.stream.key == ("code",)
    assert (job.session_key, job.evidence) == (None, None)
    assert " p w " not in repr(job)


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"etc/sincro/run/run.json": None}, "FileMissing", "there is no run specification"),
        ({"etc/sincro/run/run.json": "{"}, "RunInvalid", "run specification is not valid"),
        ({"etc/sincro/run/run.json": json.dumps({**RUN, "mode": "Half"})}, "RunInvalid", "mode"),
        (
            {"etc/sincro/run/run.json": json.dumps({**RUN, "type": "other"})},
            "StreamUnknown",
            "no stream 'other'; it has items",
        ),
        ({"etc/sincro/run/run.json": json.dumps({**RUN, "locale": "xx-XX"})}, "LocaleUnknown", "xx-XX"),
        ({"etc/sincro/profile/profile.yaml": None}, "FileMissing", "there is no profile"),
        ({"etc/sincro/profile/profile.yaml": "sincro: 2"}, "ProfileInvalid", "line 1, column 1"),
        ({"etc/sincro/credentials/password": None}, "CredentialsMissing", "the credentials have no password"),
        ({"etc/sincro/database/url": None}, "FileMissing", "there is no database URL"),
    ],
)
def test_what_is_missing_or_wrong_in_the_mounted_files(
    tmp_path: Path, changes: dict[str, Any], code: str, words: str
) -> None:
    files = mounted(tmp_path, **changes)
    assert run_in_pod({}, files) == 20
    outcome = Outcome.model_validate_json((tmp_path / "dev/termination-log").read_text())
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.error_class.value) == (code, "ConfigInvalid")
    assert words in outcome.error.message


def test_credentials_of_a_profile_without_login(tmp_path: Path) -> None:
    assert read_credentials(tmp_path / "nothing", needed=False) == Credentials()


KEPT = KeptSession("anna", "http://x", "agent", {"cookies": [{"name": "a"}]}, frozenset({"m"}))
KEY = Fernet.generate_key()


def test_a_session_is_kept_for_its_user_its_address_and_its_time() -> None:
    blob = seal(KEPT, KEY, MOMENT)
    hour = timedelta(hours=1)
    soon = MOMENT + timedelta(minutes=59)
    assert b"cookies" not in blob
    assert unseal(blob, KEY, soon, hour, username="anna", base_url="http://x") == KEPT
    assert unseal(blob, KEY, MOMENT + timedelta(minutes=61), hour, username="anna", base_url="http://x") is None
    assert unseal(blob, KEY, soon, hour, username="other", base_url="http://x") is None
    assert unseal(blob, KEY, soon, hour, username="anna", base_url="http://y") is None
    assert unseal(blob, Fernet.generate_key(), soon, hour, username="anna", base_url="http://x") is None
    assert unseal(b"rubbish", KEY, soon, hour, username="anna", base_url="http://x") is None
    assert unseal(None, KEY, soon, hour, username="anna", base_url="http://x") is None
    with pytest.raises(ConfigInvalid):
        seal(KEPT, b"short", MOMENT)
