"""German."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.spoken.vocabulary import Vocabulary

GERMAN: Final = Vocabulary(
    small=(
        "null eins zwei/zwo drei vier funf/fuenf sechs sieben acht neun zehn elf zwolf/zwoelf dreizehn vierzehn "
        "funfzehn/fuenfzehn sechzehn siebzehn achtzehn neunzehn"
    ),
    tens="zwanzig dreissig vierzig funfzig/fuenfzig sechzig siebzig achtzig neunzig",
    joined=("{one}und{ten}",),
    bound="ein zwei drei vier funf sechs sieben acht neun",
    hundred="hundert",
    thousand="tausend",
    joint="und",
    ordinals=(
        "erste zweite/zwote dritte vierte funfte/fuenfte sechste siebte/siebente achte neunte zehnte elfte "
        "zwolfte/zwoelfte dreizehnte vierzehnte funfzehnte sechzehnte siebzehnte achtzehnte neunzehnte"
    ),
    ordinal="ste",
    inflected="n r s m",
    times={"doppel": 2, "doppelt": 2, "doppelte": 2, "dreifach": 3},
    signs={
        "at": "@", "klammeraffe": "@", "punkt": ".", "dot": ".", "minus": "-", "bindestrich": "-", "strich": "-",
        "unterstrich": "_", "underscore": "_", "plus": "+",
    },
    yes=(
        "ja jo jawohl jap genau richtig stimmt korrekt klar sicher gern gerne okay ok okee passt freilich naturlich "
        "selbstverstandlich unbedingt yes"
    ),
    no="nein ne nee no not nicht falsch kein keine keinesfalls keineswegs nie niemals",
    agreed=("kein problem", "warum nicht"),
    months=(
        "januar/janner februar/feber marz/maerz april mai juni/juno juli/julei august september oktober november "
        "dezember"
    ),
    weekdays="montag dienstag mittwoch donnerstag freitag samstag/sonnabend sonntag",
    days={"ubermorgen": 2, "uebermorgen": 2, "morgen": 1, "heute": 0, "vorgestern": -2, "gestern": -1},
    which={
        "nachsten": "coming", "nachster": "coming", "kommenden": "coming", "diesen": "this", "letzten": "last",
        "vergangenen": "last", "nachste woche": "next week",
    },
    ahead="in",
    units={"tag": 1, "tage": 1, "tagen": 1, "woche": 7, "wochen": 7},
    one="einem einer",
    leads=(
        "hallo", "hi", "guten (?:tag|morgen|abend)", "grüß gott", "ja", "also", "äh", "ähm", "ich bin",
        "ich hei(?:ß|ss)e",
        "mein (?:voller )?name ist", "der name ist", "das ist", "es ist", "hier ist", "hier spricht",
        "meine (?:adresse|anschrift) ist", "ich wohne in der", "ich wohne(?: in)?",
    ),
    email_leads=(
        "ja also äh ähm meine die das ist lautet e-mail email mail e-mail-adresse emailadresse mailadresse adresse"
    ),
    particles="von vom zu zum zur van de der den und",
    dated="{day}. {month} {year}",
    named="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    asks={
        "name": "Wie ist Ihr Name?",
        "email": "Wie lautet Ihre E-Mail-Adresse?",
        "phone": "Wie lautet Ihre Telefonnummer?",
        "digits": "Wie lautet die Nummer?",
        "date": "An welchem Tag?",
        "address": "Wie lautet Ihre Adresse?",
        "other": "Wie lautet {what}?",
        "right": "{value}. Ist das richtig?",
        "again": "Entschuldigung, das habe ich nicht verstanden. {question}",
    },
)  # fmt: skip
