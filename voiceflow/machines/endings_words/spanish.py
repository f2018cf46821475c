"""Spanish."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.endings_words.words import Words

SPANISH: Final = Words(
    hesitations="eh, este, em, mmm, hmm, eeh, o sea, pues eh, a ver, digamos, cómo se dice, bueno este",
    leads="""
        me llamo, mi nombre es, soy, quiero, quisiera, me gustaría, necesito, busco, estoy buscando, vivo en,
        soy de, vengo de, puede, puedes, podría, podrías, mi número es, mi teléfono es, mi dirección es,
        mi correo es, llamo por, llamo para, por ejemplo, creo que, es que, lo que pasa es que, hay que,
        tengo que, quería, quería saber, a causa de, un poco de, además de, voy a
    """,
    open="""
        y, e, o, u, pero, sino, porque, aunque, que, si, cuando, mientras, como, el, la, los, las, un, una, unos,
        unas, del, al, mi, mis, tu, tus, su, sus, nuestro, nuestra, este es, muy, señor, señora, cada, cuyo, ni,
        entre, pues, desde
    """,
    weak="""
        a, de, en, con, por, para, sin, sobre, hasta, hacia, según, contra, bajo, tras, es, son, era, está, están,
        estoy, ha, he, han, había, hay, tengo, tiene, puedo, puede, voy, va, vamos, quiero, yo, tú, él, ella, se,
        me, te, le, lo, nos, más, también, entonces, quizás, luego, todo, algún, alguna, este, esta, ese, esa,
        estos, estas, no
    """,
    closers="""
        por favor, gracias, adiós, no lo sé, no sé, eso es todo, creo que no, creo que sí, qué tal, cómo está,
        cómo estás, y usted, y tú, yo también, qué es, quién es, qué hora es, dónde está, cuánto es, hoy, mañana,
        ahora, para qué, por qué, cuánto cuesta, sí está, así es, aquí está, lo que hay, dígame, ayúdame,
        claro que sí, claro que no
    """,
    answers="""
        sí, si, no, claro, claro que sí, vale, ok, okay, bueno, bien, muy bien, de acuerdo, por supuesto, exacto,
        correcto, gracias, muchas gracias, no gracias, sí por favor, por favor, hola, buenos días, buenas tardes,
        buenas noches, adiós, hasta luego, tal vez, quizás, no sé, no lo sé, todavía no, eso es todo, nada más,
        perfecto, para, espera, espere, alto, yo también, tampoco, perdón, cómo, por qué, dígame, así es,
        creo que sí, creo que no, ni idea
    """,
    echoes="lo es, lo soy, lo sé, es correcto, lo tengo, está bien, quiero, puedo, tengo",
    questions="qué, dónde, quién, cómo, cuándo, cuál, cuánto, cuánta, cuántos, cuántas, adónde",
    subordinates="si, cuando, aunque, mientras, como",
    digits="cero, uno, dos, tres, cuatro, cinco, seis, siete, ocho, nueve",
)
