import pytest

from pipelines.storage.places import countries_named


@pytest.mark.parametrize(
    ("language", "text", "codes"),
    [
        ("zh-Hans", "中国与印度尼西亚在北京会谈", "CN ID"),
        ("zh-Hans", "内蒙古的煤矿增产", "CN"),
        ("zh-Hans", "印度洋上的气旋", ""),
        ("zh-Hant", "香港與澳門的航線恢復", "HK MO"),
        ("zh-Hant", "北韓向海上發射飛彈，南韓抗議", "KP KR"),
        ("ja", "北朝鮮がミサイルを発射、韓国と日本が抗議", "KP KR JP"),
        ("ja", "タイの首相が来日", "TH"),
        ("ja", "新しいタイトルとスタイルを発表", ""),
        ("ko", "한국과 중국이 회담했다", "KR CN"),
        ("ko", "인도네시아의 수도", "ID"),
        ("ko", "인도적 지원을 호소", ""),
        ("ru", "Глава Китая прибыл в Индию из Японии", "CN IN JP"),
        ("ru", "Южная Корея и Северная Корея ведут переговоры", "KR KP"),
        ("ru", "В Мьянме произошло землетрясение", "MM"),
        ("ru", "Самолёт с грузом; Индекс вырос", ""),
        ("pl", "Prezydent Chin leci do Japonii", "CN JP"),
        ("ar", "الرئيس في الصين والهند وباكستان", "CN IN PK"),
        ("ar", "زيارة للسعودية", "SA"),
        ("fa", "ایران و چین توافق کردند", "IR CN"),
        ("hi", "भारत और चीन की बैठक", "IN CN"),
        ("id", "Presiden Indonesia terbang ke Tiongkok dan Jepang", "ID CN JP"),
        ("vi", "Việt Nam và Trung Quốc họp tại Bắc Kinh", "VN CN"),
        ("th", "ไทยและกัมพูชาเจรจาที่ฮ่องกง", "TH KH HK"),
        ("fr", "La Chine et l’Inde se parlent à Pékin", "CN IN"),
        ("de", "Chinas Präsident reist nach Vietnam und in die Mongolei", "CN VN MN"),
        ("es", "Japón y Corea del Sur firman un pacto", "JP KR"),
        ("tr", "Türkiye ile Çin'in anlaşması", "TR CN"),
        ("tr", "Samsun'da yangın", ""),
        ("tlh", "Qapla'", ""),
    ],
)
def test_countries_are_known_by_the_names_of_the_articles_language(language, text, codes):
    assert countries_named([text], language=language) == codes.split()
