"""What the crawler refuses to fetch, checked before a request and again where the connection is made.

Redirects, robots.txt, sitemaps and canonical addresses pass here too, as all that the downloader sends.
"""

from __future__ import annotations

import logging
import resource
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest, NotConfigured

from crawler.addresses import is_public, literal_address

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

DEFAULT_PORTS = {"http": 80, "https": 443}


class Refused(IgnoreRequest):
    """A request that we do not send, or an answer that we do not take.

    `reason` is the slug that the ledger keeps; asking again would be refused again.
    """

    def __init__(self, url: str, reason: str, detail: str = "") -> None:
        self.url = url
        self.reason = reason
        super().__init__(f"{reason}: {url}" + (f" ({detail})" if detail else ""))


class LeadsInside(Exception):
    """A name means an address that we do not connect to; later it may mean its own again.

    A filtering or broken name server answers so for all names, for an hour.
    """

    reason = "address"

    def __init__(self, url: str, address: str) -> None:
        self.url = url
        super().__init__(f"{url}: its name means {address}")


class TooSlow(DownloadTimeoutError):
    """The answer came in drops; another time it may come faster."""

    reason = "too-slow"


class Origin(NamedTuple):
    """Scheme, host and port of a server that the operator named, as a URL means them."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Origin:
        """The origin of an http or https URL; raises ValueError for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise ValueError(f"not an http or https address: {url!r}")
        return cls(parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme])


@dataclass(frozen=True, slots=True)
class Guard:
    """Where this crawl may connect: public addresses on web ports, and one origin that the operator named."""

    ports: frozenset[int] = frozenset(DEFAULT_PORTS.values())
    origin: Origin | None = None

    @classmethod
    def of(cls, crawler: Crawler) -> Guard:
        """The guard of a crawl whose spider may have been started with `-a origin=http://127.0.0.1:8000`."""
        origin = getattr(crawler.spider, "origin", None)
        ports = frozenset(int(port) for port in crawler.settings.getlist("ALLOWED_PORTS"))
        return cls(ports, Origin.of(origin) if origin else None)

    def check_url(self, url: str) -> None:
        """Raise Refused unless the URL is http(s), on an allowed port, and its host no private address.

        What a name resolves to is for `check_address`.
        """
        try:
            if urlsplit(url).scheme not in DEFAULT_PORTS:
                raise Refused(url, "scheme")
            asked = Origin.of(url)
        except ValueError as error:
            raise Refused(url, "address", str(error)) from error
        if asked == self.origin:
            return
        if asked.port not in self.ports:
            raise Refused(url, "port", str(asked.port))
        literal = literal_address(asked.host)
        if literal is not None and not is_public(literal):
            raise Refused(url, "address", literal)

    def check_address(self, address: str, port: int) -> None:
        """Raise Refused unless this numeric address may be connected to."""
        if port not in self.ports:
            raise Refused(f"{address}:{port}", "port")
        if not is_public(address):
            raise Refused(f"{address}:{port}", "address")


class RefuseUnsafe:
    """Downloader middleware, before all others: an unsafe link costs no robots.txt request and no waiting."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._guard: Guard | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RefuseUnsafe:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if self._guard is None:  # the spider is not there when middlewares are made
            self._guard = Guard.of(self._crawler)
        try:
            self._guard.check_url(request.url)
        except Refused as refusal:
            self._crawler.stats.inc_value(f"safety/refused/{refusal.reason}")
            raise


class MemoryLimit:
    """Extension: the kernel keeps the crawl below MEMORY_LIMIT_MIB; it fails alone and not the machine."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> MemoryLimit:
        mebibytes = crawler.settings.getint("MEMORY_LIMIT_MIB")
        if not mebibytes:
            raise NotConfigured
        limit_memory(mebibytes)
        return cls()


def limit_memory(mebibytes: int) -> None:
    """Let this process have no more address space than that; a limit that is already lower stays."""
    wanted = mebibytes * 1024 * 1024
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    known = [limit for limit in (soft, hard, wanted) if limit != resource.RLIM_INFINITY]
    try:
        resource.setrlimit(resource.RLIMIT_AS, (min(known), hard))
    except (OSError, ValueError) as error:  # some systems know the limit and do not let it be set
        logger.warning("memory is not limited to %d MiB: %s", mebibytes, error)


def peak_memory_mib() -> float:
    """The most physical memory that this process has taken.

    Where the system has /proc it is read there: what getrusage tells begins with the memory of the process
    that started this one.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)
    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kibibytes / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
