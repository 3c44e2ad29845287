"""What every resource of the group shares: names, references, conditions, and the metadata that Sincro reads."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sincro_contract.model import Observed

GROUP = "sincro.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

ObjectName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", min_length=1, max_length=253)
]
StreamName = Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", min_length=1, max_length=32)]
"""A stream of a profile: customers, orders, products, prices, or whatever else the profile declares."""
TimeZoneName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$", max_length=64)]
"""An IANA time zone."""
UserName = Annotated[str, StringConstraints(max_length=253)]
Message = Annotated[str, StringConstraints(max_length=1024)]


class Condition(Observed):
    """metav1.Condition."""

    type: str = Field(max_length=64)
    status: Literal["True", "False", "Unknown"]
    reason: str = Field(max_length=64)
    message: Message = ""
    last_transition_time: datetime
    observed_generation: int | None = None


class LastError(Observed):
    """The last error of a source, where people look first."""

    message: Message
    time: datetime
    type: str = Field(max_length=64, description="The stream whose sync failed")
    error_class: str = Field(default="", alias="class", max_length=64)
