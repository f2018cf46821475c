"""Italian."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.endings_words.words import Words

ITALIAN: Final = Words(
    hesitations="ehm, eh, uhm, mmm, hmm, cioè, allora ehm, diciamo, come si dice, vediamo, beh, boh",
    leads="""
        mi chiamo, il mio nome è, sono, vorrei, voglio, ho bisogno di, mi serve, mi servirebbe, cerco,
        sto cercando, abito a, vengo da, può, puoi, potrebbe, potresti, il mio numero è, il mio indirizzo è,
        chiamo per, per esempio, ad esempio, penso che, credo che, volevo, volevo sapere, devo, c'è, ci sono,
        a causa di, un po di, è che, mi piacerebbe
    """,
    open="""
        e, ed, o, oppure, ma, però, perché, siccome, anche se, che, se, quando, mentre, come, il, lo, la, i, gli,
        le, l, un, uno, una, del, dello, della, dei, degli, delle, al, allo, alla, ai, agli, alle, dal, dalla,
        dai, dalle, nel, nella, nei, nelle, sul, sulla, sui, sulle, mio, mia, miei, mie, tuo, tua, suo, sua,
        nostro, nostra, molto, signor, signora, ogni, né, dell, all, dall, nell, sull, fra, tra, qualche,
        questo è, questa è
    """,
    weak="""
        di, a, da, in, con, su, per, senza, sopra, sotto, verso, contro, dopo, prima, durante, è, sono, era, sei,
        siamo, ho, ha, hai, hanno, abbiamo, avete, posso, può, devo, deve, vado, io, tu, lui, lei, noi, voi, loro,
        mi, ti, si, ci, vi, anche, poi, più, quindi, allora, forse, non, magari, questo, questa, quel, quella
    """,
    closers="""
        per favore, per piacere, grazie, arrivederci, non lo so, credo di sì, credo di no, è tutto, basta così,
        come va, come sta, come stai, e lei, e tu, anch'io, che ore sono, dov'è, chi è, cos'è, quant'è,
        quanto costa, oggi, domani, adesso, ora, ci sono tutti, penso di sì, penso di no, mi dica, va bene, va,
        quanti sono, a posto
    """,
    answers="""
        sì, si, no, certo, va bene, ok, okay, d'accordo, esatto, giusto, grazie, grazie mille, no grazie,
        sì grazie, prego, per favore, ciao, buongiorno, buonasera, salve, arrivederci, forse, non so, non lo so,
        non ancora, è tutto, basta, basta così, perfetto, bene, benissimo, stop, ferma, aspetta, aspetti,
        un attimo, anch'io, scusi, come, perché, pronto, nient'altro, volentieri, certamente, credo di sì,
        credo di no, nessuna idea
    """,
    echoes="lo so, è giusto, è vero, lo voglio, ce l'ho, sono io, va bene così, lo sono, posso",
    questions="che, cosa, dove, chi, come, quando, perché, quale, quali, quanto, quanti, quante",
    subordinates="se, quando, siccome, mentre, benché, sebbene",
    digits="zero, uno, due, tre, quattro, cinque, sei, sette, otto, nove",
)
