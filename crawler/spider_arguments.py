"""The spider arguments of `scrapy crawl`, read from text. Each raises ValueError with the remedy in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from urllib.parse import urlsplit

ARGUMENTS = ("since", "until", "limit", "origin")


def refuse_unknown(names: Iterable[str]) -> None:
    """Raise for arguments that no outlet takes."""
    if unknown := sorted(names):
        raise ValueError(f"-a {unknown[0]}= is no argument of an outlet; there are {', '.join(ARGUMENTS)}")


def refuse_future(since: date | None, today: date) -> None:
    """Raise for a first day that has not begun anywhere on earth; `today` is the day in UTC."""
    if since and since > today + timedelta(days=1):
        raise ValueError(f"-a since={since} lies in the future; today is {today} (UTC)")


def day_argument(name: str, value: str | None) -> date | None:
    """A date, or None where none is given."""
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"-a {name}={value} is not a date; write it as 2026-11-24") from None


def limit_argument(value: str | None) -> int | None:
    """A number of articles, or None for no limit."""
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or int(value) < 1:
        raise ValueError(f"-a limit={value} is not a number of articles; write one from 1 up")
    return int(value)


def origin_argument(value: str | None) -> str | None:
    """A scheme and host, in small letters, that stands in for the outlet's own, or None."""
    if not value:
        return None
    parts = urlsplit(value)
    is_host = bool(parts.hostname) and value.isascii() and not parts.path.strip("/") and not parts.query
    if parts.scheme not in ("http", "https") or not is_host:
        raise ValueError(f"-a origin={value} is not an origin; write it as http://127.0.0.1:8000")
    return f"{parts.scheme}://{parts.netloc.lower()}"
