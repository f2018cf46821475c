"""Italian."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.spoken.vocabulary import Vocabulary

ITALIAN: Final = Vocabulary(
    small=(
        "zero uno/una due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici "
        "sedici diciassette diciotto diciannove"
    ),
    tens="venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    joined=("{ten}{one}", "{cut}{one}"),
    hundred="cento?",
    thousand="mille|mila",
    joint="e",
    ordinals="primo/prima",
    times={"doppio": 2, "doppia": 2, "triplo": 3, "tripla": 3},
    signs={
        "chiocciola": "@", "at": "@", "punto": ".", "dot": ".", "trattino": "-", "meno": "-", "trattino basso": "_",
        "underscore": "_", "sottolineato": "_", "più": "+", "plus": "+",
    },
    yes="si certo certamente esatto esattamente giusto corretto vero bene perfetto accordo okay ok yes",
    no="no non sbagliato falso mai errato scorretto",
    agreed=("nessun problema", "perche no", "non c'e problema"),
    months="gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    weekdays="lunedi martedi mercoledi giovedi venerdi sabato domenica",
    days={"dopodomani": 2, "domani": 1, "oggi": 0, "stasera": 0, "altro ieri": -2, "ieri": -1},
    which={"prossimo": "coming", "prossima": "coming", "questo": "this", "questa": "this", "scorso": "last",
           "scorsa": "last"},
    ahead="tra fra",
    units={"giorno": 1, "giorni": 1, "settimana": 7, "settimane": 7},
    one="un una",
    leads=(
        "ciao", "salve", "buongiorno", "buonasera", "pronto", "sì", "allora", "ehm", "mi chiamo", "sono",
        "il mio nome è", "è", "il mio indirizzo è", "abito in", "vivo in",
    ),
    email_leads="sì allora ehm la mia il mio è e-mail email mail indirizzo",
    respelt={r"\b(?:l|d|c|dell|all|dall|nell|sull|quest)'": " "},
    dated="{day} {month} {year}",
    named="gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    asks={
        "name": "Come si chiama?",
        "email": "Qual è il suo indirizzo e-mail?",
        "phone": "Qual è il suo numero di telefono?",
        "digits": "Qual è il numero?",
        "date": "In che giorno?",
        "address": "Qual è il suo indirizzo?",
        "other": "Qual è {what}?",
        "right": "{value}. È giusto?",
        "again": "Mi scusi, non ho capito. {question}",
    },
)  # fmt: skip
