"""The JSON schema of profiles, for an editor's completion. Nothing is decided here: the models say it all."""

from typing import Any

from sincro_scraper.profile.model import Profile

SCHEMA_ID = "https://sincro.dev/schemas/profile-1.json"


def profile_schema() -> dict[str, Any]:
    """The schema as JSON-ready values (draft 2020-12)."""
    schema = Profile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}
