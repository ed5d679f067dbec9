"""The words by which outlets' sections and tags name what we watch: Asia east of Iran, and the Pacific."""

_REGIONS = """
    asia, asia & pacific, asia and pacific, asia-pacific, asia pacific, apac, east asia, southeast asia,
    south-east asia, south asia, central asia, northeast asia, oceania, pacific, indo-pacific, asean, korea,
    korean peninsula, taiwan strait, south china sea, east china sea, kashmir, tibet, xinjiang
"""
_COUNTRIES = """
    china, hong kong, macau, macao, taiwan, japan, north korea, dprk, south korea, republic of korea,
    mongolia, india, pakistan, bangladesh, nepal, bhutan, sri lanka, maldives, afghanistan,
    thailand, vietnam, viet nam, laos, cambodia, myanmar, burma, malaysia, singapore, indonesia, philippines,
    the philippines, brunei, timor-leste, east timor,
    kazakhstan, uzbekistan, kyrgyzstan, tajikistan, turkmenistan,
    australia, new zealand, papua new guinea, fiji, solomon islands, vanuatu, samoa, tonga, kiribati, tuvalu,
    nauru, palau, micronesia, marshall islands, new caledonia, french polynesia, guam, cook islands
"""

ASIA_TERMS = frozenset(term.strip() for term in f"{_REGIONS},{_COUNTRIES}".replace("\n", " ").split(","))
"""In lower case. The setting ASIA_TERMS adds more."""
