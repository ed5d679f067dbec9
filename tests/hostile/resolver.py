"""A name server that tests play: the answer stands in the name."""

from __future__ import annotations

from typing import Any

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import DNSLookupError


class HostileResolver(CachingThreadedResolver):
    """Resolves `127-0-0-1.dns.example` to 127.0.0.1; numbers as the system does; nothing else."""

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:
        if name.endswith(".dns.example"):
            return succeed(name.removesuffix(".dns.example").replace("-", "."))
        if name == "localhost" or not name[-1].isalpha():
            return super().getHostByName(name, timeout)
        return fail(DNSLookupError(name))
