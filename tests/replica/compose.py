"""Writes the articles: from a slot of the world to what each of its versions says."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace

from tests.replica.clock import moment
from tests.replica.content import Block, Content, Photo, Related
from tests.replica.deck import SECTION_NAMES
from tests.replica.prose import Writer
from tests.replica.rich import Link, Rich, Strong, plain
from tests.replica.vocabulary import TOPICS
from tests.replica.world import OLD_SITE, SITE, Slot, World

SUBSCRIBE_LINES = (
    "Never miss a story again – our Telegram channel tells you first!",
    "Never miss a story again — sign up to our Telegram channel for more!",
)
_NEW_FURNITURE = ("media", "photolenta", "banner", "embed", "video", "odd", "social")


def compose(world: World, slot: Slot, version: int) -> Content:
    """What the article says after that many edits."""
    if version == 0:
        return _first_version(world, slot)
    edit = slot.edits[version - 1]
    if edit.kind == "revert":
        return compose(world, slot, max(0, version - 2))
    before = compose(world, slot, version - 1)
    writer = world.writer(slot, f"edit:{version}")
    if edit.kind == "headline":
        return replace(before, headline=writer.headline(), modified=_minute(edit.at))
    if edit.kind == "correction":
        note = (
            f"Correction: an earlier version of this article gave a wrong figure for {writer.place.capital}."
        )
        return replace(before, blocks=(*before.blocks, Block("text", ((note,),))), modified=_minute(edit.at))
    if edit.kind == "entry":
        entry = Block("entry", ((writer.paragraph(2),),), at=edit.at)
        return replace(before, blocks=(entry, *before.blocks), modified=_minute(edit.at))
    if edit.kind == "typo":
        return replace(before, blocks=_with_other_ending(before.blocks))
    raise ValueError(f"no such edit: {edit.kind}")


def _first_version(world: World, slot: Slot) -> Content:
    source = world.reprint_source(slot)
    if source is not None:
        base = compose(world, source, 0)
        return replace(base, headline=world.title(slot), published=slot.published)
    writer = world.writer(slot, "text")
    dice = writer.random
    old = slot.card.design == "old"
    shape = slot.card.shape
    lead: Rich | None = (writer.lead(),)
    if slot.card.name == "no-lead" or shape == "empty" or (shape == "news" and dice.random() < 0.05):
        lead = None
    blocks: tuple[Block, ...] = ()
    if shape == "gallery":
        blocks = (Block("photolenta", photos=tuple(_photo(writer, slot) for _ in range(dice.randint(3, 8)))),)
    elif shape == "live":
        start = slot.published
        blocks = tuple(_entry(writer, start - 600 * age) for age in range(dice.randint(2, 5)))
    elif shape == "news":
        blocks = tuple((_old_blocks if old else _new_blocks)(world, slot, writer))
    has_photo = shape != "empty" and dice.random() < 0.9
    dateline = None
    if shape == "news" and dice.random() < 0.6:
        dateline = dice.choice((slot.place.capital, slot.place.cities[0])).upper()
    photo = _photo(writer, slot, main=True) if has_photo else None
    if photo and blocks and not old and shape == "news" and dice.random() < 0.15:
        blocks = (Block("main-photo", photos=(photo,)), *blocks)
    return Content(
        headline=world.title(slot),
        lead=lead,
        dateline=dateline,
        dateline_form=dice.choice(("dash", "long-dash", "bare", "strong", "span")),
        blocks=blocks,
        photo=photo,
        authors=(writer.person(),) if dice.random() < 0.2 else (),
        tags=_tags(slot, dice),
        section="Asia & Pacific" if old else SECTION_NAMES[slot.section],
        published=slot.published,
        modified=None,
        flags={"gallery": ("gallery",), "live": ("live_blog",)}.get(shape, ()),
    )


def _new_blocks(world: World, slot: Slot, writer: Writer) -> list[Block]:
    dice = writer.random
    blocks = [_text(world, slot, writer) for _ in range(dice.randint(3, 7))]
    extras = [kind for kind in ("quote", "h2", "h3", "list", "vrez") if dice.random() < 0.3]
    extras += [kind for kind in _NEW_FURNITURE if dice.random() < 0.2]
    if dice.random() < 0.5:
        extras.append("article")
    for kind in extras:
        # Never in front of the first paragraph, which carries the dateline.
        blocks.insert(dice.randint(1, len(blocks)), _extra(world, slot, writer, kind))
    if dice.random() < 0.4:
        kind = "subscribe" if dice.random() < 0.7 else "subscribe-banner"
        blocks.append(Block(kind, ((dice.choice(SUBSCRIBE_LINES),),)))
    return blocks


def _old_blocks(world: World, slot: Slot, writer: Writer) -> list[Block]:
    dice = writer.random
    blocks = [_text(world, slot, writer) for _ in range(dice.randint(4, 9))]
    for kind in ("quote", "inject-photo", "inject-article", "inject-in-paragraph"):
        if dice.random() < 0.5:
            blocks.insert(dice.randint(1, len(blocks)), _extra(world, slot, writer, kind))
    return blocks


def _extra(world: World, slot: Slot, writer: Writer, kind: str) -> Block:
    dice = writer.random
    if kind == "quote":
        return Block("quote", ((writer.quote(),),))
    if kind in ("h2", "h3"):
        return Block(kind, ((writer.subhead(),),))
    if kind == "list":
        return Block("list", tuple((writer.item(),) for _ in range(dice.randint(2, 5))))
    if kind == "vrez":
        return Block("vrez", tuple((writer.paragraph(1),) for _ in range(dice.randint(1, 2))))
    if kind in ("media", "inject-photo"):
        return Block(kind, photos=(_photo(writer, slot),))
    if kind == "photolenta":
        return Block(kind, photos=tuple(_photo(writer, slot) for _ in range(dice.randint(2, 4))))
    if kind == "odd":
        # A kind of block that nobody has seen yet: with text it belongs to the body, without it does not.
        return Block("odd-text", ((writer.paragraph(1),),)) if dice.random() < 0.5 else Block("odd")
    if kind in ("article", "inject-article"):
        return Block(kind, related=_related(world, slot, dice))
    if kind == "inject-in-paragraph":
        return Block(
            "loose", ((writer.paragraph(1),), (writer.paragraph(1),)), photos=(_photo(writer, slot),)
        )
    return Block(kind)


def _text(world: World, slot: Slot, writer: Writer) -> Block:
    dice = writer.random
    text = writer.paragraph(dice.randint(1, 3))
    if dice.random() < 0.35:
        return Block("text", (_linked(world, slot, text, dice),))
    if dice.random() < 0.1:
        word, _, rest = text.partition(" ")
        return Block("text", ((Strong(word), " " + rest),))
    return Block("text", ((text,),))


def _linked(world: World, slot: Slot, text: str, dice: random.Random) -> Rich:
    """`text` with a link in its middle."""
    words = text.split(" ")
    start = dice.randint(1, max(1, len(words) - 4))
    before, inside, after = words[:start], words[start : start + 3], words[start + 3 :]
    target = _earlier(world, slot, dice)
    href = f"/{slot.section}/" if target is None else world.path(target)
    if dice.random() < 0.5:
        href = SITE + href
    return (" ".join(before) + " ", Link(" ".join(inside), href), (" " + " ".join(after)) if after else "")


def _earlier(world: World, slot: Slot, dice: random.Random) -> Slot | None:
    if slot.index == 0:
        return None
    return world.slots[dice.randrange(max(0, slot.index - 200), slot.index)]


def _related(world: World, slot: Slot, dice: random.Random) -> Related:
    target = _earlier(world, slot, dice)
    if target is None:
        return Related(f"{SITE}/asia/", None, "More from Asia", "All of the region’s news")
    path, old = world.path(target), world.old_path(target)
    forms = (
        (path, path),
        (SITE + path, path),
        (OLD_SITE + path, path),
        (world.amp_path(target), path),
        (old, old),
    )
    href, canonical = dice.choices(forms, weights=(10, 5, 2, 1, 1))[0]
    announce = world.writer(target, "announce").lead()
    return Related(href, SITE + canonical, world.title(target), announce)


def _entry(writer: Writer, at: int) -> Block:
    return Block("entry", tuple((writer.paragraph(1),) for _ in range(writer.random.randint(1, 2))), at=at)


def _photo(writer: Writer, slot: Slot, *, main: bool = False) -> Photo:
    dice = writer.random
    number = slot.number + dice.randint(1, 9_999_999)
    when = moment(slot.published)
    digest = hashlib.md5(f"{slot.index}:{number}".encode(), usedforsecurity=False).hexdigest()
    folder = f"https://cdn1.img.sputnikglobe.com/img/{when.year:04x}/{when.month:02x}/{when.day:02x}/{number}"
    if slot.card.design == "old":
        folder = f"https://cdn1.img.sputniknews.com/img/{number // 10000}/{number // 100 % 100}/{number}"
    return Photo(
        url=f"{folder}_0:160:3072:1888_{1920 if main else 600}x0_80_0_0_{digest}.jpg",
        large_url=f"{folder}_0:0:3072:2048_1440x900_80_1_1_{digest}.jpg",
        caption=writer.caption(),
        credit=writer.credit(),
        caption_shown=dice.random() < 0.6,
    )


def _tags(slot: Slot, dice: random.Random) -> tuple[str, ...]:
    topics = dice.sample(TOPICS, dice.randint(1, 3))
    tags = [slot.place.tag, *topics] if slot.place.tag else topics
    if slot.card.asia and slot.card.tags and dice.random() < 0.5:
        tags.insert(0, "asia")
    if slot.card.name == "section-only":
        tags = topics
    return tuple(tags)


def _with_other_ending(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The last paragraph of text, with a few words more: an edit that the page does not admit."""
    for index in range(len(blocks) - 1, -1, -1):
        if blocks[index].kind == "text":
            text = plain(blocks[index].paragraphs[0])
            changed = Block("text", ((text.rstrip(".”") + ", officials said later.",),))
            return (*blocks[:index], changed, *blocks[index + 1 :])
    return (*blocks, Block("text", (("Officials confirmed this later.",),)))


def _minute(epoch: int) -> int:
    # The page states the time of its last change without seconds.
    return epoch - epoch % 60
