"""What is read from fetched HTML besides rows: links that are followed, signs, values beside labels, encodings."""

import pytest

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.profile.locator import parse_locator
from sincro_scraper.reading.fetching import charset
from sincro_scraper.reading.following import is_disabled, request_of_link
from sincro_scraper.reading.html import parse_html, text_of
from sincro_scraper.reading.html_locators import find_nodes, node_to_click, sign_shown
from sincro_scraper.reading.labels import LabelledValues

PAGE = """
<form id=f action=go.aspx><input type=hidden name=__VIEWSTATE value=abc><input name=q value='x y'>
<input type=checkbox name=c checked><input type=checkbox name=d><input type=submit name=s value=Vai>
<select name=o><option value=1>a<option value=2 selected>b</select>
<a id=post href="javascript:__doPostBack('grid','Page$2')">2</a></form>
<a id=plain href="?p=2" title="Pagina dopo">Successiva</a> <a id=script href="javascript:next()">3</a>
<a id=hash href=#>4</a>
<ul><li class="page disabled"><a id=off href=x>»</a></li></ul><div class=disabled><a id=on href=x>a</a><a>b</a></div>
<a id=aria aria-disabled=true href=x>x</a><h2>Sistema in manutenzione</h2><button>Accedi</button>
<p hidden>Segreto</p><input type=password>
"""


@pytest.mark.parametrize(
    ("locator", "ids"),
    [
        *(("#plain", ["plain"]), ("css=a#off", ["off"]), ("id=plain", ["plain"]), ("link=successiva", ["plain"])),
        *(
            ('link="2"', ["post"]),
            ("title=dopo", ["plain"]),
            ("css=ul >> link=*", ["off"]),
            ("link=* >> nth=-1", ["aria"]),
        ),
        *(("link=nothing", []), ("label=x", []), ("text=Successiva", ["plain"]), ("link=* >> nth=99", [])),
    ],
)
def test_locators_without_a_browser(locator: str, ids: list[str]) -> None:
    nodes = find_nodes(parse_html(PAGE), parse_locator(locator))
    assert [node.attributes.get("id") for node in nodes] == ids


@pytest.mark.parametrize(
    ("signs", "shown"),
    [
        *((["text=manutenzione"], 0), (["heading=Sistema"], 0), (["css=input[type=password]"], 0), (["url=/login"], 0)),
        *((["status=503"], None), (["text=Segreto"], None), (["text=zz", "button=Accedi"], 1), (["url=*/other"], None)),
    ],
)
def test_signs_without_a_browser(signs: list[str], shown: int | None) -> None:
    found = sign_shown(parse_html(PAGE), "http://a/login?x=1", 200, signs)
    assert found == (None if shown is None else signs[shown])


def test_following_links() -> None:
    tree = parse_html(PAGE)

    def request(id_: str) -> object:
        (node,) = find_nodes(tree, parse_locator(f"id={id_}"))
        return request_of_link(node, "http://a/list?p=1")

    assert getattr(request("plain"), "url", None) == "http://a/list?p=2"
    assert request("script") is None
    assert request("hash") is None
    posted = request("post")
    assert (posted.url, posted.method) == ("http://a/go.aspx", "POST")  # type: ignore[attr-defined]
    assert posted.content == (  # type: ignore[attr-defined]
        b"__VIEWSTATE=abc&q=x+y&c=on&o=2&__EVENTTARGET=grid&__EVENTARGUMENT=Page%242"
    )


@pytest.mark.parametrize(("id_", "disabled"), [("plain", False), ("off", True), ("on", False), ("aria", True)])
def test_links_that_lead_nowhere(id_: str, disabled: bool) -> None:
    (node,) = find_nodes(parse_html(PAGE), parse_locator(f"id={id_}"))
    assert is_disabled(node) is disabled


DETAIL = """
<table><tr><th>Note:</th><td>prima<br>seconda</td></tr><tr><td>Fido</td><td>1.000</td></tr></table>
<dl><dt>Vettore</dt><dd>Poste</dd></dl><label for=m>E-mail</label><div><input id=m value=a@b.it></div>
<label>Attivo <input type=checkbox checked></label>
<div class=row><div><span>Agente</span></div><div>Rossi</div></div>
<p><b>Zona</b> <i>Nord</i></p><p><b>Doppio</b> <i>1</i></p><p><b>Doppio</b> <i>2</i></p>
<p><b>Uguale</b> <i>1</i></p><p><b>Uguale</b> <i>1</i></p>
"""


@pytest.mark.parametrize(
    ("label", "value"),
    [
        *(
            ("Note", "prima\nseconda"),
            ("fido", "1.000"),
            ("Vettore", "Poste"),
            ("E-mail", "a@b.it"),
            ("Attivo", "true"),
        ),
        *(("Agente", "Rossi"), ("Zona", "Nord"), ("Uguale", "1")),
    ],
)
def test_values_beside_labels(label: str, value: str) -> None:
    assert text_of(LabelledValues(parse_html(DETAIL)).node(label)) == value


@pytest.mark.parametrize(("label", "code"), [("Manca", "LabelMissing"), ("Doppio", "LabelAmbiguous")])
def test_labels_without_one_value(label: str, code: str) -> None:
    with pytest.raises(SchemaDrift) as caught:
        LabelledValues(parse_html(DETAIL)).node(label)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("declared", "data", "name"),
    [
        *(
            (None, b"<p>", "utf-8"),
            ("utf-8", b"", "utf-8"),
            ("ISO-8859-1", b"", "windows-1252"),
            ("nonsense", b"", "utf-8"),
        ),
        *(
            (None, b"<meta charset=windows-1250>", "windows-1250"),
            (None, b'<META content="x; charset=latin1">', "windows-1252"),
        ),
    ],
)
def test_encodings_as_browsers_understand_them(declared: str | None, data: bytes, name: str) -> None:
    assert charset(declared, data) == name


@pytest.mark.parametrize(
    ("locator", "href", "fitting"),
    [
        ("link=Next", "?p=2", 4),  # of several, the one that fits exactly, which stands above the list and below it
        ("link=Next steps", "/help", 1),
        ('link="2"', None, 2),  # exactly, and in two places that lead elsewhere
        ("link=ext", None, 4),
        ("css=a", "/help", 6),
        ("link=Forward", None, 0),
    ],
)
def test_which_link_a_click_means(locator: str, href: str | None, fitting: int) -> None:
    page = (
        "<a href='/help'>Next steps</a><a href='?p=2'>Next</a><a href='?p=3'>Next but one</a><a href='?p=2'>Next</a>"
        "<a href='/o/2'>2</a><a href='?p=2'>2</a>"
    )
    node, found = node_to_click(parse_html(page), locator)
    assert (node.attributes["href"] if node is not None else None, found) == (href, fitting)
