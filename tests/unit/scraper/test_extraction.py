"""One page of HTML -> rows of texts: the shapes that applications give their lists."""

import pytest

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.localisation import locale_named
from sincro_scraper.reading.extraction import PageOfRows, PageReader
from tests.unit.scraper.profiles import stream_of

ITALIAN = locale_named("it-IT")
BASE = """
    open: /items
    key: code
    columns: { code: Codice, city: Città }
"""


def read(html: str, stream: str = BASE) -> PageOfRows:
    return PageReader(stream_of(stream), ITALIAN).read(html)


HEAD = "<thead><tr><th>Codice</th><th>Città</th></tr></thead>"
ROWS = [("1", "Roma"), ("2", None)]

SHAPES = {
    "thead and tbody": f"<table>{HEAD}<tbody><tr><td>1<td>Roma<tr><td>2<td></table>",
    "headings in td": "<table><tr><td>Codice</td><td>Città</td></tr><tr><td>1<td>Roma<tr><td>2<td>&nbsp;</table>",
    "columns the other way round": "<table><tr><th>Città<th>Codice<tr><td>Roma<td>1<tr><td><td>2</table>",
    "more columns": "<table><tr><th><th>Codice<th>X<th>Città<tr><td>a<td>1<td>b<td>Roma<tr><td><td>2<td><td></table>",
    "sort arrows": "<table><tr><th>Codice ▲<th> Città*<tr><td>1<td>Roma<tr><td>2<td></table>",
    "another case": "<table><tr><th>CODICE<th>città:<tr><td>1<td>Roma<tr><td>2<td></table>",
    "a title row above": "<table><tr><td colspan=2>Elenco<tr><th>Codice<th>Città<tr><td>1<td>Roma<tr><td>2<td></table>",
    "groups of headings": "<table><thead><tr><th rowspan=2>Codice<th colspan=2>Sede<tr><th>Via<th>Città</thead>"
    "<tr><td>1<td>x<td>Roma<tr><td>2<td>x<td></table>",
    "a footer": f"<table>{HEAD}<tbody><tr><td>1<td>Roma<tr><td>2<td></tbody><tfoot><tr><td>Tot<td>2</tfoot></table>",
    "row headings": f"<table>{HEAD}<tr><th>1</th><td>Roma</td></tr><tr><th>2</th><td></td></tr></table>",
    "two tables": f"<table><tr><th>Altro<tr><td>9</table><table>{HEAD}<tr><td>1<td>Roma<tr><td>2<td></table>",
    "a table around": f"<table><tr><td><table>{HEAD}<tr><td>1<td>Roma<tr><td>2<td></table></table>",
    "a table inside": f"<table>{HEAD}<tr><td>1<td>Roma<tr><td>2<td><table><tr><td></table></table>",
    "a copy of the headings": f"<table>{HEAD}</table><table>{HEAD}<tr><td>1<td>Roma<tr><td>2<td></table>",
    "hidden rows and cells": "<table><tr><th>Codice<th style='display: none'>Id<th>Città"
    "<tr hidden><td>9<td>9<td>9<tr><td>1<td style='display:none'>7<td>Roma<tr><td>2<td hidden>8<td></table>",
    "an ARIA grid": "<div role=grid><div role=row><span role=columnheader>Codice</span><span role=columnheader>Città"
    "</span></div><div role=row><span role=gridcell>1</span><span role=gridcell>Roma</span></div>"
    "<div role=row><span role=gridcell>2</span><span role=gridcell></span></div></div>",
    "a grid with groups": "<div role=table><div role=rowgroup><div role=row><b role=columnheader>Codice</b>"
    "<b role=columnheader>Città</b></div></div><div role=rowgroup><div role=row><div><i role=cell>1</i></div>"
    "<div><i role=cell>Roma</i></div></div><div role=row><div><i role=cell>2</i></div><div><i role=cell></i></div>"
    "</div></div></div>",
    "a grid in pieces": "<div role=grid>"
    "<div role=row aria-rowindex=1><b role=columnheader aria-colindex=1>Codice</b></div>"
    "<div role=row aria-rowindex=1><b role=columnheader aria-colindex=2>Città</b></div>"
    "<div role=row aria-rowindex=3><i role=gridcell aria-colindex=1>2</i></div>"
    "<div role=row aria-rowindex=2><i role=gridcell aria-colindex=1>1</i></div>"
    "<div role=row aria-rowindex=3><i role=gridcell aria-colindex=2></i></div>"
    "<div role=row aria-rowindex=2><i role=gridcell aria-colindex=2>Roma</i></div></div>",
    "numbered cells out of order": "<div role=grid><div role=row><b role=columnheader aria-colindex=2>Città</b>"
    "<b role=columnheader aria-colindex=1>Codice</b></div><div role=row><i role=gridcell aria-colindex=1>1</i>"
    "<i role=gridcell aria-colindex=2>Roma</i></div><div role=row><i role=gridcell aria-colindex=2></i>"
    "<i role=gridcell aria-colindex=1>2</i></div></div>",
    "numbered headings with a group over some": "<div role=grid><div role=row aria-rowindex=1>"
    "<b role=columnheader aria-colindex=2 aria-colspan=2>Sede</b></div><div role=row aria-rowindex=2>"
    "<b role=columnheader aria-colindex=1>Codice</b><b role=columnheader aria-colindex=2>Via</b>"
    "<b role=columnheader aria-colindex=3>Città</b></div>"
    "<div role=row aria-rowindex=3><i role=gridcell aria-colindex=1>1</i><i role=gridcell aria-colindex=2>x</i>"
    "<i role=gridcell aria-colindex=3>Roma</i></div>"
    "<div role=row aria-rowindex=4><i role=gridcell aria-colindex=1>2</i>"
    "<i role=gridcell aria-colindex=2>y</i><i role=gridcell aria-colindex=3></i></div></div>",
    "one number for two rows": "<div role=grid><div role=row><b role=columnheader>Codice</b>"
    "<b role=columnheader>Città</b></div><div role=row aria-rowindex=1><i role=gridcell aria-colindex=1>1</i>"
    "<i role=gridcell aria-colindex=2>Roma</i></div>"
    "<div role=row aria-rowindex=1><i role=gridcell aria-colindex=1>2</i>"
    "<i role=gridcell aria-colindex=2></i></div></div>",
    "a button for more below the rows": f"<table>{HEAD}<tr><td>1<td>Roma<tr><td>2<td>"
    "<tr><td colspan=2><button>Altri</button></table>",
    "scripts and comments": f"<table>{HEAD}<tr><td>1<script>x</script><td><!-- a -->Roma<tr><td>2<td></table>",
}


@pytest.mark.parametrize("html", SHAPES.values(), ids=SHAPES.keys())
def test_tables_are_found_by_their_headings(html: str) -> None:
    assert list(read(html).rows) == ROWS


def test_columns_that_a_grid_does_not_draw_are_named_as_that() -> None:
    html = "<div role=grid aria-colcount=9><div role=row><b role=columnheader>Codice</b></div></div>"
    with pytest.raises(SchemaDrift, match=r"1 of the grid's 9 columns are drawn: make the window wider"):
        read(html)


CELLS = [
    ("<i aria-checked=true></i>", "true"),
    ("<svg aria-checked=false></svg>", "false"),
    ("  a \n  b\t c ", "a b c"),
    ("a<br>b<br/>c", "a\nb\nc"),
    ("<p>a</p><p>b</p>", "a\nb"),
    ("<div>a</div><div></div><div>b</div>", "a\nb"),
    ("a&nbsp;b", "a b"),
    ("&nbsp;", None),
    ("", None),
    ("<b>a</b><i>b</i>", "ab"),
    ("&lt;x&gt; &amp; &#39;", "<x> & '"),
    ("<input value='7'>", "7"),
    ("<input type=hidden value=7>", None),
    ("<input type=checkbox checked>", "true"),
    ("<input type=checkbox>", "false"),
    ("<input type=checkbox checked> Nome", "Nome"),
    ("<select><option>a<option selected>b</select>", "b"),
    ("<select><option>a<option>b</select>", "a"),
    ("<textarea>a\nb</textarea>", "a b"),
    ("<img src=x alt=True>", "True"),
    ("<img src=x alt=Logo> Rossi", "Rossi"),
    ("<span aria-label='Sì'></span>", "Sì"),
    ("<style>.x{}</style>a<script>b</script>", "a"),
]


@pytest.mark.parametrize(("cell", "text"), CELLS)
def test_a_cell_reads_as_a_person_sees_it(cell: str, text: str | None) -> None:
    page = read(f"<table>{HEAD}<tr><td>1</td><td>{cell}</td></tr></table>")
    assert page.rows == (("1", text),)


def test_a_single_message_in_place_of_rows_is_an_empty_list() -> None:
    assert read(f"<table>{HEAD}<tr><td colspan=2>Nessun dato</table>").rows == ()


def test_a_message_among_rows_is_not_passed_over() -> None:
    with pytest.raises(SchemaDrift) as caught:
        read(f"<table>{HEAD}<tr><td>1<td>Roma<tr><td>Totale</table>")
    assert caught.value.code == "RowShape"
    assert "row 2" in caught.value.message


def test_rows_can_be_left_out() -> None:
    stream = BASE + "    skip: tr.gruppo\n"
    assert read(f"<table>{HEAD}<tr class=gruppo><td>G<tr><td>1<td>Roma</table>", stream).rows == (("1", "Roma"),)


@pytest.mark.parametrize(
    ("html", "code", "words"),
    [
        ("<p>niente</p>", "HeaderMissing", ["'Codice', 'Città'", "no table at all"]),
        ("<table><tr><th>Codice<th>Luogo<tr><td>1<td>2</table>", "HeaderMissing", ["'Città'", "found: Codice | Luogo"]),
        (f"<table>{HEAD}<tr><td>1<td>2</table><table>{HEAD}<tr><td>1<td>2</table>", "TableAmbiguous", ["2 tables"]),
        ("<table><tr><th>Codice<th>Città<th>Città<tr><td>1<td>2<td>3</table>", "HeaderTwice", ["'Città'"]),
    ],
)
def test_drift_shows_what_was_expected_and_found(html: str, code: str, words: list[str]) -> None:
    with pytest.raises(SchemaDrift) as caught:
        read(html)
    assert caught.value.code == code
    for word in words:
        assert word in caught.value.message


def test_headings_that_no_column_names_may_be_forbidden() -> None:
    html = "<table><tr><th>Codice<th>Città<th>Nuova<tr><td>1<td>2<td>3</table>"
    assert read(html).rows == (("1", "2"),)
    with pytest.raises(SchemaDrift, match="'Nuova' was not in the profile"):
        read(html, BASE + "    extraHeaders: error\n")


CARDS = """
    open: /items
    key: code
    rows: .card
    columns:
      code: { at: a, attribute: href }
      city: { at: .city, without: .badge }
      kind: { attribute: data-kind }
"""


def test_cards() -> None:
    html = (
        "<div class=card data-kind=x><a href=/1>Uno</a><span class=city>Roma <b class=badge>3</b></span></div>"
        "<div class=card><a href=/2>Due</a></div>"
    )
    assert read(html, CARDS).rows == (("/1", "Roma", "x"), ("/2", None, None))


def test_an_element_inside_the_cell_of_a_heading() -> None:
    stream = BASE.replace("city: Città", "city: { header: Città, at: em }")
    html = f"<table>{HEAD}<tr><td>1<td>x <em>Roma</em></table>"
    assert read(html, stream).rows == (("1", "Roma"),)


def test_headings_in_another_table() -> None:
    stream = BASE + "    headers: .head th\n    rows: .body tr\n"
    html = "<table class=head><tr><th>Città<th>Codice</table><table class=body><tr><td>Roma<td>1</table>"
    assert read(html, stream).rows == (("1", "Roma"),)


@pytest.mark.parametrize(
    ("total", "html", "value"),
    [
        ('"di ([0-9.]+)"', "<p>1-50 di <b>1.234</b> righe</p>", 1234),
        ('"di ([0-9.]+)"', "<p>nessuna riga</p>", None),
        ("{ at: .n }", "<p class=n> 7 </p>", 7),
        ("{ at: .n }", "<p class=n></p>", None),
        ('{ at: .n, pattern: "(\\\\d+) in" }', "<p>9 in</p><p class=n>8 in tutto</p>", 8),
    ],
)
def test_the_declared_total(total: str, html: str, value: int | None) -> None:
    page = read(f"{html}<table>{HEAD}<tr><td>1<td>Roma</table>", BASE + f"    total: {total}\n")
    assert page.total == value


def test_a_total_that_is_no_number_of_this_locale() -> None:
    with pytest.raises(SchemaDrift) as caught:
        read(f"<p>di 1,234</p><table>{HEAD}</table>", BASE + '    total: "di ([0-9.,]+)"\n')
    assert caught.value.code == "TotalUnreadable"


def test_links_to_detail_pages() -> None:
    stream = BASE + "    detail: { link: a, columns: { note: { label: Note } } }\n"
    html = f"<table>{HEAD}<tr><td><a href=d?1>1</a><td>Roma<tr><td>2<td></table>"
    assert read(html, stream).links == ("d?1", None)


SPANS = {
    "a wide cell before the columns that are read": (
        "<tr><th>Codice<th>X<th>Città<th>Note<tr><td colspan=2>1<td>Roma<td>n",
        (("1", "Roma"),),
    ),
    "a cell that reaches down, beside the columns that are read": (
        "<tr><th>Cliente<th>Codice<th>Città<th>Note"
        "<tr><td rowspan=2>A<td>1<td>Roma<td>n<tr><td>2<td>Bari<td>m<tr><td>B<td>3<td>Pisa<td>o",
        (("1", "Roma"), ("2", "Bari"), ("3", "Pisa")),
    ),
    "a cell that reaches down counts for every row": (
        "<tr><th>Codice<th>Città<tr><td>1<td rowspan=2>Roma<tr><td>2<tr><td>3<td>Pisa",
        (("1", "Roma"), ("2", "Roma"), ("3", "Pisa")),
    ),
    "it reaches over a row that is none": (
        "<tr><th>Città<th>Codice<th>Note<tr><td rowspan=3>Roma<td>1<td>n<tr class=sum><td>9<td>9<tr><td>2<td>n"
        "<tr><td>Pisa<td>3<td>n",
        (("1", "Roma"), ("2", "Roma"), ("3", "Pisa")),
    ),
    "it ends with its part of the table": (
        "<thead><tr><th>Città<th>Codice</thead><tbody><tr><td rowspan=5>Roma<td>1</tbody><tbody><tr><td>Bari<td>2",
        (("1", "Roma"), ("2", "Bari")),
    ),
}


@pytest.mark.parametrize("name", SPANS)
def test_cells_that_span_columns_or_rows_move_nothing(name: str) -> None:
    html, rows = SPANS[name]
    assert read(f"<table>{html}</table>", BASE + "    skip: tr.sum\n").rows == rows
