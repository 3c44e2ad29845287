"""Errors as RFC 9457 problem details: the one shape in which the API says no.

Decided here: the kinds of problem, their status and title. Not here: when they occur.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:sincro:problem:"


class ProblemKind(Enum):
    """A kind of problem: its word in the type URI, its HTTP status, its title."""

    UNAUTHENTICATED = ("unauthenticated", 401, "Sign in")
    FORBIDDEN = ("forbidden", 403, "Not allowed")
    CROSS_SITE = ("cross-site", 403, "Not from our own pages")
    NOT_FOUND = ("not-found", 404, "Not found")
    METHOD_NOT_ALLOWED = ("method-not-allowed", 405, "Method not allowed")
    ALREADY_RUNNING = ("already-running", 409, "The same sync is already running")
    AMBIGUOUS_SOURCE = ("ambiguous-source", 409, "Several sources have this type")
    WRONG_STATE = ("wrong-state", 409, "Not possible in this state")
    TOO_LARGE = ("too-large", 413, "Too large")
    INVALID = ("invalid", 422, "The request is not valid")
    REFUSED = ("refused", 422, "The cluster refused the request")
    TOO_MANY = ("too-many-requests", 429, "Too many requests")
    UNEXPECTED = ("unexpected", 500, "Unexpected error")
    UNAVAILABLE = ("unavailable", 503, "Not available now")

    @property
    def word(self) -> str:
        """The last part of the type URI."""
        return self.value[0]

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.value[1]

    @property
    def title(self) -> str:
        """What is always true of this kind."""
        return self.value[2]


class InvalidPart(BaseModel):
    """One part of a request that is not valid."""

    where: str = Field(description="Where it stands, for example body.mode")
    message: str


class ProblemDetails(BaseModel):
    """What went wrong (RFC 9457). Further members depend on the type."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:sincro:problem:already-running",
                    "title": "The same sync is already running",
                    "status": 409,
                    "detail": "acme-customers-x7k2p is running. Wait for it, or ask again with queue=true.",
                    "taskId": "acme-customers-x7k2p",
                }
            ]
        },
    )

    type: str = Field(description="Which kind of problem, as a URI", examples=["urn:sincro:problem:already-running"])
    title: str = Field(description="The kind in words", examples=["The same sync is already running"])
    status: int = Field(description="The HTTP status", examples=[409])
    detail: str = Field(description="What happened this time, and what to do about it")


class Problem(Exception):
    """Raised where a request cannot be answered as asked; becomes the answer as it is."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def document(self) -> dict[str, Any]:
        """The answer's body."""
        return {
            **self.members,
            "type": _TYPE + self.kind.word,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
        }

    def response(self) -> JSONResponse:
        """The answer."""
        return JSONResponse(self.document(), self.kind.status, headers=self.headers, media_type=MEDIA_TYPE)


def documented(*kinds: ProblemKind) -> dict[int | str, Any]:
    """What OpenAPI says of these problems, by status; for the `responses` of a route."""
    responses: dict[int | str, Any] = {}
    for kind in kinds:
        schema = {"$ref": "#/components/schemas/ProblemDetails"}
        entry = responses.setdefault(kind.status, {"description": "", "content": {MEDIA_TYPE: {"schema": schema}}})
        said = f"{kind.title} (`{kind.word}`)"
        entry["description"] += f"; {said}" if entry["description"] else said
    return responses
