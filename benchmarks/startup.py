"""python -m benchmarks.startup: what a crawl of a listing with nothing new costs, against an empty spider.

Ours is the whole run, as a scheduler starts it every few minutes: robots.txt, listing, feed, day archive, the
ledger's answer that all is known, the report. The empty spider, in a project of its own with the settings of
`scrapy startproject`, asks nothing; a second one asks for the same listing and does nothing with it. They
take turns, so that whatever else the machine does meets all. nginx has to be installed (Debian: nginx-light).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.crawl import measured
from benchmarks.static_site import END, served, site_of

ROOT = Path(__file__).resolve().parent.parent
ARTICLES = 50
EMPTY, ASKING, OURS = "empty spider", "asks for the listing", "Asiadesk"
SETTINGS = """
SPIDER_MODULES = ["bare_spiders"]
ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS_PER_DOMAIN = 1
FEED_EXPORT_ENCODING = "utf-8"
LOG_LEVEL = "INFO"
"""
SPIDERS = """
import scrapy

class Empty(scrapy.Spider):
    name = "empty"

class Asking(scrapy.Spider):
    name = "asking"
    start_urls = ["{origin}/asia/"]

    def parse(self, response):
        pass
"""


def bare_project(folder: Path, origin: str) -> Path:
    """A Scrapy project with the two spiders that ours is compared with."""
    bare = folder / "bare"
    bare.mkdir()
    (bare / "scrapy.cfg").write_text("[settings]\ndefault = bare_settings\n")
    (bare / "bare_settings.py").write_text(SETTINGS)
    (bare / "bare_spiders.py").write_text(SPIDERS.format(origin=origin))
    return bare


def main() -> None:
    """Measure all by turns and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with served(site_of(folder, ARTICLES, 0), folder) as origin:
            costs = in_turn(folder, origin, rounds)
    medians = {name: median(cpu for cpu, _ in found) for name, found in costs.items()}
    for name, cpu in medians.items():
        memory = median(mib for _, mib in costs[name])
        print(f"{name:20} {cpu:.2f} s CPU, {memory:3.0f} MiB, × {cpu / medians[EMPTY]:.2f}")


def in_turn(folder: Path, origin: str, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """CPU seconds and peak MiB of each run, after a crawl that stores all there is."""
    bare = bare_project(folder, origin)
    crawl = [sys.executable, "-m", "scrapy", "crawl"]
    ours = [*crawl, "sputnik", "-a", f"origin={origin}", "-s", f"DATA_DIR={folder}/data", "-s", f"NOW={END}"]
    ours += ["-s", "DOWNLOAD_DELAY=0", "-s", "DAILY_REQUEST_BUDGET=0"]
    commands = {EMPTY: ([*crawl, "empty"], bare), ASKING: ([*crawl, "asking"], bare), OURS: (ours, ROOT)}
    measured(ours, ROOT, folder / "first.log")
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, (command, cwd) in commands.items():
            cpu, _, mib = measured(command, cwd, folder / "last.log")
            if number:  # in the first round Python compiles
                costs[name].append((cpu, mib))
    return costs


if __name__ == "__main__":
    main()
