"""Dutch."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.endings_words.words import Words

DUTCH: Final = Words(
    hesitations="eh, uh, uhm, ehm, euh, hm, hmm, nou ja, zeg maar, even kijken, hoe zeg je dat, effe denken, nou eh",
    leads="""
        mijn naam is, ik heet, ik ben, ik wil, ik wil graag, ik wou, ik zou graag, ik zou, ik heb, ik zoek,
        ik ben op zoek naar, ik woon in, ik kom uit, kunt u, kun je, zou je, zou u, mijn nummer is,
        mijn telefoonnummer is, mijn adres is, het gaat om, ik bel over, bijvoorbeeld, ik denk dat, ik vind dat,
        er is, is er, heeft u, heb je, het is, dat is, wat is, in verband met
    """,
    open="""
        en, of, maar, want, omdat, doordat, dat, als, wanneer, terwijl, hoewel, voordat, nadat, zodat, de, het,
        een, mijn, jouw, je, zijn, haar, ons, onze, hun, uw, deze, elke, ieder, heel, erg, meneer, mevrouw,
        tussen, dan, geen, welke, wiens, te, om te, zowel
    """,
    weak="""
        in, op, aan, bij, met, van, uit, naar, voor, om, over, onder, door, tegen, zonder, tot, sinds, achter,
        naast, ik, jij, hij, zij, ze, wij, we, u, is, ben, bent, was, waren, heb, heeft, hebben, had, wordt,
        worden, zou, kan, kunnen, moet, moeten, wil, mag, dus, toen, ook, nog, zo, wat, wie, waar, hoe, er,
        misschien, eigenlijk, niet, die
    """,
    closers="""
        alstublieft, alsjeblieft, graag, bedankt, dank u, dank je, dank je wel, dank u wel, doei, dag, tot ziens,
        ik weet het niet, weet ik niet, denk ik, hoe gaat het, wat is dat, wie is dat, wat is het, vandaag,
        morgen, nu, en u, en jij, ik ook, ik niet, nog niet, ook niet, het licht aan, het licht uit, dat is het,
        wat kost het, hoe laat is het, kan dat, mag dat, gaat het, zijn er nog
    """,
    answers="""
        ja, nee, ja graag, nee bedankt, nee dank je, nee dank u, jawel, oké, ok, okay, prima, goed, is goed,
        klopt, dat klopt, precies, natuurlijk, zeker, tuurlijk, bedankt, dank je, dank u, dank u wel, dank je wel,
        alsjeblieft, alstublieft, graag, hallo, hoi, goedemorgen, goedemiddag, goedenavond, goedendag, doei, dag,
        tot ziens, misschien, geen idee, weet ik niet, ik weet het niet, nog niet, dat is alles, dat was het,
        stop, wacht, wacht even, sorry, pardon, wat, waarom, perfect, ik ook, niet echt, mhm
    """,
    echoes="dat is goed, dat is zo, dat wil ik, dat kan, dat ben ik, ik wil wel, hoor, dat weet ik",
    questions="wat, waar, wie, hoe, wanneer, waarom, welke, welk, hoeveel, waarheen",
    subordinates="als, wanneer, omdat, terwijl, hoewel, voordat, nadat, zodra, toen",
    digits="nul, een, één, twee, drie, vier, vijf, zes, zeven, acht, negen",
)
