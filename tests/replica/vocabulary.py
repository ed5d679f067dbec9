"""The words that the replica's articles are made of. Places are real, people and events invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A country as news writes about it."""

    name: str
    adjective: str
    capital: str
    cities: tuple[str, ...]

    @property
    def tag(self) -> str:
        """The outlet's keyword for it."""
        return self.name.lower()


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ASIA = (
    Place("China", "Chinese", "Beijing", ("Shanghai", "Chengdu", "Harbin", "Xiamen")),
    Place("Japan", "Japanese", "Tokyo", ("Osaka", "Sapporo", "Nagoya", "Kobe")),
    Place("South Korea", "South Korean", "Seoul", ("Busan", "Incheon", "Daegu", "Jeju City")),
    Place("India", "Indian", "New Delhi", ("Mumbai", "Chennai", "Kolkata", "Jaipur")),
    Place("Pakistan", "Pakistani", "Islamabad", ("Karachi", "Lahore", "Quetta", "Multan")),
    Place("Indonesia", "Indonesian", "Jakarta", ("Surabaya", "Bandung", "Medan", "Makassar")),
    Place("Vietnam", "Vietnamese", "Hanoi", ("Da Nang", "Haiphong", "Can Tho", "Hue")),
    Place("Thailand", "Thai", "Bangkok", ("Chiang Mai", "Phuket", "Khon Kaen", "Hat Yai")),
    Place("Philippines", "Philippine", "Manila", ("Cebu", "Davao", "Iloilo", "Baguio")),
    Place("Malaysia", "Malaysian", "Kuala Lumpur", ("Penang", "Johor Bahru", "Ipoh", "Kuching")),
    Place("Sri Lanka", "Sri Lankan", "Colombo", ("Kandy", "Galle", "Jaffna", "Negombo")),
    Place("Bangladesh", "Bangladeshi", "Dhaka", ("Chittagong", "Khulna", "Sylhet", "Rajshahi")),
    Place("Nepal", "Nepalese", "Kathmandu", ("Pokhara", "Biratnagar", "Lalitpur", "Butwal")),
    Place("Mongolia", "Mongolian", "Ulaanbaatar", ("Erdenet", "Darkhan", "Choibalsan", "Khovd")),
    Place("Cambodia", "Cambodian", "Phnom Penh", ("Siem Reap", "Battambang", "Kampot", "Kratie")),
    Place("North Korea", "North Korean", "Pyongyang", ("Wonsan", "Hamhung", "Chongjin", "Kaesong")),
)
PLAIN_ASIA = ASIA[:9]
"""Countries that any list of Asian keywords holds; articles that are Asian by their tags alone use these."""

ELSEWHERE = (
    Place("Germany", "German", "Berlin", ("Hamburg", "Munich", "Dresden", "Cologne")),
    Place("Brazil", "Brazilian", "Brasilia", ("Recife", "Manaus", "Curitiba", "Salvador")),
    Place("Canada", "Canadian", "Ottawa", ("Toronto", "Halifax", "Calgary", "Winnipeg")),
    Place("France", "French", "Paris", ("Lyon", "Nantes", "Marseille", "Lille")),
    Place("Serbia", "Serbian", "Belgrade", ("Novi Sad", "Niš", "Subotica", "Kragujevac")),
    Place("Mexico", "Mexican", "Mexico City", ("Puebla", "Tijuana", "Mérida", "Oaxaca")),
    Place("Egypt", "Egyptian", "Cairo", ("Alexandria", "Luxor", "Aswan", "Suez")),
    Place("Kenya", "Kenyan", "Nairobi", ("Mombasa", "Kisumu", "Nakuru", "Eldoret")),
    Place("Argentina", "Argentine", "Buenos Aires", ("Rosario", "Mendoza", "Salta", "Bariloche")),
    Place("Italy", "Italian", "Rome", ("Turin", "Naples", "Bologna", "Trieste")),
)

GIVEN = _words(
    "Haruto Mei Arjun Siti Minh Somchai Ji-woo Anh Rafael Farah Nimal Tashi Bat Dara Li Ken Amina "
    "Vikram Yuna Ravi Lan Putri Chen Maya Omar Noor Hana Kiran Tuan Ayu Zhen Sora Imran Leela Duc "
    "Wei Rin Sanjay Thu Bao"
)
FAMILY = _words(
    "Okabe Linwood Raman Santoso Tranh Chaiwat Baek Morgan Delgado Hashimi Perera Sherpa Enkh Vannak "
    "Zhao Tanimura Qureshi Malhotra Seong Iyer Phamh Wibowo Luo Kapoor Rehman Saito Gurung Mistry "
    "Hoang Lestari Qian Minami Baig Menon Vuong Fujita Nair Cao Arden Whitlock Marsden Kessler "
    "Duarte Novak"
)
ROLES = (
    "Deputy Foreign Minister",
    "Transport Minister",
    "Trade Commissioner",
    "Governor",
    "Defence Ministry spokesman",
    "Chief Engineer",
    "opposition leader",
    "Energy Minister",
    "Fisheries Secretary",
    "central bank governor",
    "port director",
    "Health Minister",
)
BODIES = (
    "Ministry of Transport",
    "Coastal Works Agency",
    "Joint River Commission",
    "National Grid Board",
    "Bureau of Fair Trade",
    "Foreign Ministry",
    "Maritime Safety Office",
    "Institute for Monsoon Studies",
    "Chamber of Shipping",
    "Parliament’s budget committee",
    "Civil Aviation Council",
    "Tanaka & Sons consortium",
    "Orchid Rail Group",
    "Lotus Semiconductor union",
    "Blue Delta consortium",
    "R&D Council",
)
PROJECTS = (
    "high-speed rail link",
    "floating solar park",
    "deep-water port",
    "cross-border power line",
    "fisheries treaty",
    "missile drill",
    "free trade pact",
    "satellite launch",
    "dam",
    "flood barrier",
    "rare earth mine",
    "ferry service",
    "gas pipeline",
    "visa waiver",
    "naval exercise",
    "chip plant",
    "rice reserve",
    "metro extension",
    "undersea cable",
    "border market",
    "reactor restart",
    "tariff review",
)
VERBS = (
    "Approves",
    "Delays",
    "Unveils",
    "Suspends",
    "Expands",
    "Rejects",
    "Reviews",
    "Signs Off on",
    "Questions",
    "Resumes",
    "Doubles Budget for",
    "Votes on",
    "Scales Back",
    "Opens",
    "Defends",
)
REASONS = (
    "After Late-Night Vote",
    "Amid Budget Row",
    "Ahead of Regional Summit",
    "Despite Protests",
    "Following Typhoon Damage",
    "as Costs Climb",
    "to Calm Markets",
    "in Bid to Create Jobs",
    "Over Safety Concerns",
    "After Months of Talks",
    "as Neighbours Watch",
    "Under New Rules",
)
NOUNS = _words(
    "talks tariffs imports exports subsidies turbines ferries harvests tremors permits loans tunnels "
    "sensors reforms patrols pensions repairs auctions wages quotas contracts shipments cargoes "
    "reservoirs licences inspections"
)
ADJECTIVES = _words(
    "costly overdue joint cautious regional seasonal ambitious modest disputed binding temporary "
    "technical unusual gradual stricter voluntary coastal northern southern rural urban digital"
)
PLACES_NEAR = (
    "the northern strait",
    "the river delta",
    "the eastern plateau",
    "the outer islands",
    "the old harbour",
    "the border district",
    "the industrial belt",
    "the hill provinces",
    "the capital region",
    "the gulf coast",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
TOPICS = _words(
    "trade energy diplomacy transport infrastructure fisheries security elections climate technology "
    "agriculture economy shipping tourism health"
)
LEADS = (
    "{country} {verb_low} a {adjective} {project} near {near}, the {body} said in a statement on {weekday}.",
    "A {adjective} {project} planned by {country} has drawn criticism from {body}, which wants to "
    "see {noun} first.",
    "Officials in {capital} have confirmed that the {project} will go ahead, although {noun} "
    "remain {adjective}.",
    "The {adjective_country} government is weighing a {project} worth {money}, according to the {body}.",
    "{percent} of those asked in {city} support the {project}, a survey published on {weekday} shows.",
)
SENTENCES = (
    "The {body} expects the first {noun} to begin in {month}, with {number} people employed around {city}.",
    "{role} {person} told reporters in {city} that “{claim}”.",
    "According to a report seen by the {body}, {noun} in {near} rose by {percent} over the past year.",
    "Work on the {project} was halted in {month} when {adjective} {noun} failed an inspection.",
    "{country} and its neighbours agreed last {month} to share data on {noun}, {noun2} and {noun3}.",
    "The cost, put at {money}, is to be split between the central budget and the {body}.",
    "Analysts at the {body} had predicted {adjective} {noun} – and a slower recovery in {city}.",
    "Residents of {city} remain divided: some fear {adjective} {noun}, others count on new {noun2}.",
    "{person}, who has chaired the {body} since {year}, described the outcome as “{claim}”.",
    "A second stage, covering {number} kilometres along {near}, is due before {year2}.",
    "The decision follows {number} days of {adjective} talks about {noun} and {noun2}.",
    "“{claim_cap},” {person} said. “{claim2_cap}.”",
    "No date has been set for the vote, but {role} {person} hinted at the end of {month}.",
    "Earlier this week, the {body} warned of {adjective} {noun} in {near}.",
    "Exports through {city} reached {money} in {month}, up {percent} on the year before.",
    "It’s the {ordinal} such step since {year}, when {noun} were first limited.",
    "The {body} did not reply to a request for comment by {weekday} evening.",
    "Under the draft, each {adjective} district would receive {money} for {noun}.",
    "“{claim_cap}” – that is how {role} {person} summed up the {noun} on {weekday}.",
    "Independent engineers counted {number} {adjective} {noun} on the site last {weekday}.",
    "Ships bound for {city} waited up to {number} hours, the {body} noted.",
    "The plan’s critics, among them {person} of the {body}, call it {adjective} at best.",
    "By {year2}, the {adjective_country} side hopes to replace {percent} of its {noun}.",
    "In {city}, {number} volunteers have been clearing {noun} since the storm of {month}.",
    "{adjective_country} {noun} had fallen to {money} before the {body} stepped in.",
    "Talks with {neighbour} over {noun} are to resume on {weekday} in {city}.",
    "{neighbour} has offered {money} in loans; {capital} has yet to answer.",
    "The {project} has been discussed in {capital} for {number} months & never funded.",
    "A fire at a warehouse in {city} destroyed {noun} worth {money} last {month}.",
    "Farmers from {near} blocked the road to {city}, demanding {adjective} {noun}.",
    "{role} {person} is expected in {neighbour} on {weekday} to sign off on {noun}.",
    "Of {number} bids received for the {project}, only the {ordinal} met the rules on {noun}.",
    "Teachers in {city} were given {number} new classrooms, paid for out of {noun}.",
    "The court in {capital} will hear {person} on {weekday}; the charge concerns {adjective} {noun}.",
    "Satellite pictures taken in {month} show {adjective} {noun} along {near}.",
    "Insurers put the damage to {noun} in {city} at {money}, or {percent} of the annual budget.",
    "{person} was replaced as head of the {body} in {year}, after a dispute over {noun}.",
    "Night trains between {city} and {capital} stopped running in {month}, for lack of {noun}.",
    "The {body}, founded in {year}, oversees {noun}, {noun2} and all {adjective} {noun3}.",
    "Shares in three {adjective_country} firms fell {percent} on news of the {project}.",
    "A rival bid from {neighbour} was {money} cheaper but came without {noun}.",
    "Heavy rain in {near} has delayed {noun} by {number} days, {person} noted.",
    "Voters will be asked about {noun} in {month}, along with {adjective} {noun2}.",
    "One in {number} households near {city} still lacks {noun}, a census of {year} found.",
    "The {adjective} route would cut the journey from {capital} to {city} to {number} minutes.",
    "“{claim_cap}” – with these words {person} left the {body} in {month} {year}.",
)
CLAIMS = (
    "we will not be hurried by {noun}",
    "the {adjective} {noun} speak for themselves",
    "every family in {city} should benefit",
    "nobody has seen {noun} like these since {year}",
    "our partners understand the need for {adjective} {noun}",
    "a {project} is not built overnight",
    "the figures from {month} are encouraging",
    "{noun} must come before {noun2}",
    "there is no plan to touch the {noun}",
    "the {body} has done what it could",
)
SUBHEADS = (
    "What {capital} Wants",
    "{noun_cap} Under Pressure",
    "A {adjective_cap} Compromise",
    "Why {city} Matters",
    "Next Steps in {month}",
    "{neighbour} Looks On",
)
CAPTIONS = (
    "Workers inspect {noun} near {near}, {month} {year}",
    "A view of the port of {city}, with {noun} in the foreground",
    "{role} {person} speaks in {city}",
    "{adjective_country} officials visit {near}",
    "Passengers wait for a ferry in {city}, {month} {number}, {year}",
    "The {body} headquarters in {capital}",
)
CREDITS = (
    "© AFP {year} / {upper_person}",
    "© REUTERS / {person}",
    "© AP Photo / {person}",
    "© Sputnik / {person}",
    "© Photo : {body}",
    "© CC0",
)
