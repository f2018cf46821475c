"""French, with the numbers of Belgium and Switzerland."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.spoken.vocabulary import Vocabulary

FRENCH: Final = Vocabulary(
    small=(
        "zero un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dixsept "
        "dixhuit dixneuf"
    ),
    tens="vingt trente quarante cinquante soixante septante huitante/octante nonante",
    more={"quatrevingt": 80, "quatrevingts": 80},
    joined=("{ten}{one}", "{ten}et{one}"),
    scores="soixante quatrevingt",
    hundred="cents?",
    thousand="mil(?:le)?",
    joint="et",
    ordinals="premier/premiere",
    times={"double": 2, "triple": 3},
    signs={
        "arobase": "@", "arrobase": "@", "at": "@", "point": ".", "dot": ".", "tiret": "-", "trait d'union": "-",
        "moins": "-", "tiret du bas": "_", "tiret bas": "_", "underscore": "_", "souligné": "_", "plus": "+",
    },
    yes=(
        "oui ouais si exact exacte exactement juste correct correcte vrai voila parfait accord absolument certainement "
        "bien okay ok yes"
    ),
    no="non pas faux fausse jamais incorrect incorrecte aucun aucune no",
    agreed=("pas de probleme", "pas de souci", "pourquoi pas"),
    months="janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    weekdays="lundi mardi mercredi jeudi vendredi samedi dimanche",
    days={"apres demain": 2, "demain": 1, "aujourd'hui": 0, "ce soir": 0, "avant hier": -2, "hier": -1},
    which={"prochain": "coming", "ce": "this", "dernier": "last", "passe": "last", "en huit": "next week"},
    ahead="dans",
    units={"jour": 1, "jours": 1, "semaine": 7, "semaines": 7},
    one="un une",
    leads=(
        "bonjour", "bonsoir", "allô", "oui", "euh", "alors", "je m'appelle", "je suis", "mon nom est", "c'est",
        "moi c'est", "j'habite(?: au| à| à la)?", "mon adresse est", "ici",
    ),
    email_leads="oui euh alors c'est mon l'adresse adresse e-mail email mail mél est",
    particles="de du des et",
    respelt={r"\b(?:[cdjlmnst]|qu)'": " "},
    dated="{day} {month} {year}",
    named="janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    asks={
        "name": "Quel est votre nom ?",
        "email": "Quelle est votre adresse e-mail ?",
        "phone": "Quel est votre numéro de téléphone ?",
        "digits": "Quel est le numéro ?",
        "date": "Quelle est la date ?",
        "address": "Quelle est votre adresse ?",
        "other": "Pouvez-vous me dire {what} ?",
        "right": "{value}. C'est bien ça ?",
        "again": "Pardon, je n'ai pas compris. {question}",
    },
)  # fmt: skip
