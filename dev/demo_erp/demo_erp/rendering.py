"""Templates to HTML. Decides only where the templates are and that everything is escaped."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

PRODUCT = "GestiMax"
COMPANY = "Forniture Brambilla & D'Angelo S.r.l."

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals.update(product=PRODUCT, company=COMPANY)


def render(template: str, **values: object) -> str:
    """The filled template. A value that the template wants and does not get is an error."""
    return _templates.get_template(template).render(**values)
