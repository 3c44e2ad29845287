"""A small valid profile to begin tests with, and changes to its text."""

from textwrap import dedent

from sincro_scraper.profile import Profile, load_profile
from sincro_scraper.profile.streams import StreamSpec

SMALL = dedent(
    """\
    sincro: 1
    name: Test
    login:
      steps:
        - goto: /login
        - fill: label=User
          with: "{username}"
        - click: button=In
      success: text=Welcome
    streams:
      items:
        open: /items
        key: code
        total: "of ([0-9.]+)"
        paging: { by: next, click: link=Next }
        columns:
          code: Code
          name: { header: Name, required: true }
          amount: { header: Amount, type: decimal }
    """
)


def stream_of(text: str) -> StreamSpec:
    """The stream `items` of a profile whose stream is given as YAML, indented from nothing."""
    body = "\n".join("    " + line for line in dedent(text).strip().splitlines())
    return profile_of(f"sincro: 1\nname: Test\nstreams:\n  items:\n{body}\n").streams["items"]


def profile_of(text: str) -> Profile:
    return load_profile(text)


def changed(*changes: tuple[str, str]) -> str:
    """The small profile with texts replaced; each has to be there."""
    text = SMALL
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text
