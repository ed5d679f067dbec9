"""Fuzz a target guided by coverage: `python -m tests.fuzz.coverage_guided article_page -runs=10000 [CORPUS]`.

Needs atheris, which is in no lock: `pip install atheris` into an environment of your own. Options after the
target's name are libFuzzer's.
"""

from __future__ import annotations

import gzip
import sys
import tempfile
from pathlib import Path

# What a fuzzer would take long to find by itself; one for each target, given unless a corpus is.
SEEDS: dict[str, bytes] = {
    "article_page": (
        b"text/html\n<html><h1 class=article__title>Talks</h1><div class=article><div class=article__body>"
        b"<div class=article__block data-type=text><div class=article__text>BEIJING (Sputnik) - Boats."
        b'</div></div></div><script type="application/ld+json">{"@type":"NewsArticle",'
        b'"datePublished":"2026-11-20"}</script></div></html>'
    ),
    "channels": (
        b"<rss><channel><item><title>Talks</title>"
        b"<link>/20261120/x-1100000001.html</link></item></channel></rss>"
    ),
    "publish_time": b"Fri, 20 Nov 2026 09:00:00 +0300",
    "canonical": b"https://m.sputniknews.com:443/amp/20261120/../x-1100000001.html?utm_source=a&b=%c3%a9#c",
    "robots": b"User-agent: *\nDisallow: /a*b$\nAllow: /\nCrawl-delay: 2\nRequest-rate: 1/5m\n",
    "decompression": b"gzip\n" + gzip.compress(b"boats"),
    "addresses": b"http://0x7f.1:80/",
    "headers": b"Fri, 20 Nov 2026 09:00:00 GMT\nFri, 20 Nov 2026 08:00:00 GMT",
}

USAGE = "usage: python -m tests.fuzz.coverage_guided TARGET [libFuzzer options] [corpus folder]"


def main(arguments: list[str]) -> int:
    """Run one target until it breaks or its runs are over."""
    try:
        import atheris
    except ImportError:
        print(f"{USAGE}\natheris is not installed: pip install atheris", file=sys.stderr)
        return 2
    # Only what is imported here reports its coverage back.
    with atheris.instrument_imports(include=["crawler", "pipelines", "protego"]):
        from tests.fuzz.targets import TARGETS
    if not arguments or arguments[0] not in TARGETS:
        print(f"{USAGE}\ntargets: {', '.join(TARGETS)}", file=sys.stderr)
        return 2
    name, options = arguments[0], arguments[1:]
    with tempfile.TemporaryDirectory() as seeds:
        if all(option.startswith("-") for option in options):
            (Path(seeds) / name).write_bytes(SEEDS[name])
            options.append(seeds)
        atheris.Setup([sys.argv[0], *options], TARGETS[name])
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
