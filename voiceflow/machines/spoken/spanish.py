"""Spanish."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.spoken.vocabulary import Vocabulary

SPANISH: Final = Vocabulary(
    small=(
        "cero uno/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis "
        "diecisiete dieciocho diecinueve veinte veintiuno/veintiun/veintiuna veintidos veintitres veinticuatro "
        "veinticinco veintiseis veintisiete veintiocho veintinueve"
    ),
    tens="veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    joined=("{ten}y{one}",),
    hundred="cientos?|cien",
    hundreds=(
        "cien/ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
    ),
    thousand="mil",
    joint="y",
    ordinals="primero/primer",
    times={"doble": 2, "triple": 3},
    signs={
        "arroba": "@", "punto": ".", "guion": "-", "menos": "-", "raya": "-", "guion bajo": "_", "subrayado": "_",
        "underscore": "_", "más": "+", "plus": "+",
    },
    yes=(
        "si claro vale correcto correcta exacto exactamente cierto bien bueno perfecto verdad acuerdo eso seguro okay "
        "ok yes"
    ),
    no="no incorrecto incorrecta mal nunca jamas falso tampoco negativo equivocado",
    agreed=("no hay problema", "sin problema", "como no", "por que no"),
    months="enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre",
    weekdays="lunes martes miercoles jueves viernes sabado domingo",
    days={"pasado manana": 2, "manana": 1, "hoy": 0, "esta noche": 0, "anteayer": -2, "ayer": -1},
    which={
        "proximo": "coming", "que viene": "coming", "siguiente": "coming", "este": "this", "pasado": "last",
        "ultimo": "last",
    },
    ahead="en dentro",
    units={"dia": 1, "dias": 1, "semana": 7, "semanas": 7},
    one="un una",
    leads=(
        "hola", "buenos días", "buenas(?: tardes| noches)?", "sí", "pues", "eh", "me llamo", "soy", "mi nombre es",
        "es", "mi dirección es", "vivo en(?: la)?",
    ),
    email_leads="sí pues eh mi el la es correo electrónico e-mail email mail dirección",
    particles="de del la las los y",
    dated="{day} de {month} de {year}",
    named="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    asks={
        "name": "¿Cómo se llama?",
        "email": "¿Cuál es su correo electrónico?",
        "phone": "¿Cuál es su número de teléfono?",
        "digits": "¿Cuál es el número?",
        "date": "¿Qué día?",
        "address": "¿Cuál es su dirección?",
        "other": "¿Cuál es {what}?",
        "right": "{value}. ¿Es correcto?",
        "again": "Perdone, no lo he entendido. {question}",
    },
)  # fmt: skip
