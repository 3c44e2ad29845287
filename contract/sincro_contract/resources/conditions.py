"""What every resource of the group shares: names, references, conditions, and the metadata that Sincro reads."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sincro_contract.model import Observed
from sincro_contract.rules import Explained, Rule

GROUP = "sincro.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

ObjectName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", min_length=1, max_length=253),
    Explained("must be the name of an object: lower case letters, digits, '-' and '.', a letter or digit at both ends"),
]
KeyName = Annotated[
    str,
    StringConstraints(pattern=r"^[-._a-zA-Z0-9]+$", min_length=1, max_length=253),
    Explained("must be a key of a Secret or ConfigMap: letters, digits, '-', '_' and '.'"),
]
StreamName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", min_length=1, max_length=32),
    Explained("must be the name of a stream of the profile, such as customers: lower case letters, digits and '-'"),
]
"""A stream of a profile: customers, orders, products, prices, or whatever else the profile declares."""
TimeZoneName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$", max_length=64),
    Explained("must be an IANA time zone, such as Europe/Rome"),
    # An unknown zone ends the evaluation with an error that names it; `Local` would mean the API server's own zone.
    Rule(
        "self != 'Local' && timestamp('2026-01-01T00:00:00Z').getHours(self) >= 0",
        "must be an IANA time zone that exists, such as Europe/Rome",
    ),
]
"""An IANA time zone."""
UserName = Annotated[str, StringConstraints(max_length=253)]
Message = Annotated[str, StringConstraints(max_length=1024)]


class Condition(Observed):
    """One statement about the object that is true, false or unknown, with the reason and since when."""

    type: str = Field(max_length=64, description="What the statement is about, for example Ready")
    status: Literal["True", "False", "Unknown"] = Field(description="Whether it holds: True, False or Unknown")
    reason: str = Field(max_length=64, description="Why, in one word for programs")
    message: Message = Field(default="", description="Why, in a sentence for people")
    last_transition_time: datetime = Field(description="Since when the status is what it is")
    observed_generation: int | None = Field(default=None, description="The generation of the spec that was looked at")


Conditions = Annotated[
    list[Condition],
    Field(
        max_length=16,
        description="What holds about the object now",
        json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
    ),
]


class LastError(Observed):
    """The last error of a source, where people look first."""

    message: Message = Field(description="What went wrong and what to do about it")
    time: datetime = Field(description="When it went wrong")
    type: str = Field(max_length=64, description="The stream whose sync failed")
    error_class: str = Field(
        default="", alias="class", max_length=64, description="What kind of error, for example CredentialsRejected"
    )
