"""python -m tests.schedules.fake_service …: the real service, with a fake `scrapy crawl`."""

import sys
from pathlib import Path

from schedules import __main__ as command_line
from schedules import crawl_job

FAKE_CRAWL = Path(__file__).with_name("fake_crawl.py")


def fake_command(outlet: str, run_id: str, data_dir: Path) -> list[str]:
    # -S and -E: the fake needs nothing but the standard library, and starts in a few milliseconds.
    return [sys.executable, "-S", "-E", str(FAKE_CRAWL), outlet, run_id, str(data_dir), f"RUN_ID={run_id}"]


def main() -> int:
    from schedules import service

    crawl_job.PATIENCE = 0.3
    service.Service.__init__.__kwdefaults__["command"] = fake_command
    return command_line.main(["run", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
