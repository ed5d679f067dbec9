"""python -m tests.schedules.fake_service …: the real service, with a fake `scrapy crawl`."""

import os
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import time_machine

from schedules import __main__ as command_line
from schedules import crawl_job

FAKE_CRAWL = Path(__file__).with_name("fake_crawl.py")


def fake_command(outlet: str, run_id: str, data_dir: Path) -> list[str]:
    if outlet == "sputnik":
        return crawl_job.crawl_command(outlet, run_id, data_dir)
    # -S and -E: the fake needs nothing but the standard library, and starts in a few milliseconds.
    return [sys.executable, "-S", "-E", str(FAKE_CRAWL), outlet, run_id, str(data_dir), f"RUN_ID={run_id}"]


def follow_the_clock(place: Path) -> None:
    """Set this process's clock by the seconds in the file; the time that really passes stays true."""
    clock = time_machine.travel(datetime.now(UTC), tick=True).start()

    def follow() -> None:
        while True:
            time.sleep(0.05)  # not by the clock
            if place.exists():
                clock.shift(float(place.read_text()))
                place.unlink()

    threading.Thread(target=follow, daemon=True).start()


def main() -> int:
    from schedules import service

    if place := os.environ.get("CLOCK"):
        follow_the_clock(Path(place))
    crawl_job.PATIENCE = 0.3
    service.Service.__init__.__kwdefaults__["command"] = fake_command
    return command_line.main(["run", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
