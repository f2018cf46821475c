"""Dutch."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.spoken.vocabulary import Vocabulary

DUTCH: Final = Vocabulary(
    small=(
        "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien "
        "achttien negentien"
    ),
    tens="twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    joined=("{one}en{ten}",),
    hundred="honderd",
    thousand="duizend",
    joint="en",
    ordinals=(
        "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde dertiende veertiende "
        "vijftiende zestiende zeventiende achttiende negentiende"
    ),
    ordinal="ste",
    times={"dubbel": 2, "dubbele": 2, "driedubbel": 3},
    signs={
        "apenstaartje": "@", "at": "@", "punt": ".", "dot": ".", "streepje": "-", "koppelteken": "-", "min": "-",
        "underscore": "_", "laag streepje": "_", "liggend streepje": "_", "plus": "+",
    },
    yes="ja jawel jazeker klopt juist precies goed zeker correct natuurlijk prima graag oke okay ok yes",
    no="nee neen no niet geen fout onjuist verkeerd nooit",
    agreed=("geen probleem", "waarom niet"),
    months="januari februari maart/mrt april mei juni juli augustus september oktober november december",
    weekdays="maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    days={"overmorgen": 2, "morgen": 1, "vandaag": 0, "vanavond": 0, "eergisteren": -2, "gisteren": -1},
    which={
        "volgende": "next week", "volgende week": "next week", "komende": "coming", "aanstaande": "coming",
        "deze": "this", "afgelopen": "last", "vorige": "last",
    },
    ahead="over",
    units={"dag": 1, "dagen": 1, "week": 7, "weken": 7},
    one="een",
    leads=(
        "hallo", "hoi", "goede(?:morgen|middag|navond)", "goedendag", "ja", "uh", "eh", "ik ben", "ik heet",
        "mijn naam is", "dit is", "het is", "[ju]e? spreekt met", "u spreekt met", "met", "mijn adres is",
        "ik woon(?: op| in)?",
    ),
    email_leads="ja uh eh mijn het de is e-mail email mail e-mailadres mailadres adres",
    particles="van de den der ter ten het en",
    dated="{day} {month} {year}",
    named="januari februari maart april mei juni juli augustus september oktober november december",
    asks={
        "name": "Wat is uw naam?",
        "email": "Wat is uw e-mailadres?",
        "phone": "Wat is uw telefoonnummer?",
        "digits": "Wat is het nummer?",
        "date": "Op welke dag?",
        "address": "Wat is uw adres?",
        "other": "Wat is {what}?",
        "right": "{value}. Klopt dat?",
        "again": "Sorry, dat heb ik niet verstaan. {question}",
    },
)  # fmt: skip
