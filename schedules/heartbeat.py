"""Signs of life: of every outlet after a success, and of the service itself."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
import urllib.request
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from urllib.error import URLError

from pipelines.storage.durable import replace_text
from pipelines.storage.layout import DataPath, state_folder

logger = logging.getLogger(__name__)

PING_SECONDS = 15
SHOW_EVERY = 20.0


def beat(data_dir: DataPath, outlet: str, run_id: str, now: datetime) -> None:
    """Note a success of the outlet: the age of `state/heartbeat/<outlet>` is the time since."""
    path = state_folder(data_dir) / "heartbeat" / outlet
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{now:%FT%TZ} {run_id}\n")


def ping(url: str, outlet: str) -> None:
    """Tell a dead man's switch of a success, without waiting; `{outlet}` in the address is filled in."""
    address = url.replace("{outlet}", outlet)
    if not address.startswith(("http://", "https://")):
        logger.warning("ASIADESK_HEARTBEAT_URL is no http address: nothing is pinged")
        return
    threading.Thread(target=_get, args=(address,), name="heartbeat", daemon=True).start()


def _get(address: str) -> None:
    try:
        with urllib.request.urlopen(address, timeout=PING_SECONDS) as answer:  # noqa: S310 (checked above)
            answer.read(1024)
    except (URLError, OSError, ValueError) as error:
        # The address may hold a token.
        logger.warning("The heartbeat address did not answer: %s", type(error).__name__)


class SignOfLife:
    """`state/schedule/alive.json` and systemd's watchdog: for people, probes and the service's next start."""

    def __init__(self, data_dir: DataPath) -> None:
        self._path = state_folder(data_dir) / "schedule" / "alive.json"
        self._shown_at = float("-inf")

    def show_soon(self) -> None:
        """Write at the next call of `show`, for what it shows has changed."""
        self._shown_at = float("-inf")

    def show(self, running: Mapping[str, str], outlets: Collection[str], now: datetime) -> None:
        """Say that the service lives, what it runs and whom it serves, every 20 seconds at most."""
        if time.monotonic() - self._shown_at < SHOW_EVERY:
            return
        self._shown_at = time.monotonic()
        tell_systemd("WATCHDOG=1")
        state = {
            "pid": os.getpid(),
            "alive_at": f"{now:%FT%TZ}",
            "running": dict(running),
            "outlets": sorted(outlets),
        }
        try:
            replace_text(self._path, json.dumps(state, indent=1))
        except OSError as error:
            logger.error("The sign of life cannot be written: %s", error)


def read_alive(data_dir: DataPath) -> dict[str, Any]:
    """What the service was at when it last wrote; empty if it never did."""
    try:
        state = json.loads((state_folder(data_dir) / "schedule" / "alive.json").read_text())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def tell_systemd(message: str) -> None:
    """Send READY=1, WATCHDOG=1 or STOPPING=1 to systemd, if it started us and listens."""
    place = os.environ.get("NOTIFY_SOCKET")
    if not place:
        return
    address = "\0" + place[1:] if place.startswith("@") else place
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(message.encode(), address)
    except OSError as error:
        logger.debug("systemd did not take %s: %s", message, error)
