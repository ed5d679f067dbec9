"""Settings that come as text from a command line. What is wrong raises UsageError, naming the setting."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings

_OR_NONE = ("RAW_RETENTION_DAYS", "RAW_RETENTION_BYTES")
"""Numbers of which None is no limit: `optional_number` reads them."""


def refuse_no_numbers(settings: BaseSettings, defaults: Mapping[str, Any]) -> None:
    """Raise for a text that is no number where the default is one: what reads it later may not say which."""
    for name in settings:
        kind, value = type(defaults.get(name)), settings[name]
        if kind not in (int, float) or not isinstance(value, str) or name in _OR_NONE:
            continue
        try:
            kind(value)
        except ValueError:
            whole = "whole number" if kind is int else "number"
            raise UsageError(f"-s {name}={value} is no {whole}; the default is {defaults[name]}") from None


def optional_number(settings: BaseSettings, name: str) -> int | None:
    """A whole number, or None for no limit."""
    value = settings.get(name)
    try:
        return None if value in (None, "", "None") else int(value)
    except ValueError:
        raise UsageError(f"-s {name}={value} is no whole number") from None


def time_setting(text: str | None) -> datetime | None:
    """The time that the setting NOW gives, UTC. Raises UsageError for what is none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except ValueError:
        raise UsageError(f"-s NOW={text} is not a time; write it as 2026-11-24T08:00:00+00:00") from None
