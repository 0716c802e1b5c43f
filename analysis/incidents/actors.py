"""Who an actor is: one name and one type for all the ways that publishers write it; and who is nobody.

The table that ships with the package holds the groups that its readers meet most; a user's own (``--actors``) adds to
it and goes before it. Who is in neither keeps the name that the publisher gives, and the type that the publisher codes,
or ``unknown``.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from analysis.incidents.canonical import ACTOR_TYPES
from analysis.incidents.errors import TableError
from analysis.incidents.places import unaccented
from analysis.incidents.side_tables import read_side_table
from analysis.incidents.sidefiles import state_of
from analysis.resources import resource

SHIPPED = "data/actors.csv"

# What publishers and coders write where they do not know, in the languages in which columns are known. Told by its
# first words, behind what a place or whoever attacked may be called.
_UNKNOWN = re.compile(
    r"(?:(?:locations?|places?|localit[ey]|lieux?|lugar|local|municipio|место|місце|suspected|presumed|still"
    r"|armed|the|tater|bewaffnete\w*|perpetrators?|attackers?|assailants?|actors|groups?|gunm[ae]n|m[ae]n"
    r"|individuals?|identity|claim|(?:attaque|auteur|assaillant|acteur|groupe|homme|individu|element|arme)e?s?"
    r"|identite|revendication|(?:actor|autor|agresor|atacante)(?:es)?|grupos?|hombres?|homens?|individuos?"
    r"|sujetos?|personas?|armad[oa]s?|исполнител\w*|боевик\w*|нападавш\w*|лиц\w*|групп\w*|вооруженн\w*"
    r"|нападник\w*|особ\w*|озброєн\w*|(?:ال)?(?:مسلح|ملثم|مهاجم|عناصر|جماع|مجموع|طرف|جه|اشخاص|افراد|منفذ"
    r"|هوي)\w*)\W+)*(?!unknown soldier\b|(?<=the )unknown soldiers\b)(?:unkn?own?|uknown|unkn?|unidentif\w+"
    r"|unnamed|unattributed|unspecified|undetermined|unclaimed|unconfirmed|not (?:yet )?(?:known|identified"
    r"|stated|specified|attributed|available|applicable|claimed|reported|confirmed|determined)"
    r"|(?:yet )?to be (?:confirmed|determined|identified)|no (?:group|claim|information)|undisclosed|unreported"
    r"|under investigation|inconnue?s?|indeterminee?s?|(?:non[ -]|pas )(?:identifie|revendique|attribue|precise"
    r"|specifie|determine|renseigne|connu)e?s?|sans (?:revendication|identification)|a determin[ae]r"
    r"|sin (?:identificar|establecer|determinar|confirmar|reivindicar|informacion|especificar|datos?)"
    r"|por (?:identificar|establecer|determinar|definir|confirmar)|descon(?:o|he)cid[oa]s?|indeterminad[oa]s?"
    r"|ignorad[oa]s?|n[ao]o? (?:identificad|determinad|establecid|estabelecid|reivindicad|especificad|informad"
    r"|conhecid|dirimid)[oa]s?|sem (?:identificacao|informacao)|unbekannt\w*|nicht (?:bekannt|identifiziert)\w*"
    r"|keine angaben?|неизвест\w*|неустановлен\w*|неопознанн\w*|не (?:указан|установлен|определен|известн)\w*"
    r"|невідом\w*|невстановлен\w*|не (?:вказан|встановлен|визначен|відом)\w*|нет данных|немає даних|غير (?:معروف"
    r"|محدد|معلوم|معرف)\w*|مجهول\w*)\b.*"
)
_NOT_A_NAME = re.compile(
    r"[\W_]*|[nн]\W+[adад]\W*|tbd|tbc|unk|missing|idem|dit?to|\Wdo\W|\W*null\W*|\((?:blank|vide)\)|-\d+|0|#[a-z0/]+[!?]"
)
# What else names no group.
_NOBODY = re.compile(
    r".*\b(?:non identifiee?s?|inconnue?s?|n[ao]o? identificad[oa]s?"
    r"|descon(?:o|he)cid[oa]s?|not identified|of unknown (?:identity|affiliation))"
    r"|others?|autres?|(?:otr|outr)[oa]s?|unaffiliated(?: individuals?)?"
    r"|nobody|none|uncertain|anonym(?:ous|es?)|(?:various|multiple|several)(?: armed)?(?: groups| actors)?"
    r"|(?:suspected )?(?:gunm[ae]n|armed"
    r" (?:m[ae]n|individuals?|persons?|people|assailants?|groups?|elements?)|assailants?|attackers?|perpetrators?"
    r"|individuals?|persons?|people|m[ae]n)"
    r"|(?:presumes? )?(?:hommes?|individus?|elements?|groupes?|personnes?|assaillants?|bandits?|auteurs?)(?:"
    r" armee?s?)?|hani"
    r"|(?:hombres?|homens?|individuos?|sujetos?|personas?|grupos?|pistoleros?|sicarios?)(?: armad[oa]s?)?"
    r"|(?:ال)?مسلح(?:ون|ين)|مجموع\w* مسلح\w*"
    r"|civilians?|civils?|civiles|civis|populations? civiles?|(?:poblacion|populacao) civil"
    r"|protesters?|rioters?|manifestants?|emeutiers?|n[ad]|ras|nil"
)
# What stands between several parties of one cell; the signs of the second may as well be part of one name.
_BETWEEN = re.compile(r"\s*[;|\n]\s*|\s+/\s+")
_PERHAPS_BETWEEN = re.compile(r"\s*[,/&+]\s*|\s+(?:and|et|y|e)\s+", re.IGNORECASE)
TOGETHER = "; "  # how several are written here
# The same of the aliases of a side file.
BETWEEN_ALIASES, _PERHAPS_ALIASES = re.compile(r"[|;\n]"), re.compile(r"[,/]")
_APOSTROPHES = re.compile(r"['`\u2018\u2019\u02bb\u02bc\u02be\u02bf]")
_BRACKET = re.compile(r"\s*\([^()]*\)\s*$")
_DASHED = re.compile(r"\s+[-\N{EN DASH}\N{EM DASH}]\s+\S+$")


@dataclass(frozen=True)
class Actors:
    """Actors by the folded name or alias."""

    names: dict[str, str]
    types: dict[str, str]
    own: tuple[str, ...] = ()  # those of the user's table
    lists: tuple[str, ...] = ()  # its aliases that hold a comma, and may be several
    _seen: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def name(self, published: str) -> str:
        """Return the actor's one name.

        A name counts as known with or without what stands in brackets after it, or before a colon: ``Group A (GA)``,
        ``GA: Group A`` and ``Group A`` are one.

        Examples
        --------
        >>> load_actors().name("Groupe de soutien à l'islam et aux musulmans (GSIM)")
        'JNIM'
        """
        found = self._seen.get(published)
        if found is None:
            known = (self.names[form] for form in _forms(published) if form in self.names)
            found = self._seen[published] = next(known, published)
        return found

    def unmet(self) -> list[str]:
        """Return those actors of the user's own table that no name asked for so far meant."""
        met = set(self._seen.values())
        return [name for name in self.own if name not in met]

    def unparted(self) -> list[str]:
        """Return those aliases of the user's own table that no name asked for so far was, though a part of it was."""
        met = {form for name in self._seen for form in _forms(name)}
        return [
            alias for alias in self.lists
            if _fold(alias) not in met and any(_fold(part) in met for part in _PERHAPS_ALIASES.split(alias))
        ]  # fmt: skip

    def type(self, published: str) -> str | None:
        """Return the actor's type, or ``None`` where the table does not know it."""
        return self.types.get(self.name(published))

    def somebody(self, published: str) -> str | None:
        """Return the actor's one name, or ``None`` where what is written names nobody."""
        return None if names_nobody(published) else self.name(published)

    def parties(self, published: str, others: Collection[str] = ()) -> list[str]:
        """Return the parties that one cell names, each by its one name and once; nobody is left out.

        Between them stands a semicolon, a line or a stroke, or, where each is in the table or among ``others`` (what
        other cells name), a comma or an "and". What is in the table as it stands is one.

        Examples
        --------
        >>> actors = load_actors()
        >>> actors.parties("GSIM; État islamique au Sahel"), actors.parties("JNIM, ISSP"), actors.parties("A, B and C")
        (['JNIM', 'ISSP'], ['JNIM', 'ISSP'], ['A, B and C'])
        """
        parts = [part for part in _BETWEEN.split(published) if part.strip()]
        if len(parts) > 1 and _fold(published) in self.names:
            parts = [published]
        elif len(parts) == 1:
            perhaps = [part for part in _PERHAPS_BETWEEN.split(published) if part.strip()]
            if all(part in others or any(form in self.names for form in _forms(part)) for part in perhaps):
                parts = perhaps
        return list(dict.fromkeys(name for part in parts if (name := self.somebody(part.strip())) is not None))


def names_nobody(published: str) -> bool:
    """Tell whether what stands in place of an actor names no group: unknown, unidentified, civilians.

    Examples
    --------
    >>> names_nobody("Unidentified Armed Group (Mali)"), names_nobody("JNIM")
    (True, False)
    >>> names_nobody("Hommes armés non identifiés")
    True
    """
    return is_unknown(published) or bool(_NOBODY.fullmatch(_before_bracket(_plain(published))))


def is_unknown(published: str) -> bool:
    """Tell whether what stands in place of a name says that none is known.

    Examples
    --------
    >>> is_unknown("Non spécifié"), is_unknown("-"), is_unknown("غير معروف"), is_unknown("Gao")
    (True, True, True, False)
    """
    plain = _plain(published)
    return bool(_NOT_A_NAME.fullmatch(plain) or _UNKNOWN.fullmatch(_before_bracket(plain)))


def _before_bracket(plain: str) -> str:
    return plain.replace("_", " ").lstrip("([ ").partition("(")[0].strip()


def load_actors(path: str | Path | None = None) -> Actors:
    """Read the shipped table of actors and, before it, a user's: ``actor, type`` and optional ``aliases``, parted by
    ``|``.

    Parameters
    ----------
    path
        A user's own table (CSV); its names and types go before those of the shipped one.

    Returns
    -------
    Actors
        Names by folded alias, types by name.

    Raises
    ------
    TableError
        If the file is no table, a column is missing, a type is unknown, or one alias is given to two actors.
    """
    shipped = _read(resource(SHIPPED))
    if not path:
        return shipped
    own = _read(Path(path))
    return Actors(shipped.names | own.names, shipped.types | own.types, tuple(own.types), own.lists)


@lru_cache(maxsize=8)
def _read_once(path: Path, state: tuple[int, int] | None) -> tuple[dict[str, str], dict[str, str], tuple[str, ...]]:
    table = read_side_table(path, needed=("actor", "type"), optional=("aliases", "alias"))
    names: dict[str, str] = {}
    types: dict[str, str] = {}
    written: dict[str, None] = {}
    aliases = next((table[name] for name in ("aliases", "alias") if name in table), [""] * len(table))
    for actor, kind, others, row in zip(table["actor"], table["type"], aliases, table["row"], strict=True):
        where = f"{path.name}, row {row}"
        if not actor:
            raise TableError(f"{where}: the actor has no name.", path=path)
        if kind not in ACTOR_TYPES:
            raise TableError(f"{where}: type {kind!r} is none of {', '.join(ACTOR_TYPES)}.", path=path)
        for alias in (actor, *BETWEEN_ALIASES.split(others)):
            written.setdefault(alias.strip())
            folded = _fold(alias)
            if folded and names.setdefault(folded, actor) != actor:
                raise TableError(
                    f"{where}: {alias.strip()!r} is given to {names[folded]} and to {actor}. Give it to one of them.",
                    path=path,
                )
        if types.setdefault(actor, kind) != kind:
            raise TableError(f"{where}: {actor} is {types[actor]} and {kind}. Give it one type.", path=path)
    return names, types, tuple(filter(_PERHAPS_ALIASES.search, written))


def _read(path: Path) -> Actors:
    state = state_of(path)
    names, types, lists = _read_once(path, (state.st_size, state.st_mtime_ns) if state else None)
    return Actors(names, types, lists=lists)


def _forms(published: str) -> list[str]:
    """Return the folded ways in which a published name may stand in the table, the whole one first."""
    before, colon, after = published.partition(":")
    parts = [published, _BRACKET.sub("", published)]
    parts += [after, _BRACKET.sub("", after), before] if colon else []
    parts.append(_DASHED.sub("", published))
    return [folded for part in dict.fromkeys(parts) if (folded := _fold(part))]


def _fold(name: str) -> str:
    """Return the words of a name, without accents, apostrophes and signs between them."""
    return " ".join(re.findall(r"[^\W_]+", _APOSTROPHES.sub("", _plain(name))))


def _plain(name: str) -> str:
    return unaccented(name).strip()
