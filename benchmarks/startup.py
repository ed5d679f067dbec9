"""python benchmarks/startup.py: what a crawl costs before its first page, against a bare `scrapy crawl`.

Both start, ask a port that nobody listens at for robots.txt, and end. They take turns, so that
whatever else the machine does meets both.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
NOWHERE = "http://127.0.0.1:9"
BARE_SPIDER = f"""
import scrapy

class Bare(scrapy.Spider):
    name = "bare"
    start_urls = ["{NOWHERE}/"]
    custom_settings = {{"ROBOTSTXT_OBEY": True, "RETRY_ENABLED": False}}
"""


def cpu_and_memory(command: list[str], folder: Path) -> tuple[float, float]:
    """CPU seconds and peak MiB of one process."""
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ)
    )
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Measure both by turns and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare"
        bare.mkdir()
        (bare / "scrapy.cfg").write_text("[settings]\ndefault = bare_settings\n")
        (bare / "bare_settings.py").write_text('SPIDER_MODULES = ["bare_spider"]\n')
        (bare / "bare_spider.py").write_text(BARE_SPIDER)
        crawl = [sys.executable, "-m", "scrapy", "crawl"]
        ours = [
            "sputnik",
            "-s",
            f"DATA_DIR={folder}/data",
            "-s",
            "RETRY_ENABLED=0",
            "-a",
            f"origin={NOWHERE}",
        ]
        found: dict[str, list[tuple[float, float]]] = {"bare": [], "asiadesk": []}
        for n in range(rounds + 1):
            costs = {
                "bare": cpu_and_memory([*crawl, "bare"], bare),
                "asiadesk": cpu_and_memory([*crawl, *ours], ROOT),
            }
            if n:  # the first round compiles
                for name, cost in costs.items():
                    found[name].append(cost)
    for name, costs_of in found.items():
        cpu, memory = (median(values) for values in zip(*costs_of, strict=True))
        print(f"{name:9} {cpu:.2f} s CPU, {memory:.0f} MiB")
    ratio = median(cpu for cpu, _ in found["asiadesk"]) / median(cpu for cpu, _ in found["bare"])
    print(f"ratio     {ratio:.2f}")


if __name__ == "__main__":
    main()
