import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.storage.text import body_hash, one_line, paragraphs, word_count

_PIECES = st.sampled_from(
    [
        *(
            "â€œ",
            "â€\x9d",
            "â€™",
            "Ã©",
            "Â",
            "\xa0",
            "Ñ",
            "РџСЂРёРІРµС‚",
            "\xc3\x83\xc2\xa9",
            "\xc3",
            "ß",
            "Œ",
        ),
        *(
            "\u200b",
            "\u200c",
            "\u200d",
            "\ufeff",
            "\u202e",
            "\xad",
            "\x00",
            "\x85",
            "\x92",
            "\x1c",
            "\ud83d",
            "\ude00",
        ),
        *("ب", "न", "漢", "😀", "👩", "\ufe0f", "e", "\u0301", "’", "…", "`", "--", "a", "."),
        *(" ", "\u3000", "\n", "\n\n", "\r\n", "\u2028", "\u2029", "\n \n"),
    ]
)
TEXTS = st.one_of(
    st.text(),
    st.lists(_PIECES, max_size=10).map("".join),
    st.text().map(lambda text: text.encode("utf-8", "ignore").decode("latin-1")),
    st.text().map(lambda text: text.encode("utf-8", "ignore").decode("cp1252", "replace")),
)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Talks  resume\n in\tSeoul ", "Talks resume in Seoul"),
        ("Talks\xa0resume in\u2009Seoul", "Talks resume in Seoul"),
        ("Cafe\u0301 in Ha\u0300 No\u0323\u0302i", "Café in Hà Nội"),
        ("\ufeffTalks re\u00adsume\u200b in\x00 Se\u200eoul\u202c", "Talks resume in Seoul"),
        ("Quotes “stay” as ‘they’ are – “so”…", "Quotes “stay” as ‘they’ are – “so”…"),
        ("Itâ€™s mojibake, saidÂ\xa0he", "It’s mojibake, said he"),
        ("The cafÃ©s of HanoiÃ¢â‚¬â„¢s old town", "The cafés of Hanoi’s old town"),
        ("РџСЂРµР·РёРґРµРЅС‚", "Президент"),
        ("It\x92s a \x93quote\x94", "It’s a “quote”"),
        ("A smile \ud83d\ude00 and half \ud83d a pair", "A smile 😀 and half a pair"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("ภาษา\u200bไทย", "ภาษา\u200bไทย"),
        ("A family 👩\u200d👩\u200d👧", "A family 👩\u200d👩\u200d👧"),
        ("zero\u200dwidth\u200cjunk", "zerowidthjunk"),
        ("SÃO PAULO, Âmbar, PÃ", "SÃO PAULO, Âmbar, PÃ"),
        ("ĐÃ CÓ “TÂN”", "ĐÃ CÓ “TÂN”"),
        (" \n", None),
        ("\u200b", None),
        ("", None),
        (None, None),
    ],
)
def test_one_line(raw, clean):
    assert one_line(raw) == clean


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("One.\n\nTwo.", "One.\n\nTwo."),
        ("One.\n\n\n\n  Two. \n", "One.\n\nTwo."),
        ("One.\n \t\nTwo.", "One.\n\nTwo."),
        ("One.\r\n\r\nTwo.", "One.\n\nTwo."),
        ("One.\u2029Two.", "One.\n\nTwo."),
        ("One\nline.\n\nTwo.", "One line.\n\nTwo."),
        ("One.\nTwo.", "One.\n\nTwo."),
        ("One.\n\n\u200b\n\nTwo.", "One.\n\nTwo."),
        ("\u3000\u3000首段。\n\u3000\u3000次段。", "首段。\n\n次段。"),
        (None, ""),
    ],
)
def test_paragraphs_are_lines_joined_by_a_blank_line(raw, clean):
    assert paragraphs(raw) == clean


@given(TEXTS)
def test_cleaning_is_idempotent_and_leaves_nothing_unprintable(text):
    body = paragraphs(text)
    line = one_line(text)
    assert paragraphs(body) == body
    assert one_line(line) == line
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufeff\ud800-\udfff]|  | \n|\n |\n{3}", body
    )
    assert body == body.strip()


@given(TEXTS)
def test_no_visible_ascii_is_lost_or_added(text):
    # NFC makes one letter of "A" and an accent, and ASCII of a few look-alikes; neither is a loss.
    text = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", text))
    kept = re.sub("[^!-~]", "", paragraphs(text))
    assert sorted(kept) == sorted(re.sub("[^!-~]", "", text))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Talks resume in Seoul.", 4),
        ("Talks – and visits - resume — slowly", 5),
        ("서울에서 회담이 재개됐다", 3),
        ("首脑会谈重新开始", 8),
        ("2024年、会談は再開した。", 9),
        ("การเจรจา", 8),
        ("Переговоры возобновились", 2),
        ("The word 北京 means “northern capital”", 7),
    ],
)
def test_words_are_counted_in_every_script(text, count):
    assert word_count(text) == count


def test_the_body_hash_ignores_white_space_and_typography():
    plain = body_hash("A lead.", 'It\'s "so" - he said...\n\nNext -- one.')
    assert body_hash("A lead.", "It’s “so” – he said…\n\n\n Next — one. ") == plain
    assert body_hash(None, 'A lead. It`s "so"-he said ... Next\xa0- one.') == plain


def test_the_body_hash_sees_every_word_and_number():
    texts = ["He paid 1.5 million.", "He paid 15 million.", "He paid 1.5 million", "he paid 1.5 million."]
    assert len({body_hash(None, text) for text in texts}) == len(texts)


@given(TEXTS)
def test_the_body_hash_survives_normalization(text):
    body = paragraphs(text)
    assert (
        body_hash(None, body) == body_hash(None, body.replace("\n\n", "\r\n \u3000")) == body_hash("", body)
    )
