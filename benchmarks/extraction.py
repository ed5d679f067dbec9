"""How well and how fast articles are read off real pages.

    python -m benchmarks.extraction --pages DIR --out PRED.jsonl [--generic | --outlets] [--peers]

DIR holds INDEX.jsonl (id, html, url, …) and, if it can judge, score.py. Each row written has id, title,
text (lead and body), authors and published. Times are CPU time from bytes until everything is freed again, as
ratios to lxml's parse of the same bytes; pages whose text outlet rules gave have a line of their own. All
pages are read once before, for what is imported and loaded with the first of a kind. Python's collector is
set as all commands set it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import html as lxml_html

from crawler import commands  # noqa: F401  # sets Python's collector as in every command
from crawler.article_page import Page, PageProblem, Rules, parse_article_with_origins
from crawler.date_text import read_zone
from crawler.items import Article

BY_RULES = "  by rules"
LXML_OF_THESE = "  lxml of these"
_OFFSET = re.compile(r"[+-]\d\d:?\d\d$")

Row = dict[str, Any]
Reader = Callable[[Row, bytes], Row]


def main() -> None:
    """Read every page, write what was found, print quality and time."""
    options = _options()
    truth = options.pages / "INDEX.jsonl"
    rows = [json.loads(line) for line in truth.read_text().splitlines() if line.strip()]
    rules = {} if options.generic else outlet_rules()
    if options.outlets:
        rows = [row for row in rows if rules_for(row.get("url") or "", rules)]
        truth = options.out.with_name(f"{options.out.stem}.truth.jsonl")
        truth.write_text("".join(json.dumps(row) + "\n" for row in rows))
    own = page_reader(rules)
    readers: dict[str, tuple[Path, Reader]] = {"asiadesk": (options.out, own)}
    if options.peers:
        for name, reader in _peers().items():
            readers[name] = (options.out.with_name(f"{options.out.stem}.{name}.jsonl"), reader)
    costs: dict[str, list[float]] = {name: [] for name in ("lxml", *readers, BY_RULES, LXML_OF_THESE)}
    found_by: dict[str, list[str]] = {name: [] for name in readers}
    for row in rows:
        for _, reader in readers.values():
            reader(row, page_bytes(options.pages / row["html"]))
    for row in rows:
        body = page_bytes(options.pages / row["html"])
        costs["lxml"].append(_cost(partial(_parse_and_free, body))[0])
        for name, (_, reader) in readers.items():
            cost, found = _cost(partial(reader, row, body))
            costs[name].append(cost)
            if found.pop("extractor", "").startswith("rules"):
                costs[BY_RULES].append(cost)
                costs[LXML_OF_THESE].append(costs["lxml"][-1])
            found_by[name].append(json.dumps({"id": row["id"], **found}, ensure_ascii=False))
    for name, (path, _) in readers.items():
        path.write_text("\n".join(found_by[name]) + "\n")
    _print_costs(costs)
    _print_quality(options.pages / "score.py", truth, [path for path, _ in readers.values()], options.by)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__)
    parser.add_argument("--pages", type=Path, required=True, help="folder with INDEX.jsonl")
    parser.add_argument("--out", type=Path, required=True, help="where the predictions go")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--generic", action="store_true", help="leave the outlet rules out")
    which.add_argument("--outlets", action="store_true", help="only pages of outlets that we have rules for")
    parser.add_argument(
        "--peers", action="store_true", help="run other extractors beside, as far as installed"
    )
    parser.add_argument("--by", default="set", help="what score.py groups by: set, asia, outlet, language")
    return parser.parse_args()


def page_reader(rules_by_host: dict[str, Rules]) -> Reader:
    """Our own way, with the rules of the outlet whose host the page has."""

    def read(row: Row, body: bytes) -> Row:
        url = row.get("url") or "https://unknown.example/"
        page = Page.from_body(url, body)
        try:
            rules = rules_for(url, rules_by_host)
            article, origins = parse_article_with_origins(page, rules, now=datetime.now(UTC))
        except PageProblem as problem:
            return {"problem": str(problem)}
        written = _written(article, origins.get("clock", ""))
        # The item keeps the dateline that opens a text apart; the truth does not.
        dateline = origins.get("dateline", "").removeprefix("text: ")
        text = "\n".join(part for part in (article.lead, dateline, article.body) if part)
        return {
            "title": article.headline,
            "text": text,
            "authors": article.authors,
            "published": written,
            "extractor": article.extractor,
        }

    return read


def _written(article: Article, clock: str) -> str | None:
    """The publication time as ISO 8601, by the outlet's own clock where the page or its country tells it."""
    if article.published_at is None:
        return None
    if article.published_precision == "day":
        return article.published_at.date().isoformat()
    offset = _OFFSET.search(article.published_raw or "") or _OFFSET.search(clock)
    zone = read_zone(offset[0]) if offset else None
    return article.published_at.astimezone(zone or UTC).isoformat()


def outlet_rules() -> dict[str, Rules]:
    """Rules of all outlets by host."""
    from scrapy.settings import Settings
    from scrapy.spiderloader import SpiderLoader

    loader = SpiderLoader.from_settings(Settings({"SPIDER_MODULES": ["crawler.spiders"]}))
    found: dict[str, Rules] = {}
    for name in loader.list():
        spider = loader.load(name)
        rules = getattr(spider, "rules", None)
        if isinstance(rules, Rules):
            for host in (getattr(spider, "site", ""), *getattr(spider, "aliases", ())):
                found[host.partition("://")[2].strip("/") or host] = rules
    return found


def rules_for(url: str, rules_by_host: dict[str, Rules]) -> Rules | None:
    """The rules of the outlet whose page lies at the address."""
    host = url.partition("://")[2].partition("/")[0].lower()
    for known, rules in rules_by_host.items():
        if host == known or host.endswith("." + known.removeprefix("www.")) or "www." + host == known:
            return rules
    return None


def _peers() -> dict[str, Reader]:
    """Other extractors, as far as they are installed."""
    known = {"trafilatura": _trafilatura, "readability": _readability, "newspaper": _newspaper}
    return {name: reader for name, reader in known.items() if find_spec(name)}


def _trafilatura(row: Row, body: bytes) -> Row:
    from trafilatura import bare_extraction

    document = bare_extraction(body, url=row.get("url"), include_comments=False, with_metadata=True)
    if document is None:
        return {}
    found = document.as_dict()
    authors = [name.strip() for name in (found.get("author") or "").split(";") if name.strip()]
    return {
        "title": found.get("title"),
        "text": found.get("text"),
        "authors": authors,
        "published": found.get("date"),
    }


def _readability(row: Row, body: bytes) -> Row:
    from readability import Document

    document = Document(body.decode("utf-8", "replace"))
    text = lxml_html.fromstring(document.summary()).text_content()
    return {"title": document.short_title(), "text": text}


def _newspaper(row: Row, body: bytes) -> Row:
    from newspaper import Article

    article = Article(row.get("url") or "https://unknown.example/", fetch_images=False)
    article.download(input_html=body.decode("utf-8", "replace"))
    article.parse()
    published = article.publish_date.isoformat() if article.publish_date else None
    return {
        "title": article.title,
        "text": article.text,
        "authors": article.authors,
        "published": published,
    }


def _cost(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of the work, and its result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def page_bytes(path: Path) -> bytes:
    """A recorded page, unpacked."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _parse_and_free(body: bytes) -> None:
    """lxml's parse. Its tree is gone at the end, as ours is."""
    lxml_html.document_fromstring(body)


def _print_costs(costs: dict[str, list[float]]) -> None:
    of_these = costs.pop(LXML_OF_THESE)
    for name, values in costs.items():
        base = of_these if name == BY_RULES else costs["lxml"]
        if not values:
            continue
        middle = statistics.median(value / own for value, own in zip(values, base, strict=True))
        mean = 1000 * sum(values) / len(values)
        print(
            f"{name:12} {mean:7.2f} ms a page, {sum(values) / sum(base):6.2f} × lxml parse "
            f"(median {middle:.2f} ×, {len(values)} pages)"
        )


def _print_quality(judge: Path, truth: Path, predictions: list[Path], by: str) -> None:
    if judge.exists():
        command = [sys.executable, str(judge), "--truth", str(truth), "--by", by, "--pred"]
        subprocess.run([*command, *map(str, predictions)], check=True)


if __name__ == "__main__":
    main()
