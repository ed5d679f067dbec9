"""python -m schedules: run the service, look at it, ask it for something."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pipelines.storage.errors import LedgerError
from pipelines.storage.layout import DataPath, UnusableDataFolder, data_folder
from schedules.timetable import DEFAULT_PATH, TimetableError, load_timetable

OK, USAGE, LEDGER, INTERNAL, BUSY = 0, 2, 21, 70, 75
LONGEST_LOOK = 366 * 24.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        options.data_dir = _data_folder(options.data_dir)
        # What a command needs is imported when it is needed: `list` must not wait for a database's driver.
        if options.command == "run":
            return _run(options)
        from schedules import commands

        return int(commands.COMMANDS[options.command](options))
    except (TimetableError, UnusableDataFolder) as error:
        return _complain(str(error), USAGE)
    except LedgerError as error:
        return _complain(str(error), LEDGER)
    except BrokenPipeError:
        return OK


def _data_folder(text: str) -> DataPath:
    """The data folder as a crawl that this process starts would find it."""
    folder = data_folder(text, os.environ.get("ASIADESK_LEDGER"), os.environ.get("ASIADESK_STATE_DIR"))
    return folder.resolve() if isinstance(folder, Path) else folder


def _run(options: argparse.Namespace) -> int:
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", datefmt="%Y-%m-%dT%H:%M:%SZ"
    )
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    load_timetable(options.timetable)

    from schedules.service_lock import ServiceLock, ServiceRunning

    try:
        with ServiceLock(options.data_dir):
            return _serve(options)
    except ServiceRunning as error:
        return _complain(str(error), BUSY)
    except OSError as error:
        return _complain(f"{options.data_dir} cannot be used: {error}", INTERNAL)


def _serve(options: argparse.Namespace) -> int:
    from pipelines.storage.run_history import RunHistory
    from schedules.alerts import alert_urls, faulty_alert_urls
    from schedules.data_folder import ledger_place
    from schedules.service import Service

    if fault := faulty_alert_urls(alert_urls()):
        return _complain(fault, USAGE)
    with RunHistory.open(ledger_place(options.data_dir)) as ledger:
        Service(options.timetable, options.data_dir, ledger).run()
    return OK


def _complain(message: str, code: int) -> int:
    sys.stderr.write(f"{message}\n")
    return code


def _hours(text: str) -> float:
    hours = float(text)
    if not 0 < hours <= LONGEST_LOOK:
        raise argparse.ArgumentTypeError(f"{text} is not within 0 and {LONGEST_LOOK:.0f} (a year)")
    return hours


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--timetable",
        type=Path,
        default=Path(os.environ.get("ASIADESK_TIMETABLE", DEFAULT_PATH)),
        help="the timetable's file (default: ASIADESK_TIMETABLE, or the one beside the code)",
    )
    common.add_argument(
        "--data-dir",
        default=os.environ.get("ASIADESK_DATA_DIR", "data"),
        help="where articles, ledger and logs lie (default: ASIADESK_DATA_DIR, or data)",
    )
    parser = argparse.ArgumentParser(
        prog="python -m schedules",
        description="When outlets are crawled. All times are UTC. Exit codes: 0 done, 1 a fault was found, "
        "2 usage or timetable, 21 ledger, 70 internal, 75 another service holds the data folder.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, parents=[common])

    add("run", "run the service in the foreground until it is told to stop")
    add("list", "show every outlet: when it is due, how its last run ended")
    add("next", "show what will start").add_argument(
        "--hours", type=_hours, default=24, help="so far ahead (default: 24)"
    )
    add("trigger", "crawl an outlet at once").add_argument("outlet")
    add("pause", "start no due crawl of an outlet until it is resumed").add_argument("outlet")
    add("resume", "end a pause").add_argument("outlet")
    history = add("history", "show what became of every due time, newest first")
    history.add_argument("outlet", nargs="?")
    history.add_argument("--limit", type=int, default=40, help="so many rows (default: 40)")
    check = add("check", "say whether the timetable is valid and everything that it needs is there")
    check.add_argument(
        "--alive", action="store_true", help="say instead whether the service lives (for probes)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
