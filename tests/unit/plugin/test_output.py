import io
import json

import pytest
import yaml

from sincro_kubectl.output import as_list, names, object_lines, to_json, to_yaml
from sincro_kubectl.palette import Palette, cut, wants_colour, width_of
from sincro_kubectl.table import ordinal, plural, table
from sincro_kubectl.terminal import Live, terminal
from sincro_kubectl.views.transitions import Note
from tests.unit.plugin.documents import source, task
from tests.unit.plugin.fake_cluster import Screen

HOSTILE = {"città": "Forlì", "text": "\x1b[2J\x9b2J\u2028\x7f tab\t"}


@pytest.mark.parametrize("write", [to_json, to_yaml])
def test_documents_survive_and_hold_no_control_characters(write: object) -> None:
    text = to_json(HOSTILE) if write is to_json else to_yaml(HOSTILE)
    assert (json.loads(text) if write is to_json else yaml.safe_load(text)) == HOSTILE
    assert "Forlì" in text
    assert not [char for char in text if char != "\n" and not char.isprintable()]


def test_objects() -> None:
    assert object_lines([source(), task()], "name") == [
        "syncsource.sincro.dev/erp",
        "synctask.sincro.dev/customers-now-x7k2p",
    ]
    assert json.loads(object_lines([source()], "json")[0]) == source()
    assert yaml.safe_load(object_lines([source(), task()], "yaml")[0]) == as_list([source(), task()])
    assert names([]) == []


def test_a_table_leaves_out_empty_columns() -> None:
    palette = Palette(enabled=True)
    rows = [["a", "", palette.bad("long")], ["bb", "", "x"]]
    lines = table(["ONE", "TWO", "THREE"], rows, palette, "  ")
    assert [width_of(line) for line in lines] == [13, 12, 9]
    assert table(["ONE"], [], palette) == []


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (111, "111th"),
    ],
)
def test_ordinal(number: int, word: str) -> None:
    assert ordinal(number) == word


def test_words() -> None:
    assert (plural(1, "sync"), plural(1200, "sync")) == ("1 sync", "1,200 syncs")
    assert (cut("abcdef", 6), cut("abcdef", 4), cut("abcdef", 0)) == ("abcdef", "abc…", "…")


@pytest.mark.parametrize(
    ("choice", "environment", "is_terminal", "colour"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {}, True, False),
    ],
)
def test_when_there_are_colours(choice: str, environment: dict[str, str], is_terminal: bool, colour: bool) -> None:
    assert wants_colour(choice, environment, terminal=is_terminal) is colour
    assert terminal(Screen(is_terminal), environment, choice).palette.enabled is colour


def test_a_dumb_terminal_is_not_drawn_on() -> None:
    assert not terminal(Screen(True), {"TERM": "dumb"}, "auto").live
    assert terminal(Screen(True), {"TERM": "xterm"}, "auto").live
    assert terminal(Screen(True), {}, "auto").size == (80, 24)  # no file behind it to ask
    assert terminal(Screen(False), {}, "auto").size[0] == 100
    assert not terminal(io.TextIOWrapper(io.BytesIO(), encoding="latin-1"), {}, "auto").unicode


def test_live_lines_below_notes() -> None:
    out = terminal(Screen(True), {}, "never")
    live = Live(out)
    live.draw(["bar 1", "bar 2"])
    live.draw(["bar 1", "bar 2"])  # nothing new: nothing written
    live.say([Note("a", "detail", detail=True)])
    live.say([Note("a", "runs", "busy")])
    live.draw([])
    assert out.stream.getvalue() == (  # type: ignore[attr-defined]
        "bar 1\nbar 2\n\x1b[2A\r\x1b[Ja: runs\nbar 1\nbar 2\n\x1b[2A\r\x1b[J"
    )


def test_where_nothing_can_be_drawn_details_are_lines() -> None:
    out = terminal(Screen(False), {}, "never")
    live = Live(out)
    live.draw(["bar"])
    live.say([Note("a", "runs"), Note("a", "read 10%", detail=True)])
    assert out.stream.getvalue() == "a: runs\na: read 10%\n"  # type: ignore[attr-defined]


def test_a_screen_that_is_filled_again() -> None:
    out = terminal(Screen(True), {}, "never")
    Live(out).fill([str(n) for n in range(100)])
    assert out.stream.getvalue().splitlines()[-2:] == ["22\x1b[K", "\x1b[J"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "width", "shown", "columns"),
    [
        ("日本の商品", 10, "日本の商品", 10),
        ("日本の商品", 9, "日本の商…", 9),
        ("日本の商品", 8, "日本の…", 7),
        ("citta\u0300", 5, "citta\u0300", 5),
        ("\x1b[31mfailed\x1b[0m today", 8, "\x1b[31mfailed\x1b[0m …", 8),
        ("\x1b[31mfailed today\x1b[0m", 8, "\x1b[31mfailed …\x1b[0m", 8),
    ],
)
def test_columns_are_counted_as_a_terminal_does(text: str, width: int, shown: str, columns: int) -> None:
    assert cut(text, width) == shown
    assert width_of(shown) == columns


def test_a_screen_is_no_higher_than_the_terminal_because_its_lines_are_no_wider() -> None:
    screen = terminal(Screen(is_terminal=True), {}, "never")
    columns, rows = screen.size
    Live(screen).fill(["the source acme-erp of Milano is paused " * 3] * (rows + 9))
    lines = screen.stream.getvalue().replace("\x1b[H", "").replace("\x1b[K", "").split("\n")  # type: ignore[attr-defined]
    assert [width_of(line) for line in lines[:-1]] == [columns] * (rows - 1)
