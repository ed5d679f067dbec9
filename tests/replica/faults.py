"""Faults on demand: which request goes wrong, and how. The same seed makes the same paths go wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import blake2b
from typing import Any

PAGE_KINDS = frozenset({"status", "empty", "consent", "challenge", "nested", "no-date", "no-items", "layout"})
"""The answer is another one."""
WIRE_KINDS = frozenset({"reset", "truncate", "slow", "cut-gzip", "endless-headers"})
"""The answer is right but does not arrive as it should."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that goes wrong; see the README for the kinds."""

    path: str
    """Regular expression, searched in path and query."""
    kind: str
    status: int | None = None
    """Of status (503 unless told) and challenge (403)."""
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int | None = None
    """How often in all; None: always."""
    times_per_path: int | None = None
    """How often for each path; None: always."""
    share: float = 1.0
    """The share of the matching paths that the seed picks."""
    draw: int = 0
    """Another number picks other paths."""
    seconds: float = 1.0
    """Of slow and endless-headers: how long."""
    drip: bool = False
    """Of slow: the body comes in pieces over that time, instead of all after it."""

    def __post_init__(self) -> None:
        if self.kind not in PAGE_KINDS | WIRE_KINDS:
            raise ValueError(f"no such fault: {self.kind}")
        try:
            re.compile(self.path)
        except re.error as error:
            raise ValueError(f"no regular expression: {self.path!r}: {error}") from error

    @classmethod
    def from_json(cls, rule: Mapping[str, Any]) -> Rule:
        """A rule as `--faults` and `/__faults` give it; raises ValueError for a name it does not know."""
        unknown = set(rule) - {known.name for known in fields(cls)}
        if unknown or not {"path", "kind"} <= set(rule):
            raise ValueError(f"not a fault rule: {dict(rule)!r}")
        return cls(**rule)


class Faults:
    """The rules in force; the first one that matches and is not used up applies."""

    def __init__(self, seed: int, rules: Iterable[Rule] = ()) -> None:
        self._seed = seed
        self.replace(rules)

    def replace(self, rules: Iterable[Rule]) -> None:
        """Put other rules in force and count anew."""
        self._rules = [(rule, re.compile(rule.path)) for rule in rules]
        self._fired: Counter[int] = Counter()
        self._fired_by_path: Counter[tuple[int, str]] = Counter()

    def pick(self, target: str) -> Rule | None:
        """The rule that applies to this request; it counts as used."""
        for number, (rule, pattern) in enumerate(self._rules):
            if not pattern.search(target) or not self._is_chosen(number, rule, target):
                continue
            if rule.times is not None and self._fired[number] >= rule.times:
                continue
            if rule.times_per_path is not None and self._fired_by_path[number, target] >= rule.times_per_path:
                continue
            self._fired[number] += 1
            self._fired_by_path[number, target] += 1
            return rule
        return None

    def state(self) -> list[dict[str, Any]]:
        """The rules with how often each has fired."""
        return [asdict(rule) | {"fired": self._fired[number]} for number, (rule, _) in enumerate(self._rules)]

    def _is_chosen(self, number: int, rule: Rule, target: str) -> bool:
        # By path, not by dice: the order in which requests come must not matter.
        if rule.share >= 1:
            return True
        which = f"{number}:{rule.draw}" if rule.draw else number
        digest = blake2b(f"{self._seed}:{which}:{target}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64 < rule.share
