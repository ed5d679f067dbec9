"""A name server that tests play: the answer stands in the name."""

from __future__ import annotations

from scrapy.exceptions import CannotResolveHostError

from crawler import connections

_by_the_system = connections.resolved


async def resolved(host: str, port: int) -> list[str]:
    """Resolves `127-0-0-1.dns.example` to 127.0.0.1; numbers as the system does; nothing else."""
    if host.endswith(".dns.example"):
        return [host.removesuffix(".dns.example").replace("-", ".")]
    if host == "localhost" or not host[-1].isalpha():
        return await _by_the_system(host, port)
    raise CannotResolveHostError(host)
