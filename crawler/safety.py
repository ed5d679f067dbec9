"""What the crawler refuses, and the names of its refusals."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class Refused(IgnoreRequest):
    """A request that we do not send, or an answer that we do not take.

    `reason` is the slug that the ledger keeps; asking again would be refused again.
    """

    def __init__(self, url: str, reason: str, detail: str = "") -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"{reason}: {url}" + (f" ({detail})" if detail else ""))
