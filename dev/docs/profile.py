"""The page of the profile language's words, from its JSON schema. How to use them: docs/profile.md."""

from dev.docs.markdown import head, section, table
from dev.docs.schema import FIELD_HEADER, definitions, flat_rows, words
from sincro_scraper.profile.schema import profile_schema

_INTRODUCTION = """
Every word of a profile, by part. [Writing a profile](../profile.md) explains them; `sincro-scraper schema` prints the
JSON schema that this page is made from, for an editor.
"""


def page() -> str:
    """All parts of a profile."""
    schema = profile_schema()
    every_step = words(schema["properties"]["logout"])
    body = section("Profile", table(FIELD_HEADER, flat_rows(schema)), definitions(schema))
    body = body.replace(every_step, "list of [steps](../profile.md#steps)")
    return head("Profile schema", "scraper_job/sincro_scraper/profile", _INTRODUCTION) + body
