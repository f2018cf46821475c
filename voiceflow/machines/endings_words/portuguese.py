"""Portuguese."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.endings_words.words import Words

PORTUGUESE: Final = Words(
    hesitations="""
        é que é, hum, hã, ahn, eh, ãh, né, tipo, tipo assim, quer dizer, deixa eu ver, vamos ver, como se diz,
        então é
    """,
    leads="""
        meu nome é, o meu nome é, me chamo, chamo-me, eu sou, sou, eu quero, quero, eu queria, queria,
        gostaria de, eu gostaria de, preciso de, eu preciso, preciso, estou procurando, procuro, moro em, moro na,
        moro no, venho de, pode, você pode, poderia, meu número é, o meu número é, meu telefone é, meu endereço é,
        estou ligando para, por exemplo, acho que, eu acho que, é que, tenho que, por causa de, um pouco de, vou
    """,
    open="""
        e, ou, mas, porém, porque, embora, que, se, quando, enquanto, como, o, a, os, as, um, uma, uns, umas, do,
        da, dos, das, no, na, nos, nas, ao, à, aos, às, pelo, pela, pelos, pelas, meu, minha, meus, minhas, teu,
        tua, seu, sua, seus, suas, nosso, nossa, num, numa, muito, senhor, senhora, cada, nem, entre, este é,
        esta é, pois, desde
    """,
    weak="""
        de, em, com, por, para, pra, sem, sobre, até, contra, sob, após, é, são, era, está, estão, estou, foi,
        tem, tenho, há, ia, posso, pode, vai, vamos, quero, eu, tu, ele, ela, nós, eles, elas, me, te, lhe, mais,
        também, então, talvez, não, aí, esse, essa, este, esta, algum, alguma
    """,
    closers="""
        por favor, obrigado, obrigada, tchau, não sei, eu não sei, é isso, é só isso, só isso, acho que sim,
        acho que não, tudo bem, como vai, e você, eu também, quem é, o que é, onde é, quanto é, que horas são,
        quanto custa, hoje, amanhã, agora, pode ser, onde fica, claro que sim, claro que não, ainda não, pois não
    """,
    answers="""
        sim, não, claro, ok, okay, tá, tá bom, está bem, está bom, certo, exato, exatamente, com certeza, isso,
        obrigado, obrigada, muito obrigado, muito obrigada, não obrigado, não obrigada, sim por favor, por favor,
        olá, oi, bom dia, boa tarde, boa noite, tchau, até logo, talvez, não sei, ainda não, é isso, só isso,
        é só isso, perfeito, beleza, tudo bem, para, pare, espera, espere, eu também, desculpe, como, por quê,
        acho que sim, acho que não, pode ser, é, pois é, nada, ótimo, alô
    """,
    echoes="eu quero, quero, eu sou, eu tenho, tenho, posso, é verdade, está certo, eu sei, sou eu",
    questions="que, onde, quem, como, quando, qual, quais, quanto, quanta, quantos, quantas, aonde",
    subordinates="se, quando, embora, enquanto, como, caso",
    digits="zero, um, dois, três, quatro, cinco, seis, meia, sete, oito, nove",
)
