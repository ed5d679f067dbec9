"""Lists of articles in the new design: section, day archive, load-more fragment, home page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.replica import furniture
from tests.replica.clock import moment
from tests.replica.rich import attribute, escaped
from tests.replica.vocabulary import MONTHS


@dataclass(frozen=True, slots=True)
class Item:
    """An article as a list shows it."""

    href: str
    title: str
    published: int
    tags: tuple[str, ...] = ()


def section_page(slug: str, name: str, items: Sequence[Item], more_url: str | None, now: int) -> str:
    """The first screen of a section; the button stays whether or not there is more."""
    about = f"Find top stories and features from {name}: news, analysis and pictures of the day."
    body = (
        f'<div class="title"><h1 class="title__text">{escaped(name)}</h1></div>'
        f'<div class="title__announce">{escaped(about)}</div>{_list(items, now)}{_more(more_url)}'
    )
    head = furniture.head_of(f"{name} - {furniture.SITE_NAME}", about, f"/{slug}/")
    return furniture.page(head, body)


def day_page(day: str, items: Sequence[Item], more_url: str | None, now: int) -> str:
    """The archive of a day."""
    shown_day = f"{day[6:]}.{day[4:6]}.{day[:4]}"
    title = f"News archive and major events - {shown_day}"
    body = (
        f'<div class="title"><h1 class="title__text">{title}</h1></div>{_list(items, now)}{_more(more_url)}'
    )
    return furniture.page(furniture.head_of(title, title, f"/{day}/"), body)


def fragment(items: Sequence[Item], next_url: str | None, now: int) -> str:
    """What "load more" brings: bare markup."""
    if not items:
        return '<div class="list-items-loaded"></div>'
    following = f' data-next-url="{attribute(next_url)}"' if next_url else ""
    return f'<div class="list-items-loaded"{following}>{"".join(_item(item, now) for item in items)}</div>'


def home_page(items: Sequence[Item]) -> str:
    """The front page, in its own markup."""
    cells = "".join(
        f'<div class="cell-list__item"><a class="cell-list__item-link" href="{item.href}" '
        f'title="{attribute(item.title)}">'
        f'<span class="cell-list__item-title">{escaped(item.title)}</span></a></div>'
        for item in items
    )
    head = furniture.head_of(furniture.SITE_NAME, "Breaking news and analysis from around the globe", "/")
    return furniture.page(head, f'<div class="cell cell-list">{cells}</div>')


def date_text(published: int, now: int) -> str:
    """The date as a list shows it: relative, without a zone."""
    then, today = moment(published), moment(now)
    time = f"{then:%H:%M}"
    days = (today.date() - then.date()).days
    if days <= 0:
        return time
    if days == 1:
        return f"Yesterday, {time}"
    year = f" {then.year}" if then.year != today.year else ""
    return f"{then.day} {MONTHS[then.month - 1]}{year}, {time}"


def _list(items: Sequence[Item], now: int) -> str:
    return f'<div class="list list-tag">{"".join(_item(item, now) for item in items)}</div>'


def _item(item: Item, now: int) -> str:
    href, title = attribute(item.href), attribute(item.title)
    tags = "".join(
        f'<li class="tag  "><a href="/{tag.replace(" ", "_")}/" class="tag__text" '
        f'title="{attribute(tag)}">{escaped(tag)}</a></li>'
        for tag in item.tags
    )
    return (
        f'<div class="list__item"><a class="list__image" href="{href}"><img src="/i/blank.png" '
        f'alt="{title}"></a>'
        f'<div class="list__content"><a class="list__title" href="{href}" title="{title}">'
        f"{escaped(item.title)}</a></div>"
        f'<div class="list__info"><div class="list__date " data-unixtime="{item.published}">'
        f'<span class="date">{date_text(item.published, now)}</span></div>'
        f'<div class="list__views"></div></div><div class="list__tags"><ul class="tags">{tags}</ul>'
        "</div></div>\n"
    )


def _more(more_url: str | None) -> str:
    url = attribute(more_url) if more_url else ""
    return f'<div class="list__more color-btn-second-hover" data-url="{url}">20 more articles</div>'
