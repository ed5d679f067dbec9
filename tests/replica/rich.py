"""Text with links and emphasis: written once, shown as HTML and told as plain text."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """A piece of text that links to `href`."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Strong:
    """A piece of text in bold."""

    text: str


Rich = tuple[str | Link | Strong, ...]

_NAMED = {
    "“": "&ldquo;",
    "”": "&rdquo;",
    "‘": "&lsquo;",
    "’": "&rsquo;",
    "–": "&ndash;",
    "—": "&mdash;",
    "−": "&minus;",
    "…": "&hellip;",
    "é": "&eacute;",
}
_AS_ENTITIES = str.maketrans({**_NAMED, "\u00a0": "&nbsp;"})


def plain(rich: Rich) -> str:
    """The text as a reader sees it: white space (no-break spaces too) folded to single spaces."""
    return " ".join("".join(run if isinstance(run, str) else run.text for run in rich).split())


def escaped(text: str, *, entities: bool = False) -> str:
    """`text` for HTML; `entities` writes typographic characters by name, as editors' tools do."""
    text = html.escape(text, quote=False)
    return text.translate(_AS_ENTITIES) if entities else text.replace("\u00a0", "&nbsp;")


def attribute(text: str) -> str:
    """`text` for a double-quoted attribute."""
    return html.escape(text, quote=True)


def markup(rich: Rich, *, entities: bool = False) -> str:
    """`rich` as HTML."""
    parts = []
    for run in rich:
        if isinstance(run, str):
            parts.append(escaped(run, entities=entities))
        elif isinstance(run, Link):
            text = escaped(run.text, entities=entities)
            parts.append(f'<a href="{attribute(run.href)}" target="_blank">{text}</a>')
        else:
            parts.append(f"<strong>{escaped(run.text, entities=entities)}</strong>")
    return "".join(parts)


def slug_of(text: str) -> str:
    """The words of a headline as they stand in an address."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("’", "").replace("'", "")).strip("-")
