"""`sincro-scraper check` as a person uses it: what is said of a page that does not fit, and what is left behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sincro_scraper.__main__ import main
from tests.browser.scraper.pages import serving_pages

PROFILE = """sincro: 1
name: Pages
manners: { timeout: 5s }
streams:
  items:
    open: /pages
    key: code
    columns:
      code: Codice
      amount: { header: Importo, type: TYPE }
"""
LOGIN = """login:
  steps:
    - goto: /login
    - { fill: label=FIELD, with: "{username}" }
  success: css=input[hidden]
  timeout: 1s
streams:
"""


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    with serving_pages() as url:
        yield url


def check(folder: Path, url: str, profile: str, *more: str) -> int:
    (folder / "p.yaml").write_text(profile)
    return main(["check", str(folder / "p.yaml"), "--url", url, "--evidence", str(folder / "evidence"), *more])


def test_rows_that_do_not_parse_are_shown_as_they_are_and_the_page_is_kept(
    pages: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert check(tmp_path, pages, PROFILE.replace("TYPE", "date")) == 20
    told = capfd.readouterr()
    assert "?? 1000,50" in told.out
    assert "p.yaml:10:7: error: streams.items.columns.amount: page 1, row 1: found '1000,50'" in told.out
    names = {path.name for path in (tmp_path / "evidence").rglob("*") if path.is_file()}
    assert {"screenshot.png", "page.html"} <= names
    assert str(tmp_path / "evidence") in told.err


def test_everything_fits(pages: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path, pages, PROFILE.replace("TYPE", "decimal")) == 0
    assert "everything fits" in capfd.readouterr().out
    assert not (tmp_path / "evidence").exists()


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("Nome", "nothing on the page fits 'label=Nome'"),
        ("Nome", "which shows 'button=Accetta', 'label=Utente', 'button=Avanti'"),
        ("Utente", "login.success: LoginUnclear: no sign of a successful login within 1s"),
    ],
)
def test_what_the_page_shows_instead_is_said(
    pages: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], field: str, words: str
) -> None:
    profile = PROFILE.replace("TYPE", "decimal").replace("streams:\n", LOGIN.replace("FIELD", field))
    assert check(tmp_path, pages, profile, "--username", "anna") == 20
    assert words in capfd.readouterr().out


def test_a_login_without_a_user_is_not_tried(
    pages: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SINCRO_USERNAME", raising=False)
    profile = PROFILE.replace("TYPE", "decimal").replace("streams:\n", LOGIN.replace("FIELD", "Utente"))
    assert check(tmp_path, pages, profile) == 20
    assert "the login takes a user: set SINCRO_USERNAME or give --username" in capfd.readouterr().err
