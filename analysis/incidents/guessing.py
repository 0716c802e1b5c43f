"""What to say of a table whose publisher is not known: which columns may be meant, by their names, as a mapping that
can be pasted; or that its rows are no events."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from difflib import get_close_matches

import pandas as pd
import pyarrow as pa

from analysis.incidents.dates import read_date
from analysis.incidents.files import TableFile
from analysis.incidents.places import fold
from analysis.incidents.sources import Publisher, column_key, known_publishers
from analysis.incidents.terms import term

# How a column that counts events is called, in English and French.
COUNT_NAMES = re.compile(
    r"(n|nb|no|num|number|nombre|count|counts|total|freq|frequency|sum)?[ _.-]*(of|de|d)?[ _.'-]*(n_)?"
    r"(events?|incidents?|attacks?|attaques?|evenements?|occurrences?|cases|cas|records?|conflicts?)[ _.-]*"
    r"(count|counts|total|number|n|nb)?"
    r"|n|nb|count|counts|nombre|freq|frequency|value|valeur|total"
    r"|(количество|число|кількість) (инцидентов|атак|обстрелов|інцидентів|обстрілів)|عدد (ال)?(حوادث|هجمات)"
)
# Numbers that add up from row to row.
RUNNING = re.compile(r".*(cumul|running[ _-]?(total|sum)|to[ _-]date\b|acumulad).*")
LEAST_PERIODS = 4
FEW_ROWS = 10  # of which too little can be told
_OF_ALL_ROWS = "=COUNTRY"  # in place of a column
_DEAD = "|".join(
    (
        r"(?<!non.)fatal|killed|deaths?|dead(?!l)|mort(?!ar|ier|el)s?|tuee?s(?!day)|deces|muert[eo]s?|mort[eo]s(?!el)|getotet|fallecid|falecid|obitos?\b|fatais",
        r"tote[nr]?(?![a-z])|todes(fall|opfer)|(?<!slova)kia\b|погиб|убит|загинул|загибл|вбит|قتلى|وفيات|شهداء",
    )
)
# Deaths as VIEWS calls them, which no word tells.
_DEATHS_OF_VIEWS = r"^ged (best )?(sb|ns|os)( .*)?$"
_EVENTS = (
    r"event|incident|attack|attaque|evenement|ataque|atentado|attentat|hechos?\b|angriff|anschlag|ereignis|vorf[ai]ll"
    r"|shooting|accident|strike|clash|threat|raid\b|raids\b|атак|инцидент"
    r"|інцидент|обстр[еі]л|нападен|حادث|حوادث|هجوم|هجمات"
)
_DEADLY = r"(fatal(e?s)?|fatais|mortal(es)?|mortais)\b"
# Deaths of events ("morts attaques", "attack deaths"), not events that are deadly or one death ("fatal attacks").
_OF_EVENTS = (
    rf"(?!{_DEADLY}|(fatality|death|dead|(injury|wounding|wounded)(?=\W*({_EVENTS})))\b)(%s).*({_EVENTS})|({_EVENTS})\w{{,2}}\W*(?!{_DEADLY})(%s)"
    rf"|(%s).*\b(in|from|by|per|par|dans|lors|d[eu]s?)\b.*({_EVENTS})"
)
_DATE_OF_EVENT = re.compile(rf"(?:(date|fecha) .*({_EVENTS})\w*|({_EVENTS})[ -]date)\Z")
_LEAST, _MOST = "min(imum)?|low(er|est)?|least|minim[ao]", "max(imum)?|high(er|est)?|upper|most|maxim[ao]"
# Whose deaths a column counts, where it does not count all.
_OF_SOME = re.compile(
    r".*\b(civil|soldier|soldat|militar|polic|gendarm|fds|security|secur|force|attack|assail|perpetrat|insurg|rebel|"
    r"milit|guerr|terror|combat|women|femme|mujer|child|enfant|men\b|male|female|side|state|nonstate|staff|nationals?\b"
    r"|international|friendly|enemy|coalition|host|adult|minor|by\b|army|arme[es]|jihad).*"
    r"|.*[ _-]\(?[abmfhw]\)?|.*[<>] ?\d.*|.*\d ?(-|to|a) ?\d.*"
)
# What a column that speaks of the dead tells in place of their number, or beside it.
_NO_NUMBER = re.compile(
    r".*\b(place|location|lieu|lugar|date|fecha|cause|causa|manner|how|name|nom|age|sex|description|notes?|details?)\b.*"
    r"|.*(injur|wound|bless|herid|ferid|affect|missing|disappear|disparu|desaparec|livestock|cattle|betail|animal).*"
)
_ID_OF_EVENT = re.compile(rf"({_EVENTS})\w{{,9}}[ _-]{{,3}}(id|no|nr|number)\W{{,3}}")
# Beside such a column a total is one of victims.
_HURT = re.compile(r"injur|wound|bless|herid|ferid|ранен|поранен|جرحى|مصاب")
# When something was told, not when it happened.
_TOLD = re.compile(
    r".*(report|publi|source|creat|updat|entry|entered|submi|saisie|record|regist|received|today|declar|actualiz|atualiz"
    r"|mise a jour|maj\b|modif|carga|captura|ingreso|denunci|внесен|обновл|создан|публик|сообщ|оновл|створ|"
    r"ادخال|تسجيل|نشر|تحديث|تقرير|ابلاغ).*"
)
# Not a day of what happened, but of whom it happened to.
_BORN = re.compile(r".*\b(birth|born|dob|naissance|nacimiento|nascimento|рожд|народж)|.*ميلاد")
# Where people come from, not where it happened.
_FROM = re.compile(r".*(origin|nationalit|citizen|residen|birth|born|naissance|flag|pavillon)")
# The first of two days: where the date is called so, a column "to" or "end" is the other.
_BEGINS = re.compile(r"from|du|desde|de|debut|inicio|start|.*\b(start|debut|inicio|begin)\w*\b.*")
_OF_START = r"(st(art)?|begin|event|incident|attack)[ _-]?"  # before a year, a month, a day
# What a column's name says it holds, in English, French, Spanish, Portuguese, Russian, Ukrainian and Arabic, as
# `places.fold` writes it; the first pattern that a name fits is tried first.
_GUESSES: dict[str, tuple[str, ...]] = {
    "id": (
        r"(event|incident|attack)?[ _-]?(id|identifi(ant|er)|no|n°|number|numero)([ _-]?(event|cnty))?",
        r".*[ _-]id",
    ),
    "date": (
        r"(event|incident|attack|start)?[ _-]?date([ _-]?(start|debut|event|de l'evenement))?|when|day|jour|quand"
        r"|(happened|occurred)[ _](on|at)"
        r"|date.*",
        r".*date.*", r"fecha.*|data( .*)?|datum|дата.*|(ال)?تاريخ.*|ts|timestamp|horodat.*",
        r"from|du|desde|de|start|debut|inicio", r"period[eo]?|quarter.*|trimestre.*|semest.*",
        r"(reference[ _-]?)?(period|week|month|semaine|mois|semana|periode|periodo)[ _-]?"
        r"(start(ing)?|begin(ning)?|of|commencing|debut|du|inicio)",
        r"(date|event|origin)?[ _-]?time",
    ),
    "end": (
        r"(.*[ _-])?date[ _-](end|fin)|(date[ _-]?)?(to|until|end|fin|au|hasta|ate)"
        r"|(end|fin)[ _-]?date|(event|incident|attack)?[ _-]?end",
    ),
    "year": (
        r"i?year([ _-]?(no|num|number))?|annee|an|ano|anno|год|рік|(ال)?(سنة|عام)", rf"{_OF_START}(year|yr)",
        r".*[ _-]year([ _-]number)?|year[ _-].*",
    ),
    "month": (r"i?month([ _-]?(no|num|number))?|mois|mes|месяц|місяць|(ال)?شهر", rf"{_OF_START}mo(nth)?"),
    "week": (r"(iso[ _-]?)?week([ _-]?(no|num|number|nr))?|(epi[ _-]?)?semaine|semana( epidemiologica)?",),
    "day": (r"day([ _-]?of([ _-]?the)?[ _-]?month)?|jour|dia|iday|день|(ال)?يوم", rf"{_OF_START}day"),
    "country": (
        r"country([ _-]?name)?|pays|nation|pais|страна|країна|держава|государство|(ال)?(دولة|بلد)",
        r"land|iso[ _-]?a?[23]?([ _-]?code)?|country.*|pays.*|adm(in)?[ _-]?0.*",
        r".*country.*",
    ),
    "admin1": (
        r"(admin|adm)[ _-]?(level[ _-]?)?1([ _-]?(name|fr|en))?|region|zone|province|prefecture|oblast|governorate|"
        r"gouvernorat|wilaya|departement|departamento|provincia|estado|state|(область|регіон|регион).*|"
        r"(ال)?(محافظة|ولاية|منطقة|اقليم)",
        r"(admin|adm)[ _-]?(level[ _-]?)?1.*",
    ),
    "place": (
        r"place|location|locality|lieu|local|localite|town|ville|city|site|village|lugar|localidade?|municipio|cidade|ciudad|"
        r"ort|место|місто|місце|город|село|населе.* пункт|(ال)?(مكان|موقع|مدينة|قرية|بلدة)",
        r"(place|location|lieu|lugar) (of|de|du|del) .*",
    ),
    "admin2": (
        r"(admin|adm)[ _-]?(level[ _-]?)?2([ _-]?(name|fr|en))?|district|distrito|cercle|county|lga|woreda|район|"
        r"(ال)?(قضاء|مديرية)",
    ),
    "lat": (
        r"(.*[ _-])?lat(itude?)?([ _-]y)?|latitud|y|широта|خط العرض",
        r"(the_)?geom(etry)?([ _]?wkt)?|wkt|point|coord(inates|onnees|enadas)|(.*[/ _-])?gps.*|_geolocation|"
        r"координаты?|(ال)?احداثيات",
    ),
    "lon": (r"(.*[ _-])?lon(g|gitude?|gitud)?([ _-]x)?|lng|x|долгота|довгота|خط الطول",),
    "deaths_low": (rf"(.*[ _-])?({_LEAST})[ _-].*({_DEAD}).*|(.*[ _-])?({_DEAD}).*[ _-]({_LEAST})",),
    "deaths_high": (rf"(.*[ _-])?({_MOST})[ _-].*({_DEAD}).*|(.*[ _-])?({_DEAD}).*[ _-]({_MOST})",),
    "deaths": (
        r"(best|deaths?|dead|fatalities|killed|morts?|tues?|deces|victimes|victimas[ _]fatales|nombre de morts"
        r"|n_?kill(ed)?|tote)",
        rf"total.*({_DEAD}).*|.*({_DEAD}).*(total|overall)|(n|nb|no|number|nombre|numero|count)[ _]*(of|des?|d)?[ _']*"
        rf"({_DEAD})\w*",
        rf".*({_DEAD}).*",
    ),
    "attacker": (
        r"attacker|perpetrator|responsible|actor[ _]?1?|who|grupo([ _].*)?|organizacion|autor|group|auteurs?"
        r"|assaillants?|groupe|acteur1?"
        r"|agresseurs?|(presunto ?)?(responsa(ble|vel)|autor(es)?)|agressor(es)?|who (was |is )?responsible"
        r"|виновник.*|исполнител.*|виконав.*|нападник.*|(ال)?(جهة( المنفذة)?|منفذ|مهاجم|جاني|فاعل)",
        r".*(perpetrator|attacker|actor)[ _-]?name.*", r".*(perpetrator|attacker|auteur).*",
    ),
    "target": (r"target[ _]?1?|victima?|cible", r"actor[ _]?2|acteur[ _]?2"),
    "type": (
        r"(event|attack|incident|primary)?[ _-]?type|type.*|tipo.*|categori[ea]|category|nature.*|modalidad.*|тип.*"
        r"|نوع.*",
        r"(.*[/ _-])?(incident|event|attack)[ _-]?type|(.*[/ _-])?type[ _-]?(incident|event|attack).*",),
}  # fmt: skip
# What may as well be called by two names in one: "Town or village", "Governorate / Region".
_OF_TWO_NAMES = ("country", "admin1", "admin2", "place")

# Tables whose rows are no events: columns that tell them, what a row is, and what to take in their place.
_FORECAST = "a forecast and no event"
_UCDP_EVENTS = "Take UCDP's georeferenced events (GED)"
_NO_EVENTS: tuple[tuple[frozenset[str], str, str], ...] = tuple(
    (frozenset(columns.split()), what, remedy)
    for columns, what, remedy in (
        ("incompatibility intensity_level year", "a conflict or a pair of parties in a year", _UCDP_EVENTS),
        ("conflict_id bd_best year", "a conflict or a pair of parties in a year", _UCDP_EVENTS),
        ("conflict_id best_fatality_estimate year", "a conflict or a party in a year", _UCDP_EVENTS),
        ("country_cy year_cy", "a country in a year", _UCDP_EVENTS),
        ("month year total_forecast", _FORECAST, "Take the publisher's events or weekly counts"),
        ("month_id main_mean", _FORECAST, "Take a table of events"),
        ("indicator_id alert_level", "a signal and no event", "Take a table of events"),
        ("globaleventid sqldate", "what one news report says, so that an event stands in many", "Take a coded table"),
    )
)


# What is known of one person: age, sex, name.
_OF_A_PERSON = (
    re.compile(r"(.*[ _-])?(age|edad|idade|alter|возраст|вік|(ال)?عمر)"),
    re.compile(r"(.*[ _-])?(sexe?|sexo|gender|genre|genero|geschlecht|пол|стать|(ال)?جنس)"),
    re.compile(
        r"(victim\W?s?|first|last|given|family|full)?[ _-]?name|surname|prenom|nom|nombre|apellidos?|имя"
        r"|(ال)?اسم"
    ),
)


def of_a_person(header: Sequence[str]) -> list[str]:
    """Return the columns that tell of one person, where there are two kinds of them."""
    told = [next((name for name in header if kind.fullmatch(fold(name))), "") for kind in _OF_A_PERSON]
    return list(filter(None, told)) if sum(map(bool, told)) > 1 else []


def n_named(names: Sequence[str]) -> int:
    """Return how much of what a table of events has some names of columns speak of: a date, a country, deaths, ..."""
    folded = [_plain(name) for name in names]
    return sum(any(re.fullmatch(patterns[0], name) for name in folded) for patterns in _GUESSES.values())


def unknown_publisher(file: TableFile, by_lower: dict[str, str]) -> str:
    """Return what to say of a table whose columns (`column_key` to written) are no publisher's."""
    nearest = max(known_publishers(), key=lambda one: len(set(one.known_by) & set(by_lower)) / len(one.known_by))
    shared = set(nearest.known_by) & set(by_lower)
    # Words such as country, events and fatalities stand in many a table of counts.
    enough = 0.7 if nearest.holds_counts else 0.5
    if len(shared) > enough * len(nearest.known_by):
        return lacking(file, nearest, [name for name in nearest.known_by if name not in by_lower], by_lower)
    for columns, what, remedy in _NO_EVENTS:
        if columns <= set(by_lower):
            return (
                f"{file.path.name}: a row is {what}, as the columns {', '.join(sorted(columns))} tell. {remedy}; if "
                f"rows are events all the same, name the columns with {term('mapping')}."
            )
    if len(file.header) == 1 and re.search(r"\S {2,}\S|\S+( \S+){3}", file.header[0]):
        return (
            f"{file.path.name} has one column ({file.header[0][:60]!r}), as where columns are told by their width or "
            "parted by blanks. Open it in a spreadsheet as text of fixed width or with blanks, and save it as CSV."
        )
    guess = _guess_mapping(file)
    periods = [name for name in file.header if name and not isinstance(read_date(name), str)]
    if len(periods) >= LEAST_PERIODS:
        return (
            f"{file.path.name}: {len(periods)} columns are periods ({', '.join(periods[:3])}, ...), as in a table "
            "that is laid out wide. Lay it out with one row for each unit and period, and name the columns: "
            f"{term('mapping', {'date': 'PERIOD', 'country': 'COUNTRY'})} {term('count', 'NUMBER')}."
        )
    return (
        f"{file.path.name}: the publisher is not known by these columns: {_shown(file.header)}. "
        f"Known are {', '.join(one.name for one in known_publishers())}."
        f"{_of_the_guess(file, guess)} Name the columns instead, for example: {term('mapping', guess)}"
    )


def lacking(file: TableFile, publisher: Publisher, missing: list[str], by_lower: dict[str, str]) -> str:
    """Return what to say of a table that has most of a publisher's columns (`column_key` to written)."""
    near = {name: get_close_matches(name, by_lower, n=1, cutoff=0.7) for name in missing}
    renamed = [f"{found[0]!r} may be meant as {name}" for name, found in near.items() if found]
    hint = f" {'; '.join(renamed)}: rename it." if renamed else ""
    guess = _guess_mapping(file)
    return (
        f"{file.path.name} looks like {publisher.name} but lacks the column{'s' if len(missing) > 1 else ''} "
        f"{', '.join(missing)}. "
        f"Found: {_shown(file.header)}.{hint}{_of_the_guess(file, guess)} Export the whole table again, or "
        f"name the columns, which leaves what is special to {publisher.name} unsaid: {term('mapping', guess)}"
    )


def _shown(header: list[str]) -> str:
    """Return names of columns in a row, with blanks of one kind: names are compared so."""
    return ", ".join(" ".join(name.split()) for name in header if name)


def _of_the_guess(file: TableFile, guess: dict[str, str]) -> str:
    """Return what is to be known of a suggested mapping: what stands in it for a column, and what it leaves out."""
    told, header = [], file.header
    if again := ids_again(file, guess.values()):
        told.append(
            f"The same {again[0]} stands in several rows: where a row is a report, a source or a side of an event, "
            "leave one row for each event, or events are counted more than once."
        )
    if guess["country"] == _OF_ALL_ROWS:
        told.append(
            "No column is called as one of countries is: write the country of all rows for COUNTRY, or name its column."
        )
    if guess.get("date") == "WHEN":
        told.append("No column is called as one of dates is: write its name for WHEN.")
    dead = [name for name in header if re.search(_DEAD, fold(name)) and not _NO_NUMBER.fullmatch(fold(name))]
    parts = [name for name in dead if not any(re.fullmatch(form, fold(name)) for form in _GUESSES["deaths"][:2])]
    parts = parts if sum(map(_counts_some, parts)) > 1 else []
    if parts and not {"deaths", "deaths_low", "deaths_high"} & set(guess):
        told.append(
            f"{_shown(parts[:4])} count the deaths of some each: add them up in a column of their own to count deaths."
        )
    times = Counter(column_key(name) for name in header if name.strip())
    if twice := [name for name in dict.fromkeys(header) if times[column_key(name)] > 1]:
        told.append(f"{_shown(twice[:4])} stand{'s' * (len(twice) == 1)} more than once: rename what is meant.")
    return "".join(f" {words}" for words in told)


def ids_again(file: TableFile, taken: Collection[str]) -> list[str]:
    """Return columns that are called as ids of events, are not among those ``taken``, and have most in several rows."""
    free = [name for name in file.header if _ID_OF_EVENT.fullmatch(fold(name)) and name not in taken]
    held = {name: _texts(file.read([name], []).columns[name]) for name in free}
    return [name for name, texts in held.items() if FEW_ROWS < texts.nunique() <= len(texts) / 2]


def _guess_mapping(file: TableFile) -> dict[str, str]:
    """Suggest which columns are meant, by name alone; a date in three columns is suggested as three."""
    guess: dict[str, str] = {}
    header = _longest_run(file.header)
    times = Counter(column_key(name) for name in header)
    # A name that stands twice cannot be meant.
    folded = {name: _plain(name) for name in header if name and times[column_key(name)] == 1}
    spoken = {name: plain.replace("_", " ") for name, plain in folded.items()}
    # A form's table tells when it was filled in, and apart from that when something happened.
    of_form = any(_BEGINS.fullmatch(words) and re.search("date|fecha", words) for words in spoken.values())
    some = [name for name in folded if _counts_some(name)]
    for word, patterns in _GUESSES.items():
        free = [name for name in folded if name not in guess.values() and not RUNNING.fullmatch(folded[name])]
        if word == "end" and "date" not in guess:
            continue
        if word == "end" and not _BEGINS.fullmatch(spoken[guess["date"]]):
            free = [name for name in free if re.search("date", folded[name]) and not of_form]
        if word == "country":
            free = [name for name in free if not _FROM.match(folded[name])]
        if word == "date":
            free = [name for name in free if not _BORN.match(spoken[name])]
        if word == "deaths":
            # Of columns that count the deaths of some each, none holds those of all.
            part = [name for name in some if re.search(_DEAD, folded[name])]
            free = [name for name in free if len(part) < 2 or name not in part]
            patterns = patterns[: 2 if len(part) > 1 else 3]
            free = [] if "deaths_low" in guess and "deaths_high" in guess else free
        if word.startswith("deaths"):
            free = [name for name in free if not _NO_NUMBER.fullmatch(spoken[name])]
        if word == "attacker":
            free = [name for name in free if not re.search(rf"{_DEAD}|type|number|nombre|statut|status", folded[name])]
        kept = {name: folded[name] for name in free}
        at_once = {name: plain for name, plain in kept.items() if not _TOLD.fullmatch(plain)}
        # What tells when something happened, before what tells when it was told, or a survey's form was filled in.
        of_event = {name: plain for name, plain in at_once.items() if of_form and _DATE_OF_EVENT.match(spoken[name])}
        for names in (of_event, at_once, kept) if word == "date" else (kept,):
            called = [name for name, plain in names.items() if re.search(r"(?<![a-z])date|fecha", plain)]
            while word not in guess and (name := _first_fit(patterns, names, of_two=word in _OF_TWO_NAMES)):
                if _holds(file, word, name):
                    guess[word] = name
                del names[name]
            if word == "date" and word not in guess:  # written once for several rows, it may be mostly empty
                filled = [name for name in called if not _texts(file.read([name], []).columns[name]).empty]
                guess |= {word: filled[0]} if filled else {}
    if "date" in guess and _TOLD.fullmatch(folded[guess["date"]]) and {"year", "month"} <= set(guess):
        guess = {word: name for word, name in guess.items() if word not in ("date", "end")}
    if ("lat" in guess) != ("lon" in guess):  # "y" alone is what is explained, not a latitude
        guess = {word: name for word, name in guess.items() if word not in ("lat", "lon") or len(name) > 1}
    if "id" not in guess:
        called = [n for n in folded if n not in guess.values() and names_count(folded[n], file.header)]
        running = [name for name in called if _runs_on(file, name)] if _of_days(file, guess) else []
        counting = [name for name in called if name not in running and _may_count(file, name)]
        guess |= {"count": counting[0]} if counting else {"id": running[0]} if running else {}
    if "month" in guess:
        guess.pop("week", None)
    parts = [word for word in ("year", "month", "day", "week") if word in guess]
    if "date" in guess and re.fullmatch(_GUESSES["day"][0], folded[guess["date"]]) and "year" in guess:
        guess["day"] = guess.pop("date")
    elif "date" in guess:
        for word in parts:
            del guess[word]
    if "date" not in guess and "year" not in guess:
        guess["date"] = next((guess.pop(word) for word in ("month", "week") if word in guess), "WHEN")
    guess.setdefault("country", _OF_ALL_ROWS)
    first = ("id", "date", "year", "month", "week", "day")
    order = (*first, *(word for word in guess if word not in first))
    return {word: " ".join(guess[word].split()) for word in order if word in guess}


def _plain(name: str) -> str:
    """Return a column's name without footnotes, signs, and the number of the question that it answers."""
    return fold(re.sub(r"\[\w+\]$|^#|^\d{1,3}[.)] |[()]", " ", name)).strip(" :*?")


def _first_fit(patterns: tuple[str, ...], folded: dict[str, str], *, of_two: bool) -> str | None:
    """Return the column that fits the first pattern that one fits: as it is called, else by the last part of a path
    (``grp/region``) or, with ``of_two``, by one of two names."""

    def forms(name: str) -> list[str]:
        called = folded[name]
        if " " not in called:
            return [called.rpartition("/")[2]]
        return re.split(r"\s*/\s*|\s+(?:or|ou|o)\s+", called) if of_two else []

    for ways in (lambda name: [folded[name]], forms):
        for pattern in patterns:
            for name in folded:
                if any(re.fullmatch(pattern, form) for form in ways(name)):
                    return name
    return None


def _longest_run(header: list[str]) -> list[str]:
    """Return the columns of the wider of two tables that stand side by side, with a column without a name between."""
    runs: list[list[str]] = [[]]
    for name in header:
        if name.strip():
            runs[-1].append(name)
        elif runs[-1]:
            runs.append([])
    wide = [run for run in runs if len(run) > 1]
    return max(wide, key=len) if len(wide) > 1 and max(map(len, wide)) > _MOST_OF_A_NOTE else header


_MOST_OF_A_NOTE = 2  # columns


def _counts_some(name: str) -> bool:
    return bool(_OF_SOME.fullmatch(fold(name).replace("_", " ")))


def names_count(name: str, header: Sequence[str]) -> bool:
    """Tell whether a column counts events, by its name: a total of the dead and the injured does not."""
    if fold(name) != "total":
        return COUNT_NAMES.fullmatch(fold(name)) is not None
    others = list(map(fold, header))
    dead = [other for other in others if re.search(_DEAD, other) and _counts_some(other)]
    return len(dead) < 2 and not any(map(_HURT.search, others))


def _may_count(file: TableFile, name: str) -> bool:
    """Tell whether a column's values may be counts: numbers, and not all of them 1."""
    texts = _texts(file.read([name], []).columns[name])
    numbers = texts.str.replace(_THOUSANDS, "", regex=True).str.fullmatch(r"\d+(\.0)?").mean() > 0.5
    return texts.empty or (numbers and not (len(texts) > 2 and texts.eq("1").all()))


def _of_days(file: TableFile, guess: dict[str, str]) -> bool:
    """Tell whether rows are dated to days, and not all to one of the month, as counts by month are."""
    if "date" not in guess:
        return "day" in guess
    read = [
        read_date(text, day_first=True) for text in _texts(file.read([guess["date"]], []).columns[guess["date"]])[:50]
    ]
    days = [one[0].day for one in read if not isinstance(one, str) and one[1] == "day"]
    return len(days) == len(read) and len(set(days)) > 1


def _runs_on(file: TableFile, name: str) -> bool:
    """Tell whether a column numbers its rows: numbers that are all different, and hardly more than there are rows."""
    texts = _texts(file.read([name], []).columns[name])
    if len(texts) < FEW_ROWS or not re.search(_EVENTS, fold(name)) or re.search(r"s$|count|total|freq", fold(name)):
        return False
    numbers = pd.to_numeric(texts, errors="coerce")
    steps = numbers.diff().iloc[1:]
    return bool((steps.gt(0).all() or steps.lt(0).all()) and numbers.max() - numbers.min() < 2 * len(texts))


_WORDS = r"\D+"  # without a number
_PARTS = r"\d*[.,](?!\d{3}$)\d*[1-9]\d*"  # fractions, as rates and shares are
_DAY = r".*\d[-/. ]\w{1,9}[-/. ]\d.*|1\d{9}(\d{3})?|(19|20)\d{6}(T?\d+)?"  # with or without a time; no time alone
_POINT = r"\W*-?\d+\.\d+\W+\d+\.\d+\W*"


def _holds(file: TableFile, word: str, name: str) -> bool:
    """Tell whether a column's values may be what its name says: ids part rows, as those of countries do not; of dates
    half are there; places are no coordinates, and deaths are whole numbers. Of fewer than `FEW_ROWS` nothing is
    told."""
    if word not in ("id", "date", "place") and not word.startswith("deaths"):
        return True
    column = file.read([name], []).columns[name]
    texts = _texts(column)
    if word.startswith("deaths"):
        texts = texts[~texts.str.fullmatch(_NONE)]
    if len(column) < FEW_ROWS or (texts.empty and word != "date"):
        return True
    if word == "id":
        return texts.nunique() > len(texts) / 2
    if word == "date":
        days = not re.search("time", fold(name)) or texts.str.fullmatch(_DAY).mean() > 0.5
        return bool(len(texts) > len(column) / 2 and days)
    wrong = (_POINT,) if word == "place" else (_WORDS, _PARTS)
    return all(texts.str.fullmatch(form).mean() <= 0.5 for form in wrong)


def counts_dead(name: str) -> bool:
    """Tell whether a column counts deaths, not events, by its name."""
    return _counts(f"{_DEAD}|{_DEATHS_OF_VIEWS}", name)


def counts_hurt(name: str) -> bool:
    """Tell whether a column counts people who were hurt, not events, by its name."""
    victims = r"victim[ae]?s\b|victim\w*\W(count|total|number)|vitimas"
    return _counts(rf"{_HURT.pattern}|casualt(?!y\b\W*({_EVENTS}))|{victims}", name)


def _counts(people: str, name: str) -> bool:
    called = fold(name).replace("_", " ")
    told = _OF_EVENTS.replace("%s", people) if re.search(_EVENTS, called) else people
    return re.search(told, called) is not None


def holds_counts(column: pa.Array, *, zeros: bool = False) -> bool:
    """Tell whether a column holds whole numbers of 0 or more, not all alike; with ``zeros``, some of them 0, which may
    be written as a dash."""
    texts = _texts(column)
    texts = texts.mask(texts.str.fullmatch(_NONE), "0").str.replace(_THOUSANDS, "", regex=True)
    if texts.empty or not texts.str.fullmatch(r"\d{1,6}(\.0)?").mean() > 0.9:
        return False
    numbers = pd.to_numeric(texts, errors="coerce").dropna()
    unlike_ids = numbers.nunique() < 0.9 * len(numbers) or len(numbers) < 20
    return numbers.min() < numbers.max() and unlike_ids and (not zeros or numbers.eq(0).any())


_NO_MEASURE = ("id", "date", "end", "year", "month", "week", "day", "lat", "lon")


def holds_measure(column: pa.Array, name: str) -> bool:
    """Tell whether a column may hold what was measured of a unit in a period: numbers, not all alike, which are no id,
    date or coordinate by their name and do not number the rows."""
    forms = (*(form for word in _NO_MEASURE for form in _GUESSES[word]), _OF_A_PERSON[0].pattern)
    if counts_hurt(name) or _first_fit(forms, {name: fold(name)}, of_two=False):
        return False
    texts = _texts(column)
    numbers = pd.to_numeric(texts.str.replace(_THOUSANDS, "", regex=True).str.replace(",", "."), errors="coerce")
    differ = numbers.ne(numbers.shift(1)).iloc[1:].any()
    return bool(numbers.notna().mean() > 0.9 and differ and not numbers.diff().iloc[1:].eq(1).all())


_NONE = r"[-\N{EN DASH}\N{EM DASH}.*]+|(?i:nil|none|n\W?a\.?|aucun|ninguno?|nenhum)"
_THOUSANDS = r"(?<!^0)(?<=\d)[, '.\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}](?=\d{3}(?:\D|$))"


def _texts(column: pa.Array) -> pd.Series:
    texts = pd.Series(column.to_pylist(), dtype="object").dropna().astype("str").str.strip()
    return texts[texts.ne("")]
