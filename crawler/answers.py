"""What a server's answer, or the lack of one, means for the link that was requested."""

from __future__ import annotations

from datetime import datetime

from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.page import Page, PageProblem, Wall
from pipelines.storage.ledger import LinkState

# 401 and 403 are what a ban of our address looks like: such links fail, and are tried again with back-off.
_STATE_OF_STATUS = {402: LinkState.BLOCKED, 451: LinkState.BLOCKED, 404: LinkState.GONE, 410: LinkState.GONE}
_LONGEST_HEADER = 512
_REASON_OF_FAILURE = {
    "DownloadTimeoutError": "timeout",
    "DownloadCancelledError": "too-large",
    "ResponseDataLossError": "truncated",
    "CannotResolveHostError": "unknown-host",
    "DownloadConnectionRefusedError": "connection-refused",
    "DownloadFailedError": "connection-lost",
    "IgnoreRequest": "too-many-redirects",
    "ValueError": "bad-redirect",
}


def page_of(response: Response, fetched_at: datetime) -> Page:
    """The answer as a page to be read."""
    return Page.from_body(
        response.url,
        response.body,
        content_type=header(response, "Content-Type"),
        headers={
            name.decode("latin-1"): b", ".join(values).decode("latin-1")
            for name, values in dict.items(response.headers)
        },
        fetched_at=fetched_at,
    )


def conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """Headers that let a server answer 304."""
    known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in known.items() if value}


def is_unchanged(response: Response) -> bool:
    """Whether the answer is a 304 to who asked for one; unasked it is a fault of the server."""
    headers = response.request.headers if response.request else {}
    return response.status == 304 and ("If-None-Match" in headers or "If-Modified-Since" in headers)


def header(response: Response, name: str) -> str | None:
    """A header as text, None where the answer has none, or one that is no header's business to hold.

    What is kept of it goes into rows, requests and terminals.
    """
    text = (response.headers.get(name) or b"").decode("latin-1")
    return text if text and text.isprintable() and len(text) <= _LONGEST_HEADER else None


def refusal(response: Response, now: datetime) -> tuple[LinkState, str]:
    """State and reason for an answer that is not 200. Guards send their challenges with 403 or 503."""
    state = _STATE_OF_STATUS.get(response.status, LinkState.FAILED)
    if state is not LinkState.GONE:
        from crawler.page_problems import diagnosis  # most runs meet no refusal

        try:
            wall = diagnosis(page_of(response, now))
        except PageProblem:
            wall = None
        if isinstance(wall, Wall):
            return LinkState.FAILED, wall.reason
    return state, f"http-{response.status}"


def failure_reason(failure: Failure) -> str:
    """A slug for why a request brought no answer."""
    reason = getattr(failure.value, "reason", None)
    if isinstance(reason, str) and reason:
        return reason
    return _REASON_OF_FAILURE.get(type(failure.value).__name__, type(failure.value).__name__)
