"""What callers say in other languages, and what our own voice says: both are read."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voiceflow.machines import spoken_values as values
from voiceflow.machines.spoken import LANGUAGES, Vocabulary, vocabulary
from voiceflow.machines.spoken.numbers import numbers, numerals
from voiceflow.machines.spoken.vocabulary import fold
from voiceflow.machines.text.languages import NAMES
from voiceflow.text import counting, verbaliser

OTHERS = [language for language in LANGUAGES if language != "en"]
each_language = pytest.mark.parametrize("language", LANGUAGES)
each_vocabulary = pytest.mark.parametrize("of", LANGUAGES.values(), ids=LANGUAGES.keys())


def spoken(written: str, language: str, before: str = "") -> str:
    """As our own voice says it."""
    answer = verbaliser(language).read(written, before)
    assert answer is not None
    return answer[1]


@each_language
def test_what_our_voice_counts_is_read(language: str) -> None:
    """Every number below a hundred, and every third below ten thousand: as digits and as a quantity."""
    of = vocabulary(language)
    for number in (*range(100), *range(0, 10_000, 3)):
        words = of.words(counting.cardinal(number, language) or "")
        assert (numerals(words, of), number % 3 or numbers(words, of)) == ([str(number)], number % 3 or [number])
    for number in range(1900, 2100):
        assert numbers(of.words(counting.year(number, language) or ""), of) == [number]


@pytest.mark.parametrize("language", ["en", "de", "nl"])
def test_the_ordinals_of_a_month_are_read(language: str) -> None:
    """Where a day is one."""
    of = vocabulary(language)
    for number in range(1, 32):
        assert numbers(of.words(counting.ordinal(number, language) or ""), of) == [number]


@each_language
def test_every_digit_that_our_voice_spells_is_read(language: str) -> None:
    """One by one, in any order."""
    words = counting.spelled("90125348671100", language)
    assert words is not None
    assert values.digits(", ".join(words), language=language) == "90125348671100"


@each_language
def test_every_day_that_our_voice_says_is_read(language: str) -> None:
    """In this century and the last."""
    day = datetime.date(1951, 1, 1)
    while day.year < 2040:
        said = spoken(day.isoformat(), language, "am " if day.day % 2 else "")
        assert datetime.date(*values.date(said, None, language)) == day
        day += datetime.timedelta(days=97)


@each_language
def test_a_day_that_is_read_back_is_that_day(language: str) -> None:
    """By its table; and all months are there, as they are heard and as they are written."""
    of = vocabulary(language)
    for month, name in enumerate(of.named.split(), 1):
        assert values.date(of.dated.format(day=17, month=name, year=2031), None, language) == (2031, month, 17)
    assert len(of.named.split()) == len(of.months.split()) == 12
    assert len(of.weekdays.split()) == 7


@each_language
@example(address="a@um.com")
@given(st.from_regex(r"[a-z][a-z0-9]{0,8}([._+-][a-z0-9]{1,5})?@[a-z]{2,8}[.](com|org)", fullmatch=True))
def test_an_address_that_is_read_back_is_that_address(language: str, address: str) -> None:
    """Its signs by their names, its letters one by one: those that are a number together are letters."""
    signs = vocabulary(language).spoken_signs
    said = "".join(signs.get(each, f"{each} ") for each in address)
    assert values.email(said, language) == address


@each_vocabulary
def test_tables_are_folded(of: Vocabulary) -> None:
    """Their words are as they are looked up; what is asked and written has its accents."""
    looked_up = [
        of.small, of.tens, of.bound, of.scores, of.hundreds, of.ordinals, of.yes, of.no, of.months, of.weekdays,
        of.ahead, of.one, *of.agreed, *of.more, *of.times, *of.days, *of.which, *of.units,
    ]  # fmt: skip
    assert [words for words in looked_up if words != fold(words)] == []
    assert set(of.asks) >= {"name", "email", "phone", "address", "other", "right", "again"}
    assert set(of.sign_of.values()) == set("@.-_+")
    assert not set(of.yes.split()) & set(of.no.split())


CASES: list[tuple[str, Callable[..., Any], str, Any]] = [
    ("de", values.digits, "null vier zwo, fünfundfünfzig, doppel sieben", "0425577"),
    ("de", values.digits, "ein und zwanzig dreizehn", "2113"),
    ("de", values.digits, "das ist ein Code, achthundertfünf fünf", "8055"),
    ("de", values.digits, "acht hundert, fünf fünf fünf, zwei tausend", "8005552000"),
    ("fr", values.digits, "huit cent, cinq cinq, deux cents", "80055200"),
    ("es", values.digits, "ochocientos cinco cinco, novecientos uno", "80055901"),
    ("it", values.digits, "ottocento cinque cinque duecentouno", "80055201"),
    ("pt", values.digits, "oitocentos e cinco cinco, zero oitocentos", "80550800"),
    ("nl", values.digits, "achthonderd vijf vijf, tweehonderd twaalf", "80055212"),
    ("fr", values.digits, "zéro six douze trente-quatre cinquante-six soixante-dix-huit", "0612345678"),
    ("fr", values.digits, "quatre-vingt-dix-neuf, soixante et onze, septante, huitante et un", "99717081"),
    ("es", values.digits, "seis uno dos, treinta y cuatro, veintiséis, doble cero", "612342600"),
    ("it", values.digits, "tre due otto, ventuno, sessantotto", "3282168"),
    ("pt", values.digits, "nove meia, vinte e um, trinta e quatro", "962134"),
    ("nl", values.digits, "nul zes, tweeëntwintig, drie-en-dertig", "062233"),
    ("de", values.phone, "plus vier neun, eins fünf eins, zwei drei vier fünf sechs", "+4915123456"),
    ("fr", values.phone, "zéro zéro trente-trois, six, douze, trente-quatre", "+3361234"),
    ("it", values.phone, "più tre nove, tre tre tre, uno due tre quattro", "+393331234"),
    ("pt", values.phone, "mais trinta e cinco um, nove um dois três quatro", "+351" + "91234"),
    ("de", values.email, "Meine E-Mail ist anna Punkt müller at web Punkt de", None),
    ("de", values.email, "Die Adresse ist anna Punkt mueller neunzehn ät web Punkt de", "anna.mueller19@web.de"),
    ("de", values.email, "anna Unterstrich lee at mail Bindestrich box Punkt com", "anna_lee@mail-box.com"),
    ("fr", values.email, "jean tiret du bas martin arobase orange point fr", "jean_martin@orange.fr"),
    ("fr", values.email, "C'est jean tiret luc arobase laposte point net.", "jean-luc@laposte.net"),
    ("es", values.email, "ana guión bajo ruiz arroba correo punto es", "ana_ruiz@correo.es"),
    ("it", values.email, "La mia e-mail è rossi trattino basso uno chiocciola posta punto it", "rossi_1@posta.it"),
    ("pt", values.email, "O meu e-mail é ana traço silva arroba sapo ponto pt", "ana-silva@sapo.pt"),
    ("nl", values.email, "jan laag streepje bos apenstaartje post punt nl", "jan_bos@post.nl"),
    ("de", values.yes_no, "Ja, genau.", True),
    ("de", values.yes_no, "Das ist nicht richtig.", False),
    ("de", values.yes_no, "Kein Problem.", True),
    ("fr", values.yes_no, "Oui, c'est ça.", True),
    ("fr", values.yes_no, "D'accord", True),
    ("fr", values.yes_no, "Je ne suis pas d'accord", False),
    ("es", values.yes_no, "Sí, claro", True),
    ("es", values.yes_no, "No, no es correcto.", False),
    ("it", values.yes_no, "Sì, va bene", True),
    ("it", values.yes_no, "Non è giusto", False),
    ("pt", values.yes_no, "Está bem", True),
    ("pt", values.yes_no, "Não", False),
    ("pt", values.yes_no, "Pois não!", True),
    ("nl", values.yes_no, "Dat klopt", True),
    ("nl", values.yes_no, "Nee, dat klopt niet.", False),
    ("de", values.yes_no, "vielleicht", None),
    ("de", values.name, "Guten Tag, ich heiße ludwig van beethoven.", "Ludwig van Beethoven"),
    ("fr", values.name, "Bonjour, je m\u2019appelle charles de gaulle", "Charles de Gaulle"),
    ("es", values.name, "Me llamo maría de la cruz", "María de la Cruz"),
    ("it", values.name, "Buongiorno, sono anna de luca", "Anna De Luca"),
    ("pt", values.name, "Meu nome é joão da silva", "João da Silva"),
    ("nl", values.name, "U spreekt met jan van der berg", "Jan van der Berg"),
    ("de", values.date, "am dritten Mai zweitausendsechsundzwanzig", (2026, 5, 3)),
    ("de", values.date, "der dritte fünfte neunzehnhundertneunundneunzig", (1999, 5, 3)),
    ("de", values.date, "3. Mai 2026", (2026, 5, 3)),
    ("de", values.date, "20.10.2026", (2026, 10, 20)),
    ("de", values.date, "3.5.26", None),
    ("de", values.date, "31.4.2026", None),
    ("fr", values.date, "le premier mai deux mille vingt-six", (2026, 5, 1)),
    ("fr", values.date, "le sept août 2026", (2026, 8, 7)),
    ("es", values.date, "el veintidós de diciembre de mil novecientos noventa y nueve", (1999, 12, 22)),
    ("it", values.date, "l'otto maggio duemilaventisei", (2026, 5, 8)),
    ("pt", values.date, "nove de outubro de dois mil e vinte e seis", (2026, 10, 9)),
    ("nl", values.date, "eenentwintig maart tweeduizend zesentwintig", (2026, 3, 21)),
    ("en", values.date, "the third of May, two thousand and twenty six", (2026, 5, 3)),
    ("en", values.date, "the third of May, twenty oh six", (2006, 5, 3)),
    ("en", values.date, "3/5/2026", None),
    ("de", values.address, "Ich wohne in der Langen Straße zwölf, Berlin", "Langen Straße zwölf, Berlin"),
    ("fr", values.address, "J'habite au 12, rue Longue, Paris", "12, rue Longue, Paris"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "read", "text", "value"), CASES)
def test_it_is_read_in_its_language(language: str, read: Callable[..., Any], text: str, value: Any) -> None:
    """As it is said; None: it is none, and what was expected is told."""
    if value is None:
        with pytest.raises(values.Unclear, match=r"^expected "):
            read(text, language=language)
    else:
        assert read(text, language=language) == value


DAYS = {
    "en": ["today", "tomorrow", "the day after tomorrow", "on Friday", "this Wednesday", "in two weeks"],
    "de": ["heute", "morgen", "übermorgen", "am Freitag", "diesen Mittwoch", "in zwei Wochen"],
    "fr": ["aujourd'hui", "demain", "après-demain", "vendredi prochain", "ce mercredi", "dans deux semaines"],
    "es": ["hoy", "mañana", "pasado mañana", "el viernes que viene", "este miércoles", "dentro de dos semanas"],
    "it": ["oggi", "domani", "dopodomani", "venerdì prossimo", "questo mercoledì", "tra due settimane"],
    "pt": ["hoje", "amanhã", "depois de amanhã", "na próxima sexta-feira", "esta quarta", "daqui a duas semanas"],
    "nl": ["vandaag", "morgen", "overmorgen", "komende vrijdag", "deze woensdag", "over twee weken"],
}


@each_language
def test_days_are_told_from_a_wednesday(language: str) -> None:
    """In the words of each."""
    assert [values.days_ahead(text, 2, language) for text in DAYS[language]] == [0, 1, 2, 2, 0, 14]


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [
        ("de", "letzten Freitag", -5),
        ("nl", "volgende week vrijdag", 9),
        ("fr", "vendredi en huit", 9),
        ("pt", "sexta-feira que vem", 2),
        ("es", "el viernes por la mañana", 2),
        ("it", "fra una settimana", 7),
        ("de", "in einer Woche", 7),
    ],
)
def test_which_weekday_is_said_before_or_behind(language: str, text: str, days: int) -> None:
    """And a morning is no tomorrow."""
    assert values.days_ahead(text, 2, language) == days


@each_language
@given(st.text(max_size=40))
def test_any_text_is_a_value_or_unclear_in_each(language: str, text: str) -> None:
    """Never another error; and a value that was read is read again as itself."""
    for read in (values.digits, values.phone, values.email, values.name, values.address):
        with suppress(values.Unclear):
            value = read(text, language=language)
            assert read(value, language=language) == value
    with suppress(values.Unclear):
        values.yes_no(text, language)
    with suppress(values.Unclear):
        datetime.date(*values.date(text, 2026, language))


WORDS = sorted(
    {*vocabulary("de").below_hundred, *vocabulary("fr").below_hundred, "tausend", "hundert", "mille", "cent"}
)


@given(st.lists(st.sampled_from(WORDS), max_size=8), st.sampled_from(OTHERS))
def test_any_numbers_in_a_row_are_some(words: list[str], language: str) -> None:
    """No day is beyond a calendar."""
    with suppress(values.Unclear):
        datetime.date(*values.date(" ".join(["mai", *words]), 2026, language))
    assert all(number < 10_000 for number in numbers(words, vocabulary(language)))


def test_a_language_has_one_name_here_and_for_texts() -> None:
    """And a tag with a country is that language; one without words is none."""
    assert set(LANGUAGES) <= set(NAMES)
    assert vocabulary("de-AT") is vocabulary("de") is vocabulary("DE_ch")
    with pytest.raises(LookupError):
        vocabulary("pl")
