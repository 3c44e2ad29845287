"""Everything that can be wrong in a profile: found on its line, in words that say what to do."""

import pytest

from sincro_scraper.profile import ProfileError, load_profile
from tests.unit.scraper.profiles import SMALL, changed

PAGING = "paging: { by: next, click: link=Next }"
TOTAL = 'total: "of ([0-9.]+)"'
AMOUNT = "amount: { header: Amount, type: decimal }"

TABLE = [
    # what is changed, line, part of the message
    (("sincro: 1", "sincro: 2"), 1, "sincro: input should be 1"),
    (("name: Test\n", ""), 1, "name: is missing"),
    (("name: Test", "nam: Test"), 2, "nam: is not known here"),
    (("name: Test", "name: [a]"), 2, "name: input should be a valid string"),
    (("goto: /login", "gotto: /login"), 5, "login.steps[1]: a step has exactly one action: goto, fill"),
    (("goto: /login", "goto: /login\n      click: text=x"), 5, "a step has exactly one action"),
    (("fill: label=User", "fill: lable=User"), 6, "'lable' is not a kind of locator; did you mean 'label'?"),
    (("fill: label=User", "fill: label="), 6, "nothing stands after label="),
    (("fill: label=User", 'fill: ""'), 6, "at least 1 character"),
    (("fill: label=User", "fill: nth=x"), 6, "nth= takes a whole number"),
    (('with: "{username}"', 'wit: "{username}"'), 7, "wit: is not known here"),
    (('      with: "{username}"\n', ""), 6, "login.steps[2].with: is missing"),
    (("{username}", "{usrname}"), 7, "there is no placeholder {usrname}; did you mean {username}?"),
    (("{username}", "{username:%d}"), 7, "{username} takes no format"),
    (("  success: text=Welcome\n", ""), 3, "login.success: is missing"),
    (("text=Welcome", "css=#menu a, #user a"), 9, "'css=#menu a,' breaks off; write it in quotes"),
    (("text=Welcome", "status=9999"), 9, "status= takes an HTTP status"),
    (("text=Welcome", "[]"), 9, "login.success: tuple should have at least 1 item"),
    (("open: /items", "open: []"), 12, "open: tuple should have at least 1 item"),
    (("    open: /items\n", ""), 11, "open: is missing"),
    (("key: code", "key: cod"), 11, "key: there is no column 'cod'; columns are code, name, amount"),
    (("key: code", "key: [code, code]"), 11, "key: a column stands there twice"),
    (
        ("streams:\n", "streams:\n  more: { open: /more, key: a, columns: { a: A }, table: items }\n"),
        10,
        "streams: more and items fill one table, items, and would delete each other's rows",
    ),
    (("key: code", "key: []"), 13, "key: value should have at least 1 item"),
    (('"of ([0-9.]+)"', '"of ([0-9.]+"'), 14, "is not a regular expression"),
    (('"of ([0-9.]+)"', '"of [0-9.]+"'), 14, "needs exactly one group in brackets"),
    ((TOTAL, "total: {}"), 14, "total needs at, pattern or field"),
    ((TOTAL, "total: { field: a, at: b }"), 14, "total is found in one way"),
    ((TOTAL, "total: { at: 'a >> b' }"), 14, "'a >> b' is not a CSS selector"),
    (("by: next", "by: nxt"), 15, "'nxt' is not one of 'none', 'next', 'page'"),
    (("{ by: next, click: link=Next }", "{ click: link=Next }"), 15, "say by which means"),
    (("click: link=Next", "clik: link=Next"), 15, "clik: is not known here"),
    ((PAGING, "paging: { by: page, first: 2 }"), 15, "first: input should be less than or equal to 1"),
    ((PAGING, "paging: { by: offset }"), 15, "size: is missing"),
    ((PAGING, "paging: { by: cursor, field: next }"), 11, "paging by cursor is not possible with transport dom"),
    (("code: Code", "Code: Code"), 17, "string should match pattern"),
    (("code: Code", "code: {}"), 11, "columns: code: say where it is: header or at"),
    (("open: /items", "open: /items\n    detail: { columns: { x: { at: b } } }"), 13, "needs either link or address"),
    (
        ("open: /items", "open: /items\n    detail: { address: '/i/{cod}', columns: { x: { at: b } } }"),
        11,
        "detail: address: there is no column 'cod'; columns are code, name, amount",
    ),
    (("code: Code", "code: { label: Code }"), 11, "label is for detail pages"),
    (("code: Code", "code: { field: code }"), 11, "field is for JSON"),
    (("code: Code", "code: { header: Code, at: 'td >' }"), 17, "is not a CSS selector"),
    (("code: Code", "code: { header: Code, label: x }"), 17, "a column is found in one way, not by"),
    (("type: decimal", "type: decimel"), 19, "'integer', 'decimal', 'money'"),
    (("type: decimal", "type: enum"), 19, "a column of type enum needs values"),
    (("type: decimal", "type: enum, values: {}"), 19, "at least 1 item"),
    (("type: decimal", "values: { a: b }"), 19, "values is for columns of type enum or boolean"),
    (("type: decimal", "type: boolean, values: { a: b }"), 19, "'a' has to stand for true or false, not 'b'"),
    (("type: decimal", "type: enum, values: { a: true }"), 19, "'a' has to stand for text, not True"),
    (("type: decimal", "format: yyyy"), 19, "format is for columns of type date or datetime"),
    (("type: decimal", "currency: EUR"), 19, "currency is for columns of type money"),
    (("type: decimal", "locale: xx-XX"), 19, "there is no grammar for the locale 'xx-XX'"),
    (("type: decimal", "type: date, format: yyyy-QQ-dd"), 19, "which means nothing"),
    (("open: /items", "open: /items\n    transport: xhr"), 11, "response belongs to transport xhr, which needs it"),
    (("open: /items", "open: /items\n    transport: pdf"), 11, "export belongs to the transports pdf, csv and xlsx"),
    (("open: /items", "open: /items\n    export: /x"), 11, "export belongs to the transports"),
    (("open: /items", "open: /items\n    rows: 'tr:visible'"), 13, "'tr:visible' is not a CSS selector"),
    (("open: /items", "open: /items\n    quarantine: 2"), 13, "less than or equal to 1"),
    (("open: /items", "open: /items\n    deletions: always"), 13, "deletions"),
    (("open: /items", "open: /items\n    delta: { by: sorted, open: /x }"), 13, "a delta by sorted needs column"),
    (("open: /items", "open: /items\n    delta: { by: filter, open: /x, column: name }"), 11, "has to be a date"),
    (
        ("open: /items", "open: /items\n    delta: { by: filter, open: /x, column: nam }"),
        11,
        "there is no column 'nam'",
    ),
    (("open: /items", "open: /items\n    delta: { by: filter, open: /x, lag: 10 min }"), 13, "lag"),
    (("open: /items", "open: /items\n    detail: { link: a, columns: { x: X } }"), 11, "found by label or at"),
    (
        ("open: /items", "open: /items\n    detail: { link: a, columns: { name: { at: b } } }"),
        11,
        "has a column 'name'",
    ),
    (("open: /items", "open: /items\n    open: /other"), 13, "'open' stands here twice"),
    (("streams:", "streams: {}\nother:"), 10, "streams"),
    (("  items:", "  Items:"), 11, "streams.Items: string should match pattern"),
    (("name: Test", "name: 'Test"), 2, "not valid YAML"),
    (("name: Test", "name: *x"), 2, "not valid YAML"),
    (("name: Test", "name: \tTest: x"), 2, "not valid YAML"),
    (("login:", "manners: { concurrency: 0 }\nlogin:"), 3, "greater than or equal to 1"),
    (("login:", "manners: { gentle: { start: '8', end: '18:00', requestsPerSecond: 1 } }\nlogin:"), 3, "start"),
    (("login:", "manners: { timeout: soon }\nlogin:"), 3, "timeout"),
    (("login:", "signs: { loading: 'text=x y z]' }\nlogin:"), 3, "is not a CSS selector"),
]


@pytest.mark.parametrize(("change", "line", "message"), TABLE, ids=[entry[0][1][:40] for entry in TABLE])
def test_a_problem_has_its_line_and_says_what_to_do(change: tuple[str, str], line: int, message: str) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(changed(change))
    problems = caught.value.problems
    assert any(message in f"{p.path}: {p.message}" for p in problems), caught.value.report()
    assert line in {problem.line for problem in problems}, caught.value.report()
    assert caught.value.exit_code == 20


def test_the_small_profile_is_valid() -> None:
    assert list(load_profile(SMALL).streams) == ["items"]


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = changed(("label=User", "lable=User"), ("by: next", "by: nxt"), ("type: decimal", "type: number"))
    with pytest.raises(ProfileError) as caught:
        load_profile(text)
    assert [problem.line for problem in caught.value.problems] == [6, 15, 19]
    assert caught.value.message.startswith("The profile has 3 problems: line 6, column 7: login.steps[2].fill: ")


@pytest.mark.parametrize("text", ["", "# nothing", "[]", "text", "1", "null", "\x00", "a: \ud800"])
def test_what_is_no_profile_at_all(text: str) -> None:
    with pytest.raises(ProfileError):
        load_profile(text)


def test_a_document_that_is_nested_without_end() -> None:
    with pytest.raises(ProfileError, match="nested too deeply"):
        load_profile("[" * 100_000)


def test_aliases_that_multiply() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in range(1, 9):
        bomb += f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n"
    with pytest.raises(ProfileError, match="larger than any application needs"):
        load_profile(bomb)


def test_an_alias_to_itself() -> None:
    with pytest.raises(ProfileError, match="refers to itself"):
        load_profile("a: &a [*a]")
