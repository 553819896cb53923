"""The words of a line in Norwegian, Swedish, Danish and English, folded. All four are understood at once.

Where two languages disagree, this is what holds:

- ``man``, ``fri``, ``tor``, ``son``, ``sat`` and the like are words of one language and days of another: a short name
  of a day is read with its full stop (``fri.``), or after a word that speaks of days (``last fri``).
- ``i morgen`` is tomorrow, as in Norwegian and Danish; Swedish writes ``i morgon``.
- ``på fredag`` is the one to come; English ``on friday`` is the latest one, as a day without any word before it.
- ``3/4`` and ``3.4.`` are 3 April: English puts the day first too, as in Britain.
- ``t`` is hours in the Nordic languages and no unit of English; ``m`` is minutes everywhere.
"""

from __future__ import annotations

# Days from today.
RELATIVE: dict[tuple[str, ...], int] = {
    ("i", "dag"): 0,
    ("idag",): 0,
    ("today",): 0,
    ("i", "gar"): -1,
    ("igar",): -1,
    ("yesterday",): -1,
    ("i", "forgars"): -2,
    ("i", "forigars"): -2,
    ("i", "forrgar"): -2,
    ("iforgars",): -2,
    ("iforrgar",): -2,
    ("forrgar",): -2,
    ("day", "before", "yesterday"): -2,
    ("the", "day", "before", "yesterday"): -2,
    ("i", "morgen"): 1,
    ("imorgen",): 1,
    ("i", "morgon"): 1,
    ("imorgon",): 1,
    ("tomorrow",): 1,
    ("i", "overmorgen"): 2,
    ("i", "overmorgon"): 2,
    ("iovermorgen",): 2,
    ("iovermorgon",): 2,
    ("overmorgen",): 2,
    ("overmorgon",): 2,
    ("day", "after", "tomorrow"): 2,
    ("the", "day", "after", "tomorrow"): 2,
}

DAYS = frozenset({"dag", "dager", "dagar", "dage", "day", "days"})
AGO = frozenset({"siden", "sedan", "ago"})

# Monday is 0. å, ä and ö are folded, so that Swedish and Norwegian names fall together where they differ by them alone.
_WEEKDAYS = (
    ("mandag", "monday"),
    ("tirsdag", "tisdag", "tuesday"),
    ("onsdag", "wednesday"),
    ("torsdag", "thursday"),
    ("fredag", "friday"),
    ("lordag", "saturday"),
    ("sondag", "sunday"),
)
_SHORT = (
    ("man", "mon"),
    ("tir", "tirs", "tis", "tue", "tues"),
    ("ons", "wed"),
    ("tor", "tors", "thu", "thur", "thurs"),
    ("fre", "fri"),
    ("lor", "sat"),
    ("son", "sun"),
)
WEEKDAYS = {name: day for day, names in enumerate(_WEEKDAYS) for name in names} | {
    f"{name}en": day for day, names in enumerate(_WEEKDAYS) for name in names if name.endswith("dag")
}
SHORT_WEEKDAYS = {name: day for day, names in enumerate(_SHORT) for name in names}
# Swedish and Danish "i fredags".
PAST_WEEKDAYS = {f"{name}s": day for day, names in enumerate(_WEEKDAYS) for name in names if name.endswith("dag")}

# Of the week before this one: "forrige fredag".
PREVIOUS = frozenset({"forrige", "forra", "last"})
# The latest before today: "sist fredag", "sidste fredag".
LATEST = frozenset({"sist", "siste", "sidste", "sista", "senaste", "past"})
NEXT = frozenset({"neste", "naeste", "nasta", "next"})
THIS = frozenset({"denne", "denna", "this"})
COMING = frozenset({"pa"})
ON = frozenset({"on"})

_MONTHS = (
    ("januar", "januari", "january", "jan"),
    ("februar", "februari", "february", "feb", "febr"),
    ("mars", "marts", "march", "mar"),
    ("april", "apr"),
    ("mai", "maj", "may"),
    ("juni", "june", "jun"),
    ("juli", "july", "jul"),
    ("august", "augusti", "aug"),
    ("september", "sep", "sept"),
    ("oktober", "october", "okt", "oct"),
    ("november", "nov"),
    ("desember", "december", "des", "dec"),
)
MONTHS = {name: month for month, names in enumerate(_MONTHS, 1) for name in names}
# English alone puts the month first.
MONTHS_BEFORE = {
    name: month
    for name, month in MONTHS.items()
    if name
    in {
        *("january", "february", "march", "april", "may", "june", "july"),
        *("august", "september", "october", "november", "december"),
    }
}
# Words that may stand before a date.
THE = frozenset({"den", "the", "on"})

TO = frozenset({"til", "till", "to", "until", "-", "–", "—"})
FROM = frozenset({"fra", "fran", "from", "kl", "kl.", "klokka", "klokken", "klockan", "at", "since"})
AND = frozenset({"og", "och", "and"})
