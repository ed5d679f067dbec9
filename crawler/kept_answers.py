"""Kept answers: what a host said of itself, asked once a day and not at every run."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from crawler.politeness import Politeness
from pipelines.storage.durable import replace_text

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=1)


class KeptAnswers:
    """The texts of one kind of file by host, in a folder of the state."""

    def __init__(self, politeness: Politeness, folder: str) -> None:
        self._politeness = politeness
        self._folder = folder

    def get(self, host: str) -> str | None:
        """The host's text if it was asked for in the last day."""
        # A file that is not there, or broken, is an answer that we do not have.
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self._path(host).read_text(encoding="utf-8"))
            age = self._politeness.now() - datetime.fromisoformat(kept["asked_at"])
            # A clock may be set back a little between two runs; more than that, and it cannot be believed.
            if -timedelta(minutes=1) <= age < KEPT_FOR:
                return str(kept["text"])
        return None

    def put(self, host: str, url: str, text: str) -> None:
        """Keep what the host has just answered, if the disk takes it."""
        kept = {"url": url, "asked_at": self._politeness.now().isoformat(), "text": text}
        try:
            replace_text(self._path(host), json.dumps(kept))
        except OSError as error:
            # The next run asks once more; a disk that is full stops this one where its articles are written.
            logger.warning("the answer of %s is not kept: %s", url, error)

    def _path(self, host: str) -> Path:
        # What the replica allows says nothing of the outlet.
        server = f"{host} at {self._politeness.origin}" if self._politeness.origin else host
        return self._politeness.state_dir / self._folder / f"{quote(server, safe=' ')[:200]}.json"
