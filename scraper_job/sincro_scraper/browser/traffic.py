"""What the page's own requests came to: the last document's status, failures since a moment, dialogs that popped up.

Only listens. What a failure means for the run is decided by whoever asks.
"""

from dataclasses import dataclass, field

from playwright.async_api import Dialog, Page, Request, Response

_WATCHED = frozenset({"document", "xhr", "fetch"})


_REMEMBERED = 200


@dataclass(frozen=True)
class Answer:
    """A response that matters: its address without parameters, status, and Retry-After in seconds where it was sent."""

    url: str
    status: int
    retry_after: int | None = None

    @property
    def failed(self) -> bool:
        """The source says that it cannot, now."""
        return self.status >= 500 or self.status == 429


@dataclass
class Traffic:
    """Listens to one page. `failures` and `dialogs` are forgotten by `mark`."""

    document: Answer | None = None
    failures: list[Answer] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    pending: int = 0

    def listen(self, page: Page) -> None:
        """Begin to listen."""
        page.on("response", lambda response: self._on_response(page, response))
        page.on("request", self._on_request)
        page.on("requestfinished", self._on_end)
        page.on("requestfailed", self._on_failed)
        page.on("dialog", self._on_dialog)

    def mark(self) -> None:
        """Forget what happened so far: a new action begins."""
        self.failures.clear()
        self.dialogs.clear()
        self.refused.clear()
        self.fetched.clear()

    def _on_response(self, page: Page, response: Response) -> None:
        if response.request.resource_type not in _WATCHED:
            return
        answer = Answer(
            response.url.partition("?")[0], response.status, retry_after(response.headers.get("retry-after"))
        )
        if response.request.resource_type == "document" and response.frame == page.main_frame:
            self.document = answer
        elif len(self.fetched) < _REMEMBERED:
            self.fetched.append(answer.url)
        if answer.failed:
            self.failures.append(answer)

    def _on_request(self, request: Request) -> None:
        self.pending += request.resource_type in _WATCHED

    def _on_end(self, request: Request) -> None:
        self.pending -= request.resource_type in _WATCHED

    def _on_failed(self, request: Request) -> None:
        if request.resource_type in _WATCHED:
            self.pending -= 1
            self.refused.append(f"{request.url.partition('?')[0]}: {request.failure or 'failed'}")

    async def _on_dialog(self, dialog: Dialog) -> None:
        if dialog.type == "beforeunload":
            # "Leave this page?" is asked because a step leads away; to dismiss it would be to stay.
            await dialog.accept()
            return
        self.dialogs.append(dialog.message)
        await dialog.dismiss()


def retry_after(header: str | None) -> int | None:
    """Retry-After as seconds; the form with a date is rare and counts as not sent."""
    return int(header) if header and header.isdecimal() and len(header) < 7 else None
