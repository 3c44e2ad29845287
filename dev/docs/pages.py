"""Which pages docs/reference/ has, and what makes each. Nothing else is decided here."""

from collections.abc import Callable, Mapping

from dev.docs import api, command_line, contract, errors, metrics, profile, resources, settings

PAGES: Mapping[str, Callable[[], str]] = {
    "resources.md": resources.page,
    "errors.md": errors.page,
    "run.md": contract.page,
    "profile-schema.md": profile.page,
    "scraper-cli.md": command_line.page,
    "settings.md": settings.page,
    "metrics.md": metrics.page,
    "api.md": api.page,
}
"""File name -> what makes its text."""
