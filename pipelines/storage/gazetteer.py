"""What the countries of Asia and Oceania, their people and places are called in English."""

from __future__ import annotations

# One line a country: names, people, capital, leading places, abbreviations. All of the United Nations' Asia
# and Oceania (M49 142 and 009) with their territories, and Taiwan. A place counts for the country that the UN
# sees it in (Tibet: CN, Abkhazia: GE, Golan: SY); nobody's view of a dispute is meant by it.
COUNTRIES = """
AE: United Arab Emirates, Emirates, Emirati, Emiratis, UAE, U.A.E., Abu Dhabi, Dubai, Sharjah, Fujairah, Ras
 Al Khaimah
AF: Afghanistan, Afghan, Afghans, Kabul, Kandahar, Herat, Jalalabad, Helmand, Kunduz, Mazar-i-Sharif,
 Bagram, Panjshir
AM: Armenia, Armenian, Armenians, Yerevan, Gyumri
AS: American Samoa, American Samoan, American Samoans, Pago Pago
AU: Australia, Australian, Australians, Aussie, Aussies, Canberra, Melbourne, Brisbane, Perth, Hobart,
 Cairns, Gold Coast, Tasmania, Tasmanian, Queensland, New South Wales, Northern Territory, Alice Springs,
 Bondi Beach, Uluru, Pilbara, Torres Strait Islands, Western Australia, South Australia, Great Barrier Reef
AZ: Azerbaijan, Azerbaijani, Azerbaijanis, Azeri, Azeris, Baku, Nagorno-Karabakh, Nagorno Karabakh,
 Karabakh, Nakhchivan
BD: Bangladesh, Bangladeshi, Bangladeshis, Dhaka, Chittagong, Chattogram, Cox's Bazar, Sylhet, Khulna,
 Rajshahi
BH: Bahrain, Bahraini, Bahrainis, Manama
BN: Brunei, Bruneian, Bruneians, Brunei Darussalam, Bandar Seri Begawan
BT: Bhutan, Bhutanese, Thimphu, Thimpu
CC: Cocos Islands, Cocos (Keeling) Islands, Keeling Islands
CK: Cook Islands, Cook Islander, Cook Islanders, Rarotonga, Avarua
CN: China, Chinese, PRC, P.R.C., People's Republic of China, Beijing, Peking, Shanghai, Guangzhou, Shenzhen,
 Tianjin, Chongqing, Wuhan, Chengdu, Nanjing, Hangzhou, Xi'an, Xian, Harbin, Dalian, Qingdao, Urumqi,
 Ürümqi, Lhasa, Kunming, Xiamen, Suzhou, Zhengzhou, Changsha, Shenyang, Jinan, Ningbo, Guilin, Sanya,
 Zhuhai, Dongguan, Foshan, Kashgar, Hainan, Hubei, Hunan, Henan, Hebei, Sichuan, Yunnan, Guangdong, Guangxi,
 Guizhou, Fujian, Zhejiang, Jiangsu, Jiangxi, Anhui, Shandong, Shanxi, Shaanxi, Gansu, Qinghai, Ningxia,
 Jilin, Liaoning, Heilongjiang, Inner Mongolia, Inner Mongolian, Xinjiang, Tibet, Tibetan, Tibetans, Three
 Gorges, Tiananmen, Zhongnanhai, Wenzhou, Yiwu
CX: Christmas Island
CY: Cyprus, Cypriot, Cypriots, Nicosia, Limassol, Larnaca, Turkish Cypriot, Turkish Cypriots, Greek Cypriot,
 Greek Cypriots, Famagusta, Akrotiri
FJ: Fiji, Fijian, Fijians, Suva, Nadi
FM: Micronesia, Micronesian, Micronesians, Federated States of Micronesia, Palikir, Pohnpei, Chuuk
GE: Georgian, Georgians, Tbilisi, Batumi, Kutaisi, Abkhazia, Abkhazian, South Ossetia, South Ossetian,
 Sukhumi, Tskhinvali, Georgian Dream
GU: Guam, Guamanian, Hagatna, Hagåtña
HK: Hong Kong, Hongkong, Hong Konger, Hong Kongers, Hongkonger, Hongkongers, HK, HKSAR, Kowloon
ID: Indonesia, Indonesian, Indonesians, Jakarta, Bali, Balinese, Surabaya, Bandung, Yogyakarta, Semarang,
 Medan, Sumatra, Sumatran, Sulawesi, Kalimantan, Lombok, Aceh, Papua, West Papua, West Papuan, West Papuans,
 West Java, East Java, Central Java, Javanese, Nusantara, Batam, Maluku, Ambon, West Timor, Makassar,
 Denpasar, Komodo
IL: Israel, Israeli, Israelis, Jerusalem, Tel Aviv, Haifa, Eilat, Ashkelon, Ashdod, Beersheba, Knesset,
 Negev, Galilee, IDF, Netanya
IN: India, Indian, Indians, Bharat, New Delhi, Delhi, Mumbai, Bombay, Kolkata, Calcutta, Chennai, Madras,
 Bengaluru, Bangalore, Ahmedabad, Lucknow, Jaipur, Varanasi, Srinagar, Amritsar, Chandigarh, Bhopal, Patna,
 Nagpur, Indore, Guwahati, Ayodhya, Pahalgam, Pune, Surat, Agra, Goa, Assam, Kerala, Gujarat, Gujarati,
 Bihar, Rajasthan, Maharashtra, Karnataka, Odisha, Manipur, Nagaland, Ladakh, Haryana, Telangana, Andhra
 Pradesh, Uttar Pradesh, Madhya Pradesh, Himachal Pradesh, Arunachal Pradesh, Arunachal, Uttarakhand,
 Jharkhand, Chhattisgarh, Sikkim, Tripura, Meghalaya, Mizoram, Puducherry, Tamil Nadu, West Bengal, J&K,
 Jammu, Jammu and Kashmir, Jammu & Kashmir, Wayanad, Noida, Gurugram, Gurgaon, Kanpur, Galwan, Andaman and
 Nicobar, Lok Sabha, Rajya Sabha, Visakhapatnam, Coimbatore, Thiruvananthapuram, Mysuru, Shimla
IQ: Iraq, Iraqi, Iraqis, Baghdad, Mosul, Basra, Erbil, Kirkuk, Fallujah, Karbala, Najaf, Tikrit,
 Sulaymaniyah
IR: Iran, Iranian, Iranians, Tehran, Teheran, Isfahan, Qom, Mashhad, Tabriz, Natanz, Fordow, Fordo, Bushehr,
 Kerman, Bandar Abbas, Chabahar, East Azerbaijan, West Azerbaijan
JO: Jordanian, Jordanians, Amman, Aqaba, Hashemite Kingdom
JP: Japan, Japanese, Tokyo, Osaka, Kyoto, Yokohama, Nagoya, Kobe, Sapporo, Fukuoka, Hiroshima, Nagasaki,
 Okinawa, Okinawan, Okinawans, Hokkaido, Fukushima, Kyushu, Shikoku, Honshu, Sendai, Narita, Haneda,
 Ishikawa, Noto Peninsula, Senkaku, Senkakus, Miyagi, Kumamoto, Niigata, Naha, Futenma, Yokosuka, Ginza,
 Shinjuku, Mount Fuji, Nagano
KG: Kyrgyzstan, Kyrgyz, Kirghizstan, Bishkek, Osh, Issyk-Kul
KH: Cambodia, Cambodian, Cambodians, Kampuchea, Khmer Rouge, Phnom Penh, Siem Reap, Angkor Wat,
 Sihanoukville, Poipet
KI: Kiribati, I-Kiribati, Tarawa, South Tarawa
KP: North Korea, North Korean, North Koreans, N. Korea, N. Korean, N. Koreans, N Korea, N Korean, Nth Korea,
 N.K., DPRK, D.P.R.K., Democratic People's Republic of Korea, Workers' Party of Korea, Korean Workers' Party,
 Korean People's Army, Korean Central News Agency, Korean Central Television, KCNA, Korea's Kim Jong, Korean
 leader Kim, Pyongyang, Kaesong, Yongbyon, Punggye-ri, Wonsan, Sinuiju
KR: South Korea, South Korean, South Koreans, S. Korea, S. Korean, S. Koreans, S Korea, S Korean, Sth Korea,
 ROK, R.O.K., Republic of Korea, Seoul, Busan, Pusan, Incheon, Jeju, Daegu, Daejeon, Gwangju, Ulsan,
 Gangnam, Gyeonggi, Itaewon, Pyeongchang, Sejong City, K-pop, Gimpo, Suwon, Pohang, Bank of Korea, Korea
 Exchange, Korea Zinc, Korea Electric Power, Korea Aerospace Industries, Korea Development Bank, Korea
 Customs Service, Korea Meteorological Administration, Korea University, Korean Air, Korean won, Korean wave,
 KOSPI, Kospi
KW: Kuwait, Kuwaiti, Kuwaitis, Kuwait City
KZ: Kazakhstan, Kazakh, Kazakhs, Kazakhstani, Kazakhstanis, Astana, Nur-Sultan, Almaty, Baikonur, Shymkent,
 Karaganda
LA: Laos, Lao, Laotian, Laotians, Lao PDR, Vientiane, Luang Prabang, Champasak
LB: Lebanon, Lebanese, Beirut, Sidon, Baalbek, Bekaa
LK: Sri Lanka, Sri Lankan, Sri Lankans, Ceylon, Colombo, Jaffna, Hambantota, Trincomalee, Kandy, Sinhalese
MH: Marshall Islands, Marshallese, Majuro, Bikini Atoll, Kwajalein, Enewetak
MM: Myanmar, Burma, Burmese, Yangon, Rangoon, Naypyidaw, Naypyitaw, Nay Pyi Taw, Mandalay, Rakhine, Shan
 State, Kachin State, Sagaing, Myawaddy, Sittwe, Kokang
MN: Mongolia, Mongolian, Mongolians, Ulaanbaatar, Ulan Bator, Outer Mongolia
MO: Macau, Macao, Macanese
MP: Northern Mariana Islands, Northern Marianas, CNMI, Saipan, Tinian
MV: Maldives, Maldivian, Maldivians, Malé
MY: Malaysia, Malaysian, Malaysians, Kuala Lumpur, Putrajaya, Penang, Johor, Johor Bahru, Sabah, Sarawak,
 Selangor, Kelantan, Terengganu, Malacca, Langkawi, Perak, Kota Kinabalu, Kuching, Pahang, Kedah
NC: New Caledonia, New Caledonian, New Caledonians, Noumea, Nouméa, Kanak, Kanaks
NF: Norfolk Island
NP: Nepal, Nepali, Nepalis, Nepalese, Kathmandu, Pokhara, Lalitpur
NR: Nauru, Nauruan, Nauruans
NU: Niue, Niuean, Niueans
NZ: New Zealand, New Zealander, New Zealanders, NZ, Kiwis, Aotearoa, Wellington, Auckland, Christchurch,
 Dunedin, Rotorua, Queenstown, Maori, Māori, Taupo, Waitangi
OM: Oman, Omani, Omanis, Muscat, Salalah, Duqm, Sohar
PF: French Polynesia, French Polynesian, Tahiti, Tahitian, Tahitians, Papeete, Bora Bora, Moorea
PG: Papua New Guinea, Papua New Guinean, Papua New Guineans, New Guinea, PNG, Port Moresby, Bougainville,
 Enga, Lae
PH: Philippines, Philippine, Filipino, Filipinos, Filipina, Filipinas, Pinoy, Pinoys, Manila, Cebu, Davao,
 Mindanao, Luzon, Visayas, Palawan, Boracay, Quezon City, Makati, Baguio, Subic, Zamboanga, Marawi, Leyte,
 Batanes, Mayon, Taal, Malacañang, Malacanang, Ayungin Shoal, Second Thomas Shoal
PK: Pakistan, Pakistani, Pakistanis, Islamabad, Karachi, Lahore, Peshawar, Quetta, Rawalpindi, Multan,
 Faisalabad, Balochistan, Baluchistan, Sindh, Khyber Pakhtunkhwa, Waziristan, Gwadar, Azad Kashmir,
 Gilgit-Baltistan, PoK, Swat Valley, Abbottabad, Pakistan-occupied Kashmir, Pakistan-administered Kashmir
PN: Pitcairn, Pitcairn Islands, Pitcairn Island
PS: Palestine, Palestinian, Palestinians, Gaza, Gazan, Gazans, West Bank, Ramallah, Rafah, Khan Younis, Khan
 Yunis, Jenin, Nablus, Hebron, Tulkarm, Jabalia, Deir al-Balah, East Jerusalem
PW: Palau, Palauan, Palauans, Ngerulmud, Koror
QA: Qatar, Qatari, Qataris, Doha, Al Udeid, Ras Laffan
SA: Saudi Arabia, Saudi Arabian, Saudi, Saudis, KSA, Riyadh, Jeddah, Mecca, Makkah, Dhahran, Neom, NEOM,
 Yanbu
SB: Solomon Islands, Solomon Islander, Solomon Islanders, Solomons, Honiara, Guadalcanal, Malaita
SG: Singapore, Singaporean, Singaporeans, Changi, Sentosa
SY: Syria, Syrian, Syrians, Damascus, Aleppo, Idlib, Homs, Latakia, Raqqa, Deir ez-Zor, Palmyra, Daraa,
 Sweida, Golan, Golan Heights, Kobani, Tartus, Quneitra
TH: Thailand, Thai, Thais, Bangkok, Chiang Mai, Chiang Rai, Phuket, Pattaya, Koh Samui, Ayutthaya, Siam,
 Narathiwat, Pattani, Hat Yai, Hua Hin, Krabi
TJ: Tajikistan, Tajik, Tajiks, Dushanbe
TK: Tokelau, Tokelauan
TL: East Timor, East Timorese, Timor-Leste, Timor Leste, Timorese, Dili
TM: Turkmenistan, Turkmen, Turkmens, Ashgabat, Ashkhabad
TO: Tonga, Tongan, Tongans, Nuku'alofa, Nukualofa
TR: Türkiye, Turkiye, Turkish, Turks, Turk, Ankara, Istanbul, Izmir, Antalya, Gaziantep, Diyarbakir,
 Bosphorus, Anatolia, Anatolian, Incirlik, Cappadocia, Bodrum, Hatay, Kahramanmaras, Akkuyu
TV: Tuvalu, Tuvaluan, Tuvaluans, Funafuti
TW: Taiwan, Taiwanese, Taipei, Kaohsiung, Taichung, Tainan, Hualien, Hsinchu, Kinmen, Quemoy, Matsu Islands,
 Penghu, Republic of China, Chinese Taipei, Taiwan Strait, Keelung, Pingtung, Taoyuan
UM: Wake Island
UZ: Uzbekistan, Uzbek, Uzbeks, Tashkent, Samarkand, Bukhara, Karakalpakstan, Fergana, Termez
VN: Vietnam, Viet Nam, Vietnamese, Hanoi, Ho Chi Minh City, Saigon, Da Nang, Danang, Haiphong, Hai Phong,
 Nha Trang, Hoi An, Ha Long Bay, Halong Bay, Hue City, Phu Quoc, Can Tho, Dien Bien Phu, HCMC, Khe Sanh
VU: Vanuatu, Ni-Vanuatu, Port Vila, Port-Vila, Efate
WF: Wallis and Futuna
WS: Samoa, Samoan, Samoans, Apia
YE: Yemen, Yemeni, Yemenis, Sanaa, Sana'a, Hodeidah, Hodeida, Aden, Taiz, Marib, Hadramaut, Socotra
"""

# Names that may be two countries'. First those; after > what is meant where the text names neither otherwise.
AMBIGUOUS = """
KP KR > KR: Korea, Korean, Koreans
KP KR > KP KR: Koreas, inter-Korean, Korean Peninsula, Korean War, Korean unification, Korean reunification
IN PK > IN PK: Kashmir, Kashmiri, Kashmiris, Line of Control
IN PK > : Punjab, Punjabi, Punjabis
IN PK > IN: Hyderabad
BD IN > BD: Bengali, Bengalis
ID PG > : Papuan, Papuans
ID MY BN > : Borneo
"""

TOGETHER = """
KP KR: North and South Korea, South and North Korea, two Koreas, both Koreas
IN PK: Indo-Pak, Indo-Pakistani, India-Pak, Ind-Pak
CN IN: Sino-Indian, Indo-Chinese, Sino-India
CN JP: Sino-Japanese
CN VN: Sino-Vietnamese
CN: Sino
IL PS: Palestine-Israel
"""

# Names that mean another thing where one of these words is about.
COMMON_WORDS = """
ID Java: developer developers programmer programmers programming software code coding JavaScript Oracle
 Minecraft Kotlin Python framework runtime compiler applet
"""

# What only sounds like a country: waters, peoples elsewhere, persons, things. The longest name counts, so
# these shadow the shorter ones above.
NOT_COUNTRIES = """
South China Sea, East China Sea, China Sea, Indian Ocean, Sea of Japan, Japan Sea, Philippine Sea, Timor
Sea, Java Sea, Andaman Sea, Tasman Sea, Gulf of Thailand, Gulf of Oman, Sea of Oman, Oman Sea, Gulf of
Aden, Gulf of Aqaba, Bay of Bengal, Korea Strait, Korean Strait, Strait of Malacca, Straits of Malacca,
Malacca Strait, Malacca Straits, Jordan River, Indian subcontinent, Indian Subcontinent, British Indian
Ocean Territory, Indo-Pacific, Indo-China, Indo-European, American Indian, American Indians, Native
Indian, Indian reservation, Indian Reservation, Indian Country, Indian country, Indian Affairs, Indian
summer, Indian Summer, Indian Wells, Indian Motorcycle, Indian River, Indian Creek, Red Indian, Red
Indians, Cleveland Indians, West Indian, West Indians, Indian Health Service, Indian Child Welfare Act,
Fine China, Bone China, Turks and Caicos, Turks & Caicos, Young Turk, Young Turks, East Palestine,
Turkish delight, Turkish Delight, Turkish bath, Chinese checkers, Chinese whispers, China Syndrome,
Kyoto Protocol, Shanghai Cooperation Organisation, Shanghai Cooperation Organization, Shangri-La, Manila
envelope, Mandalay Bay, Burmese python, Burmese pythons, Siamese cat, Komodo dragon, Emirates Stadium,
Emirates FA Cup, Israel Adesanya, Israel Folau, Naomi Osaka, Kobe Bryant, Perth and Kinross, Duke of
Wellington, Beef Wellington, beef Wellington, Lao Tzu, Lao She, Perth Amboy, Wellington boot, Wellington
boots, South Georgia, Singapore Sling, Afghan hound, Afghan hounds, India Arie, India Knight, India
Rose, India Walton, Mecca of, Mecca for, Georgian era, Georgian Bay, Georgian house, Georgian houses,
Georgian mansion, Georgian townhouse, Georgian townhouses, Georgian terrace, Georgian architecture,
Georgian-style, PNG file, PNG files, PNG image, PNG images, PNG format, NZ Herald, Times of India, China
Daily, South China Morning Post, Korea Herald, Korea Times, Korea JoongAng Daily, Japan Times, Bangkok
Post, Jakarta Post, Jakarta Globe, Hindustan Times, Taipei Times, Jerusalem Post, Times of Israel,
Tehran Times, Phnom Penh Post, Sydney Morning Herald, Kathmandu Post, Vietnam News, Nikkei Asia
"""

# Cities and countries that are also first names or surnames; `places` looks at the words beside them.
ALSO_PERSONS = """
JO: Jordan
GE: Georgia
AU: Sydney, Adelaide, Darwin
PK: Pak
"""
