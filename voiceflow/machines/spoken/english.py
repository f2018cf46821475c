"""English."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.spoken.vocabulary import Vocabulary

ENGLISH: Final = Vocabulary(
    small=(
        "zero/oh/o/nought one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen"
    ),
    tens="twenty thirty forty fifty sixty seventy eighty ninety",
    hundred="hundred",
    thousand="thousand",
    joint="and",
    ordinals=(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twentyfirst twentysecond twentythird "
        "twentyfourth twentyfifth twentysixth twentyseventh twentyeighth twentyninth thirtieth thirtyfirst"
    ),
    times={"double": 2, "triple": 3, "treble": 3},
    signs={
        "at": "@", "dot": ".", "point": ".", "dash": "-", "hyphen": "-", "minus": "-", "underscore": "_", "plus": "+",
    },
    yes="yes yeah yep yup sure correct right exactly okay ok true absolutely indeed fine",
    no="no nope nah not wrong incorrect false never",
    agreed=("no problem", "not a problem"),
    months="january february march april may june july august september october november december",
    weekdays="monday tuesday wednesday thursday friday saturday sunday",
    day_first=False,
    days={"day after tomorrow": 2, "tomorrow": 1, "today": 0, "tonight": 0, "yesterday": -1},
    which={"next": "next week", "last": "last", "this": "this"},
    ahead="in",
    units={"day": 1, "days": 1, "week": 7, "weeks": 7},
    one="a",
    leads=(
        "hi", "hello", "yes", "well", "um", "uh", "it's", "its", "it is", "i am", "i'm", "this is",
        "my (?:full )?name is", "my name's", "call me", "the name is",
    ),
    email_leads="it's its it is yes sure my email e-mail address",
    respelt={r"n't\b": " not"},
    dated="{month} {day}, {year}",
    named="January February March April May June July August September October November December",
    asks={
        "name": "What is your name?",
        "email": "What is your e-mail address?",
        "phone": "What is your telephone number?",
        "address": "What is your address?",
        "other": "What is {what}?",
        "right": "{value}. Is that right?",
        "again": "Sorry, I did not get that. {question}",
    },
)  # fmt: skip
