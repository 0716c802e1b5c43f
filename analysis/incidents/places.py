"""Countries by ISO 3166-1 alpha-3, whatever a publisher calls them.

Names, ISO codes and Gleditsch-Ward numbers come from the table of the `country_converter` package; the names
that publishers use for states that changed theirs are listed here.
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from analysis.language import current, message, say
from analysis.resources import resource

FRENCH_NAMES = "data/countries_fr.csv"

# States that no longer exist count where their capital's successor does, as UCDP's country codes do.
_FURTHER_NAMES = {
    "bosnia-herzegovina": "BIH", "burma": "MMR", "c.a.r.": "CAF", "car": "CAF", "ceylon": "LKA",
    "congo (brazzaville)": "COG", "congo (kinshasa)": "COD", "czechoslovakia": "CZE", "dr congo": "COD", "drc": "COD",
    "east germany": "DEU", "gaza": "PSE", "gaza strip": "PSE", "german democratic republic": "DEU",
    "german federal republic": "DEU", "kosovo": "XKX", "malagasy": "MDG", "new hebrides": "VUT",
    "north vietnam": "VNM", "north yemen": "YEM", "people's republic of the congo": "COG", "rhodesia": "ZWE",
    "serbia-montenegro": "SRB", "serbia and montenegro": "SRB", "south vietnam": "VNM", "sudan, south": "SSD",
    "northern ireland": "GBR", "scotland": "GBR", "england": "GBR", "wales": "GBR", "russian federation": "RUS",
    "swaziland": "SWZ", "macedonia": "MKD", "turkey": "TUR", "turkiye": "TUR", "lao pdr": "LAO",
    "syrian arab republic": "SYR", "viet nam": "VNM", "cape verde": "CPV", "east timor": "TLS", "ivory coast": "CIV",
    "south yemen": "YEM", "soviet union": "RUS", "ussr": "RUS", "west bank": "PSE", "west bank and gaza strip": "PSE",
    "occupied palestinian territories": "PSE", "occupied palestinian territory": "PSE", "opt": "PSE",
    "palestinian territories": "PSE", "palestinian territory": "PSE", "palestinian territory, occupied": "PSE",
    "china, hong kong sar": "HKG", "hong kong sar, china": "HKG", "china, macao sar": "MAC", "macao sar, china": "MAC",
    "dprk": "PRK", "eq. guinea": "GNQ", "holy see": "VAT", "kampuchea": "KHM", "libyan arab jamahiriya": "LBY",
    "s. sudan": "SSD", "taiwan, china": "TWN", "taiwan, province of china": "TWN", "uae": "ARE", "venezuela, rb": "VEN",
    "west germany": "DEU", "yugoslavia": "SRB", "zaire": "COD", "gb": "GBR", "uk": "GBR", "us": "USA", "usa": "USA",
    "eua": "USA", "guiana": "GUY",
}  # fmt: skip

_LANGUAGES = ("es", "pt", "pt_PT", "de", "ru", "uk", "ar")  # of countries' names, beside English and French
# Beside Unicode's list of names in these languages.
_NAMES_BESIDE_UNICODE = {
    "ARE": ("Emiratos", "الإمارات"),
    "BLR": ("Weißrussland", "Белоруссия"),
    "CAF": ("ЦАР", "Центральноафриканская Республика", "أفريقيا الوسطى"),
    "CIV": (
        "Costa de Marfil", "Costa do Marfim", "Elfenbeinküste", "Берег Слоновой Кости", "Кот-д'Івуар", "كوت ديفوار",
    ),
    "COD": (
        "República Democrática del Congo", "República Democrática do Congo", "Demokratische Republik Kongo", "DR Kongo",
        "ДР Конго", "ДРК", "Демократическая Республика Конго", "Демократична Республіка Конго",
        "الكونغو الديمقراطية", "جمهورية الكونغو الديمقراطية",
    ),
    "COG": ("República del Congo", "República do Congo"),
    "GBR": (
        "Gran Bretaña", "Grã-Bretanha", "Großbritannien", "Reino Unido", "Великобритания", "Велика Британія",
        "بريطانيا",
    ),
    "GNB": ("Guinée Bissau",),
    "GUF": ("Guyane",),
    "KGZ": ("Кыргызстан",),
    "MDA": ("Молдавия",),
    "MKD": ("Македония",),
    "MMR": ("Birmania", "Birmânia", "Mianmar", "М'янма", "ميانمار"),
    "PNG": ("Папуа-Новая Гвинея",),
    "PRK": ("Северная Корея",),
    "PSE": (
        "Palestina", "Palästina", "Palästinensische Gebiete", "Палестина", "Сектор Газа", "فلسطين", "غزة", "قطاع غزة",
    ),
    "RUS": ("Российская Федерация",),
    "SAU": ("السعودية",),
    "SWZ": ("Свазиленд",),
    "SYR": ("Сирийская Арабская Республика", "سورية"),
    "TKM": ("Туркмения",),
    "TLS": ("Timor Oriental",),
    "USA": ("EE. UU.", "EE.UU.", "EEUU", "E.U.A.", "Estados Unidos de América", "США"),
}  # fmt: skip

# Gleditsch-Ward numbers of UCDP that the package's table lacks or gives to another form of the state.
_FURTHER_NUMBERS = {
    "255": "DEU",
    "260": "DEU",
    "265": "DEU",
    "315": "CZE",
    "340": "SRB",
    "345": "SRB",
    "347": "XKX",
    "678": "YEM",
    "679": "YEM",
    "680": "YEM",
    "816": "VNM",
    "817": "VNM",
}

# Words for the form of a state, which a name may have or lack.
_FORMS = frozenset(
    {
        "republic", "rep", "of", "the", "democratic", "dem", "people", "peoples", "islamic", "arab", "federal",
        "federated", "federation", "state",
        "states", "plurinational", "bolivarian", "united", "kingdom", "former", "fyr", "yugoslav", "socialist",
        "independent", "commonwealth", "grand",
        "duchy", "principality", "sultanate", "union", "bailiwick", "territory", "territories", "occupied",
        "administered", "special",
        "administrative", "region", "and", "dr", "republique", "democratique", "du", "de", "la", "des", "le", "les",
        "federale", "royaume",
    }
)  # fmt: skip
# Units of another country that read like a name of a state: of Nigeria, of the United States.
_UNITS_ELSEWHERE = frozenset({"niger state", "state of niger", "georgia state", "state of georgia"})

# Seas are places of their own: ACLED, since 2026, names them in place of a country. Codes are of the range that ISO
# 3166 leaves to users.
_WATERS = {
    "XAD": message("Adriatic Sea"), "XAE": message("Aegean Sea"), "XAN": message("Andaman Sea"),
    "XAR": message("Arctic Ocean"), "XAS": message("Arabian Sea"), "XAT": message("Atlantic Ocean"),
    "XAZ": message("Sea of Azov"), "XBB": message("Bay of Bengal"), "XBL": message("Baltic Sea"),
    "XBM": message("Bab el-Mandeb"), "XBS": message("Black Sea"), "XCA": message("Caspian Sea"),
    "XCB": message("Caribbean Sea"), "XCE": message("Celebes Sea"), "XEC": message("East China Sea"),
    "XGA": message("Gulf of Aden"), "XGG": message("Gulf of Guinea"), "XGM": message("Gulf of Mexico"),
    "XGO": message("Gulf of Oman"), "XGT": message("Gulf of Thailand"), "XIN": message("International waters"),
    "XIO": message("Indian Ocean"), "XJS": message("Java Sea"),
    "XMC": message("Mozambique Channel"), "XME": message("Mediterranean Sea"), "XNS": message("North Sea"),
    "XPA": message("Pacific Ocean"), "XPG": message("Persian Gulf"), "XRS": message("Red Sea"),
    "XSC": message("South China Sea"), "XSH": message("Strait of Hormuz"), "XSJ": message("Sea of Japan"),
    "XSM": message("Strait of Malacca"), "XSS": message("Sulu Sea"), "XYS": message("Yellow Sea"),
}  # fmt: skip
_FURTHER_WATERS = {
    "north atlantic ocean": "XAT", "south atlantic ocean": "XAT", "north pacific ocean": "XPA",
    "south pacific ocean": "XPA", "mediterranean": "XME",
    "arabian gulf": "XPG", "the gulf": "XPG", "high seas": "XIN", "guinea, gulf of": "XGG", "mer rouge": "XRS",
    "golfe d'aden": "XGA",
    "golfe de guinee": "XGG", "ocean atlantique": "XAT", "ocean indien": "XIO", "mer mediterranee": "XME",
    "mer noire": "XBS", "mer d'arabie": "XAS",
    "golfe persique": "XPG", "eaux internationales": "XIN",
}  # fmt: skip

# The countries of data/example/, which do not exist; whoever names them says so.
_MADE_UP = {"XZA": "Ardovia (made up)", "XZB": "Belmora (made up)"}
# Codes that ISO 3166-1 leaves to users, who may count by places of their own; written as they stand here.
_USERS_CODE = re.compile(r"AA[A-Z]|Q[M-Z][A-Z]|X[A-Z][A-Z]|ZZ[A-Z]")

_LONGEST_NAME = 80  # characters; a text that is longer is no country's name, though it may hold one

# How French says "in" a country, where it does not follow from the name's first and last letters.
_FRENCH_IN = (
    dict.fromkeys(
        re.findall(
            r"\w+",
            "ABW AIA ATG BHR BLM CUB CUW CYP DJI GIB GUM HKG JEY GGY KIR KNA LCA MAC MAF MCO MDG MLT MSR MUS MYT "
            "NIU NRU OMN PRI REU SGP SHN SMR SPM STP SXM TTO TWN VCT WLF",
        ),
        "à",
    )
    | {
        "BRB": "à la",
        "DMA": "à la",
        "GRD": "à la",
        "HTI": "en",
        "SLE": "en",
        "HRV": "en",
        "HUN": "en",
        "ATA": "dans l'",
    }
    | dict.fromkeys(("BVT", "CXR", "IMN", "NFK", "VAT"), "à l'")
)
_FRENCH_PLURAL = ("ASM", "ATF", "BES", "BHS", "BMU", "COM", "FJI", "MDV", "PHL", "PLW", "SYC", "TON", "TUV", "WSM")
_FRENCH_MASCULINE = ("BLZ", "KHM", "MEX", "MOZ", "SUR", "ZWE", "GBR", "IOT")

_KOSOVO = {"XKV": "XKX"}  # the package's code; the World Bank and the EU write XKX


@lru_cache(maxsize=1)
def _french_names() -> dict[str, str]:
    """Return each country's French name: the first of those that are read."""
    with resource(FRENCH_NAMES).open(encoding="utf-8", newline="") as file:
        return {row["iso3"]: row["names"].split("|")[0] for row in csv.DictReader(file)}


@lru_cache(maxsize=1)
def _entries() -> list[dict[str, str]]:
    # The file is read without importing the package: its converter does not start under pandas 3.
    spec = find_spec("country_converter")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("country_converter is needed to recognise countries: pip install country-converter")
    with (Path(spec.origin).parent / "country_data.tsv").open(encoding="utf-8", newline="") as file:
        entries = [entry for entry in csv.DictReader(file, delimiter="\t") if not entry["obsolete"]]
    for entry in entries:
        entry["ISO3"] = _KOSOVO.get(entry["ISO3"], entry["ISO3"])
    return entries


@lru_cache(maxsize=1)
def _by_name() -> dict[str, str]:
    names: dict[str, str] = {}
    for entry in _entries():
        for column in ("name_official", "name_short", "ISO2", "ISO3"):
            if entry[column] and entry[column].isascii() | (column not in ("ISO2", "ISO3")):
                names[fold(entry[column])] = entry["ISO3"]
    with resource(FRENCH_NAMES).open(encoding="utf-8", newline="") as file:
        french = {fold(name): row["iso3"] for row in csv.DictReader(file) for name in row["names"].split("|")}
    waters = {fold(name): code for code, name in _WATERS.items()} | _FURTHER_WATERS
    waters |= {code.casefold(): code for code in _WATERS}
    for code, name in _MADE_UP.items():
        waters |= dict.fromkeys((code.casefold(), fold(name), fold(name.partition(" (")[0])), code)
    return waters | french | names | {code.casefold(): iso3 for code, iso3 in _KOSOVO.items()} | _FURTHER_NAMES


def is_users_code(code: str) -> bool:
    """Tell whether a code is of the range that ISO 3166-1 leaves to users, and none that this package knows a place
    by."""
    return bool(_USERS_CODE.fullmatch(code)) and code.casefold() not in _by_name()


@lru_cache(maxsize=1)
def _by_gw_number() -> dict[str, str]:
    numbers = {entry["GWcode"].removesuffix(".0"): entry["ISO3"] for entry in _entries() if entry["GWcode"]}
    return numbers | _FURTHER_NUMBERS


@lru_cache(maxsize=1)
def _by_iso_number() -> dict[str, str]:
    return {str(int(float(entry["ISOnumeric"]))): entry["ISO3"] for entry in _entries() if entry["ISOnumeric"]}


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(entry["regex"], re.IGNORECASE), entry["ISO3"]) for entry in _entries()]


@dataclass(frozen=True)
class Found:
    """A country, and whether its name was read by likeness rather than known as it is written."""

    iso3: str
    by_likeness: bool = False


@lru_cache(maxsize=4096)
def find_country(name: str) -> Found | None:
    """Return the country, or the water, of a name or code, or ``None`` where it is unknown or fits several.

    Known are names in English, French and the languages of ``_LANGUAGES``, codes (those of ISO 3166-1, and XAA to XZZ
    and the others that it leaves to users), and names with the words for a state's form. ``Myanmar (Burma)`` is one
    country by two names; ``Sudan (South)`` is South Sudan; ``Mali (Kidal)`` is read by likeness, as what stands in the
    bracket is not known; a name that has other words beside a country's (``Niger Delta``, ``Gulf of Guinea``) is not
    that country.
    """
    if iso3 := _exactly(name):
        return Found(iso3)
    if _USERS_CODE.fullmatch(name):
        return Found(name)
    before, bracket, rest = name.partition("(")
    before, inside = before.strip(), rest.partition(")")[0].strip()
    if not bracket or not before:
        return None
    # "Sudan (South)", "Ireland (Northern)", "Guinea (Gulf of)" name something else than what stands before the bracket.
    if iso3 := _exactly(f"{inside} {before}") or _exactly(f"{before}, {inside}"):
        return Found(iso3)
    outer, inner = _exactly(before), _exactly(inside)
    if outer and inner and outer != inner:
        return None
    return Found(outer, by_likeness=inner is None) if outer else None


def find_iso3(name: str) -> str | None:
    """Return the code of `find_country`, or ``None``."""
    found = find_country(name)
    return found.iso3 if found else None


@lru_cache(maxsize=1)
def _names_in_other_languages() -> dict[str, str]:
    """Return countries by their names in ``_LANGUAGES``, from Unicode's list of territories and beside it."""
    from babel import Locale

    # Some countries have two such codes in the package's table, as a pattern: ``^GB$|^UK$``.
    by_two = {code: entry["ISO3"] for entry in _entries() for code in re.findall(r"[A-Z]{2}", entry["ISO2"])}
    named: dict[str, set[str]] = {}
    for code, name in (pair for language in _LANGUAGES for pair in Locale.parse(language).territories.items()):
        for one in {name, name.partition(" (")[0]} if code in by_two else ():
            named.setdefault(fold(one), set()).add(by_two[code])
    names = {name: codes.pop() for name, codes in named.items() if len(codes) == 1}
    return names | {fold(name): code for code, others in _NAMES_BESIDE_UNICODE.items() for name in others}


def _exactly(name: str) -> str | None:
    other = len(name) > 3 or not name.isascii()  # shorter ones are codes
    return _known(name) or (_names_in_other_languages().get(fold(name)) if other else None)


def _known(name: str) -> str | None:
    folded = fold(name)
    if iso3 := _by_name().get(folded):
        return iso3
    if not 3 < len(name) <= _LONGEST_NAME or folded in _UNITS_ELSEWHERE:
        return None
    parts = {code for part in re.split(r"\s*[&/;,+]\s*|\s(?:and|et)\s", folded) if (code := _by_name().get(part))}
    if len(parts) > 1:
        return None
    found = {iso3 for pattern, iso3 in _patterns() if pattern.search(name) or pattern.search(folded)}
    if len(found) != 1:
        return None
    iso3 = found.pop()
    words = {word for word in re.findall(r"[^\W_]+", folded) if len(word) > 1}
    return iso3 if words <= _words_of()[iso3] | _FORMS else None


@lru_cache(maxsize=1)
def _words_of() -> dict[str, set[str]]:
    words: dict[str, set[str]] = {}
    for name, iso3 in _by_name().items():
        words.setdefault(iso3, set()).update(re.findall(r"[^\W_]+", name))
    return words


def find_iso3_by_number(number: str, *, kind: str) -> str | None:
    """Return the ISO3 code of a Gleditsch-Ward (``kind="gw"``) or ISO 3166-1 numeric (``"iso"``) code, or ``None``."""
    return (_by_gw_number() if kind == "gw" else _by_iso_number()).get(number.removesuffix(".0").lstrip("0"))


def nearest_countries(name: str) -> list[str]:
    """Return up to three country names that look like ``name``, best first."""
    by_fold = {fold(entry["name_short"]): entry["name_short"] for entry in _entries()}
    by_fold |= {fold(other): other for other in (*_WATERS.values(), *_MADE_UP.values())}
    return [by_fold[fold] for fold in get_close_matches(fold(name), by_fold, n=3, cutoff=0.6)]


def to_iso3(name: str) -> str:
    """Return the ISO 3166-1 alpha-3 code of a country's name or code.

    Raises
    ------
    ValueError
        If no country, or more than one, is called so; the message gives the nearest names.

    Examples
    --------
    >>> to_iso3("Mali"), to_iso3("DR Congo (Zaire)"), to_iso3("ner")
    ('MLI', 'COD', 'NER')
    """
    if iso3 := find_iso3(name.strip()):
        return iso3
    near = nearest_countries(name)
    hint = f"Did you mean {', '.join(near)}?" if near else "Give its English name or its ISO 3166-1 alpha-3 code."
    raise ValueError(f"No country is called {name.strip()!r}. {hint}")


def country_name(iso3: str) -> str:
    """Return a country's or a sea's short name in the language that is spoken, or the code itself where it is unknown.

    Examples
    --------
    >>> country_name("MLI"), country_name("XRS"), country_name("XZA"), country_name("XXX")
    ('Mali', 'Red Sea', 'Ardovia (made up)', 'XXX')
    """
    if iso3 in _WATERS:
        return say(_WATERS[iso3])
    if current() == "fr" and iso3 in _french_names():
        return _french_names()[iso3]
    if iso3 in _MADE_UP:
        return _MADE_UP[iso3]
    return next((entry["name_short"] for entry in _entries() if entry["ISO3"] == iso3), iso3)


# Countries whose English name takes an article within a sentence.
_WITH_ARTICLE = frozenset({
    "ARE", "BHS", "CAF", "COG", "COM", "DOM", "GBR", "GMB", "MDV", "MHL", "NLD", "PHL", "SLB", "USA",
})  # fmt: skip


def country_within(iso3: str) -> str:
    """Return a country's name as it stands within an English sentence.

    Examples
    --------
    >>> country_within("CAF"), country_within("MLI")
    ('the Central African Republic', 'Mali')
    """
    name = country_name(iso3)
    return f"the {name}" if iso3 in _WITH_ARTICLE and current() == "en" else name


def in_place(name: str, place: str) -> str:
    """Return a place's name with that of the larger one around it; brackets do not stand in brackets.

    Examples
    --------
    >>> in_place("Gao", "Mali"), in_place("Tavrin", "Ardovia (made up)")
    ('Gao (Mali)', 'Tavrin – Ardovia (made up)')
    """
    return f"{name} – {place}" if place.endswith(")") else f"{name} ({place})"


def in_country(name: str, code: str) -> str:
    """Return a unit's name with its country's, unless a user's map tells it in brackets."""
    _, bracket, inside = name.partition("(")
    if bracket and find_iso3(inside.rstrip(")")) == code:
        return name
    return in_place(name, country_name(code))


def country_in(iso3: str) -> str:
    """Return "in" with a country's name, in the language that is spoken: French has a word for each kind of name.

    Examples
    --------
    >>> from analysis.language import used
    >>> with used("fr"): [country_in(code) for code in ("MLI", "MRT", "PHL", "DJI")]
    ['au Mali', 'en Mauritanie', 'aux Philippines', 'à Djibouti']
    """
    name = country_name(iso3)
    if current() != "fr":
        return f"in {name}"
    if iso3 in _WATERS:
        return say("in {sea}", sea=name)
    if iso3 not in _french_names():
        return f"dans {name}"
    if iso3 in _FRENCH_IN:
        return f"{_FRENCH_IN[iso3]} {name}".replace("' ", "'")
    if re.match(r"[ÎI]les |États|Émirats|Pays-|Territoires ", name) or iso3 in _FRENCH_PLURAL:
        return f"aux {name}"
    feminine = name.split(",")[0].split(" d")[0].split("-")[0].endswith(("e", "ée")) or name[0] in "AEÉIÎOUÀÂ"
    return f"{'en' if feminine and iso3 not in _FRENCH_MASCULINE else 'au'} {name}"


def to_iso3_list(names: Iterable[str]) -> tuple[str, ...]:
    """Return distinct ISO3 codes in the order given; see `to_iso3`."""
    return tuple(dict.fromkeys(to_iso3(name) for name in names))


# Accents of Latin, Greek and Cyrillic letters, but where they make another letter of Cyrillic (short i and u, yi); the
# vowels that Hebrew and Arabic may leave unwritten.
_ACCENTS = re.compile(
    "(?<![\u0418\u0438\u0423\u0443])\u0306|(?<![\u0406\u0456])\u0308|[\u0300-\u0305\u0307\u0309-\u036f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]"
)


def fold(name: str) -> str:
    """Return a name as it is compared: without case, accents and doubled spaces.

    Marks that make another letter, such as the voicing of kana, stay; so does a name that is nothing but accents.
    """
    if name.isascii():
        return " ".join(name.casefold().split())
    decomposed = unicodedata.normalize("NFKD", name.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return unicodedata.normalize("NFC", " ".join(_ACCENTS.sub("", decomposed).casefold().split())) or name


def unaccented(text: str) -> str:
    """Return a text without case and without any mark on a letter."""
    if text.isascii():
        return text.casefold()
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)).casefold()


def spelled_alike(names: Iterable[str], bare: Callable[[str], str] = str) -> list[list[str]]:
    """Return the names that differ, once ``bare``, in case, accents or spaces alone: those of each group of them.

    Examples
    --------
    >>> spelled_alike(["S\u00e9gou", "Gao", "SEGOU"])
    [['S\u00e9gou', 'SEGOU']]
    """
    alike: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        alike.setdefault(fold(bare(name)), []).append(name)
    return [group for group in alike.values() if len({bare(name) for name in group}) > 1]


def most_written(group: list[str], n_rows: Mapping[str, int]) -> tuple[str, list[str]]:
    """Return of names spelled alike the one that most rows write, and the others."""
    most, *others = sorted(group, key=lambda name: (-n_rows[name], name.isupper(), name))
    return most, others


# How a row that adds up others names its unit, in English, French, Russian, Ukrainian and Arabic.
_TOTALS = re.compile(
    r"((grand|sub|sous)[ -]?)?totale?s?( .*)?|.*[ (-](sub|sous)?-?total\)?|итого.*|всего.*|усього.*|разом.*|"
    r"(ال)?(مجموع|اجمالي)( .*)?|all|all"
    r" (regions?|units?|areas|admin1|provinces|states|countries)|overall|sum|somme|ensemble( (du|de|des) .*)?|"
    r"toutes?( les .*)?|tous( les .*)?|national|niveau national|territoire national|country total|whole"
    r" country|world|global|pays entier|tout le pays"
)


_PLAINLY = re.compile(
    r"((grand|sub|sous)[ -]?)?(totale?s?|totaux)( (general|generale|generaux|global))?|итого|всего|(ال)?مجموع"
)


def is_plain_total(name: str) -> bool:
    """Tell whether a name is no other thing's than that of a row that adds up others: an event may be `National`.

    Examples
    --------
    >>> is_plain_total("TOTAL:"), is_plain_total("Sous-total"), is_plain_total("Total SA"), is_plain_total("National")
    (True, True, False, False)
    """
    return bool(_PLAINLY.fullmatch(fold(name).strip(" :")))


def is_total(name: str) -> bool:
    """Tell whether a row that is named so adds up others.

    Examples
    --------
    >>> is_total("Total général"), is_total("Mali (total):"), is_total("Ensemble du pays"), is_total("Totota")
    (True, True, True, False)
    """
    return is_plain_total(name) or bool(_TOTALS.fullmatch(fold(name).strip(" :")))
