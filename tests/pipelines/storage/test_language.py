import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.storage.language import bcp47, language_of

ENGLISH = (
    "The minister said on Monday that talks about trade would resume in the capital, and that it was time. "
    * 4
)
INDONESIAN = (
    "Menteri mengatakan pada hari Senin bahwa pembicaraan mengenai perdagangan akan dilanjutkan di ibu kota, "
    "dan pemerintah berharap perjanjian baru dapat ditandatangani sebelum akhir tahun ini oleh kedua negara. "
) * 3
RUSSIAN = (
    "Министр сообщил в понедельник, что переговоры о торговле возобновятся в столице до конца года. " * 3
)
SIMPLIFIED = "部长星期一说，两国关于贸易的会谈将在首都重新开始，并对产业发展表示关切。" * 3
TRADITIONAL = "部長星期一說，兩國關於貿易的會談將在首都重新開始，並對產業發展表示關切。" * 3
JAPANESE = "大臣は月曜日、貿易に関する両国の会談が首都で再開されると述べた。" * 3
KOREAN = "장관은 월요일 무역에 관한 양국 회담이 수도에서 다시 열릴 것이라고 말했다. " * 3
THAI = "รัฐมนตรีกล่าวเมื่อวันจันทร์ว่าการเจรจาการค้าจะเริ่มขึ้นอีกครั้งในเมืองหลวง " * 3


@pytest.mark.parametrize(
    ("declared", "tag"),
    [
        ("en", "en"),
        ("EN_us", "en"),
        ("en-GB", "en"),
        (" en_EN ", "en"),
        ("eng", "en"),
        ("zh-CN", "zh-Hans"),
        ("zh_TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-hant-hk", "zh-Hant"),
        ("zh-Hans-SG", "zh-Hans"),
        ("zh", "zh"),
        ("in-ID", "id"),
        ("no", "nb"),
        ("sr-Latn-RS", "sr-Latn"),
        ("sr-Cyrl", "sr"),
        ("uz-Cyrl", "uz-Cyrl"),
        ("pt-BR", "pt"),
        ("haw", "haw"),
        ("x-default", None),
        ("und", None),
        ("english", None),
        ("qq", None),
        ("", None),
        (None, None),
    ],
)
def test_declared_languages_take_their_shortest_right_form(declared, tag):
    assert bcp47(declared) == tag


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        ("en-US", ENGLISH, "en"),
        ("id", INDONESIAN, "id"),
        ("ru", RUSSIAN, "ru"),
        ("zh-TW", TRADITIONAL, "zh-Hant"),
        ("en", "", "en"),
        ("de", "Kurz.", "de"),
    ],
)
def test_the_declared_language_stands_where_the_text_agrees_or_is_silent(declared, text, language):
    assert language_of(declared, text) == language


@pytest.mark.parametrize(
    ("declared", "text", "language"),
    [
        ("en", INDONESIAN, "id"),
        ("en", RUSSIAN, "ru"),
        ("en", JAPANESE, "ja"),
        ("ru", ENGLISH, "en"),
        ("zh", SIMPLIFIED, "zh-Hans"),
        ("zh", TRADITIONAL, "zh-Hant"),
        (None, ENGLISH, "en"),
        (None, KOREAN, "ko"),
        (None, THAI, "th"),
        (None, INDONESIAN, "id"),
        ("", "", None),
        (None, "Kurz.", None),
    ],
)
def test_the_text_decides_where_the_page_is_silent_or_plainly_wrong(declared, text, language):
    assert language_of(declared, text) == language


@given(st.one_of(st.none(), st.text(max_size=12), st.from_regex(r"[a-zA-Z]{2,3}([-_][a-zA-Z0-9]{2,4}){0,2}")))
def test_a_tag_is_its_own_normal_form(declared):
    tag = bcp47(declared)
    assert bcp47(tag) == tag
