"""Portuguese, of Portugal and of Brazil."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.spoken.vocabulary import Vocabulary

PORTUGUESE: Final = Vocabulary(
    small=(
        "zero um/uma dois/duas tres quatro cinco seis/meia sete oito nove dez onze doze treze catorze/quatorze quinze "
        "dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove"
    ),
    tens="vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    joined=("{ten}e{one}",),
    hundred="centos?|cem",
    hundreds=(
        "cem/cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos"
    ),
    thousand="mil",
    joint="e",
    ordinals="primeiro/primeira",
    times={"duplo": 2, "duplos": 2, "triplo": 3},
    signs={
        "arroba": "@", "ponto": ".", "traço": "-", "hífen": "-", "menos": "-", "sublinhado": "_", "underline": "_",
        "underscore": "_", "traço inferior": "_", "mais": "+",
    },
    yes="sim claro certo certeza correto exato exatamente isso verdade perfeito pode ta bem okay ok yes",
    no="nao no errado errada incorreto incorreta nunca jamais falso negativo",
    agreed=("pois nao", "sem problema", "por que nao", "nao tem problema"),
    months="janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    weekdays="segunda terca quarta quinta sexta sabado domingo",
    days={"depois de amanha": 2, "amanha": 1, "hoje": 0, "anteontem": -2, "ontem": -1},
    which={
        "proximo": "coming", "proxima": "coming", "que vem": "coming", "este": "this", "esta": "this",
        "passado": "last", "passada": "last", "ultimo": "last", "ultima": "last",
    },
    ahead="em daqui dentro",
    units={"dia": 1, "dias": 1, "semana": 7, "semanas": 7},
    one="um uma",
    leads=(
        "olá", "oi", "bom dia", "boa (?:tarde|noite)", "sim", "bem", "é", "eu sou", "sou", "me chamo", "eu me chamo",
        "chamo-me", "(?:o )?meu nome é", "aqui é", "(?:a )?minha morada é", "(?:o )?meu endereço é", "moro n[ao]",
    ),
    email_leads=(
        r"sim bem [oa](?=\s(?:meu|minha|e-?mail|endereço)) é meu minha e-mail email mail endereço correio eletrônico "
        "eletrónico"
    ),
    particles="da de do das dos e",
    respelt={r"[- ]feira\b": ""},
    dated="{day} de {month} de {year}",
    named="janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    asks={
        "name": "Qual é o seu nome?",
        "email": "Qual é o seu e-mail?",
        "phone": "Qual é o seu número de telefone?",
        "digits": "Qual é o número?",
        "date": "Em que dia?",
        "address": "Qual é o seu endereço?",
        "other": "Qual é {what}?",
        "right": "{value}. Está certo?",
        "again": "Desculpe, não entendi. {question}",
    },
)  # fmt: skip
