"""python fake_crawl.py OUTLET RUN_ID DATA_DIR: a fake `scrapy crawl`; its outlet says how it behaves.

Its first word is the behaviour, so that one service can have several of a kind.
"""

import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path


def report(data_dir: Path, run_id: str, exit_code: int = 0, **more: object) -> None:
    path = data_dir / "runs" / f"{run_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"run_id": run_id, "exit_code": exit_code, "reason": "as told", **more}))


def main() -> int:
    outlet, run_id, data_dir = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    print(f"fake crawl {run_id}", flush=True)
    match outlet.split("_")[0]:
        case "good":
            report(data_dir, run_id)
        case "partial":
            report(data_dir, run_id, 11)
            return 11
        case "slow":
            # Ends when it is told to, by a file; until then it holds the outlet's lock as a crawl does.
            path = data_dir / "state" / f"{outlet}.lock"
            lock = path.open("a")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.write_text(json.dumps({"pid": os.getpid(), "run_id": run_id, "started_at": "now"}))
            while not (data_dir / f"end-{outlet}").exists():
                time.sleep(0.02)
            report(data_dir, run_id)
        case "hangs":
            time.sleep(1000)
        case "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print("I do not listen", flush=True)
            time.sleep(1000)
        case "parent":
            # Leaves a process behind that would hold on to what it has.
            if os.fork() == 0:
                (data_dir / "child").write_text(str(os.getpid()))
                time.sleep(1000)
            while not (data_dir / "child").exists():
                time.sleep(0.01)
            report(data_dir, run_id)
        case "eats":
            hoard = []
            while True:
                hoard.append(bytearray(16 * 2**20))
        case "mute":
            pass
        case "liar":
            report(data_dir, run_id, 20)
        case "torn":
            report(data_dir, run_id)
            path = data_dir / "runs" / f"{run_id}.json"
            path.write_bytes(path.read_bytes()[:10])
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "locked":
            return 75
        case "raises":
            raise RuntimeError("a fault of our own")
    return 0


if __name__ == "__main__":
    sys.exit(main())
