# ruff: noqa: RUF001 (letters of other scripts that look like Latin ones are what this file is for)
"""How a turn ends and how it does not, in words: one table a language, and nothing but data.

Entries stand between commas and may be several words. In a language that writes no spaces, or where an entry begins
with "-", an entry is the end of the last word. The tables hold what is frequent in spoken requests and answers; they
are no grammar. A word that may both end a sentence and go on is in `weak`, or in none.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import attrs


def _entries(text: str) -> frozenset[str]:
    return frozenset(entry for part in text.split(",") if (entry := " ".join(part.split())))


@attrs.frozen(kw_only=True)
class Words:
    """The table of one language. All entries are lower case."""

    hesitations: frozenset[str] = attrs.field(converter=_entries)
    """Said while thinking: there is more to come."""
    leads: frozenset[str] = attrs.field(converter=_entries)
    """Beginnings that ask for an object: "my name is"."""
    open: frozenset[str] = attrs.field(converter=_entries)
    """Words that hardly ever end a sentence: conjunctions, articles, possessives."""
    weak: frozenset[str] = attrs.field(converter=_entries)
    """Words that rarely end one: prepositions, auxiliaries."""
    closers: frozenset[str] = attrs.field(converter=_entries)
    """Words and phrases that often end one, though their last word alone might not."""
    answers: frozenset[str] = attrs.field(converter=_entries)
    """What is a whole turn on its own."""
    echoes: frozenset[str] = attrs.field(converter=_entries)
    """What is a whole answer behind a yes or a no: "i do"."""
    questions: frozenset[str] = attrs.field(converter=_entries)
    """First words of questions, which may end in a preposition."""
    subordinates: frozenset[str] = attrs.field(converter=_entries)
    """First words of clauses that another clause has to follow."""
    digits: frozenset[str] = attrs.field(converter=_entries)
    """The digits as words, as in a telephone number."""
    spaced: bool = True
    """Whether words are written with spaces between them."""


_ENGLISH = Words(
    hesitations="""
        um, uh, er, erm, uhm, umm, uhh, hmm, hm, mm, ah, eh, like um, let me see, let me think, you know, i mean
    """,
    leads="""
        my name is, my name's, i am called, i would like, i'd like, i want, i want to, i need, i need to,
        i'd like to, i would like to, i am looking for, i'm looking for, can i, could i, may i, can you,
        could you, would you, please tell me, i'm calling about, i am calling about, i live in, i live at,
        i'm from, i was born in, my number is, my phone number is, the number is, my address is, my email is,
        i'm trying to, i am trying to, i was wondering, i was wondering if, how about, what about, tell me about,
        the thing is, it's because, let's, i think, i think that, i guess that, do you have any, is there any,
        are there any, such as, for example, a lot of, kind of, sort of, one of, some of, out of, because of,
        instead of, as well as, going to, have to
    """,
    open="""
        and, but, or, nor, because, cause, although, though, unless, until, if, when, while, whereas, since,
        whether, than, as, the, a, an, my, your, our, their, its, his, this is, these are, every, which, whose,
        so that, very, really, quite, mister, mr, mrs, ms, doctor, dr, i'm, you're, we're, they're, i'll, you'll,
        we'll, i've, i'd, there's, it's, that's, what's, where's, into, of, from the, also, then, gonna, wanna,
        what do, how do, where do, when do, why do, what does, how does, where does, what did, how did, when did,
        the fact that
    """,
    weak="""
        to, for, with, at, in, on, by, from, about, between, through, during, without, under, over, after, before,
        towards, against, among, upon, is, are, am, was, were, be, been, being, have, has, had, can, could, will,
        would, shall, should, may, might, must, get, so, i, we, he, she, they, who, what, where, how, some, any,
        no, not, just, like, maybe, well, actually, her, want, need, think
    """,
    closers="""
        i think so, i guess so, i hope so, i don't think so, what for, come on, log in, sign in, check in,
        come in, turn it on, turn it off, turn them on, turn them off, go on, hold on, sign up, not really,
        of course, i see, who is it, what is it, how are you, and you, what do you want, what do you need,
        as i said, i don't know how, i know that, like that, like this, all of that, that's it, that's all,
        that is all, i don't, i can't, i won't, please, thanks, thank you, bye, goodbye, okay, right, today,
        tomorrow, tonight, yesterday, now, again, too, instead, it, me, them, there, here, is that so, or not,
        can not, why not, of course not, i hope not, i think not, what i want, what you want, what i need,
        what i mean, what i said, what to do, how to do it, know what i mean, what it is, where it is, how it is,
        who it is, who he is, who she is, who they are, who you are, where you are, where they are, what they are,
        as it is, if i can, as i can, when i can, if you can, i don't want to, don't have to, you want to,
        want me to, do you think, good at, be about, who is that, what is that, who are you, where are you,
        what are you, who am i, where am i, where is she, where is he, old is he, old are you, is that all,
        i'd love to, i used to
    """,
    answers="""
        yes, yeah, yep, yup, yes please, no, nope, nah, no thanks, no thank you, okay, ok, sure, right, correct,
        exactly, absolutely, definitely, of course, certainly, fine, great, good, perfect, alright, all right,
        thanks, thank you, thank you very much, thanks a lot, bye, goodbye, bye bye, hello, hi, hey, good morning,
        good evening, stop, wait, never mind, nevermind, i don't know, no idea, not yet, not really, maybe,
        i think so, i don't think so, that's all, that's it, that is all, got it, i see, mhm, mm hmm, uh huh,
        sorry, pardon, excuse me, go ahead, cancel, continue, repeat, help, not sure, i'm not sure, i'm fine,
        i'm good, me too, neither, both, sounds good, please, please do, that's right, that's correct, what, why,
        when, where, who, how, really
    """,
    echoes="""
        i do, i am, i can, i will, i would, i have, i did, i was, it is, it was, it does, it has, that is, he is,
        she is, they are, we are, we do, we can, we have, you are, you can, you do, there is, i should, i could,
        i'd like to, i don't, i can't, i won't, i'm not, i haven't, i didn't, it isn't, it's not, it doesn't,
        we don't, he isn't, i want to
    """,
    questions="what, where, who, whom, which, how, when, why, what's, where's, who's",
    subordinates="if, although, though, unless, while, whenever, whereas",
    digits="zero, oh, one, two, three, four, five, six, seven, eight, nine, double, triple",
)

_GERMAN = Words(
    hesitations="äh, ähm, öh, hm, hmm, mh, ehm, em, naja, tja, also äh, sagen wir mal, wie soll ich sagen",
    leads="""
        ich heiße, mein name ist, ich bin der, ich bin die, ich möchte, ich will, ich hätte gern, ich hätte gerne,
        ich brauche, ich würde gern, ich würde gerne, ich suche, ich wohne in, ich komme aus, können sie,
        kannst du, könnten sie, könntest du, meine nummer ist, meine telefonnummer ist, meine adresse ist,
        es geht um, wie wäre es mit, ich wollte fragen, ich wollte, zum beispiel, ich glaube dass,
        ich rufe an wegen, gibt es, haben sie, das ist
    """,
    open="""
        und, oder, aber, sondern, denn, weil, dass, ob, wenn, falls, obwohl, während, bevor, nachdem, sobald,
        damit, der, die, das, dem, den, des, ein, eine, einen, einem, einer, eines, mein, meine, meinen, meinem,
        meiner, dein, deine, sein, seine, unser, unsere, unseren, ihr, ihre, ihren, kein, keine, keinen, im, am,
        beim, zum, zur, vom, ins, ans, sehr, ganz, herr, frau, als, wie, sowie, dieser, diese, dieses, diesen,
        jeder, jede, jedes, zwischen, wegen, sowohl
    """,
    weak="""
        in, an, auf, bei, zu, mit, von, aus, nach, vor, für, um, über, unter, durch, gegen, ohne, bis, seit,
        hinter, neben, ich, du, er, sie, wir, es, ist, sind, bin, war, habe, hat, hatte, wird, würde, kann, muss,
        wir haben, sie haben, wir können, wir werden, sie werden, müssen, soll, will, möchte, dann, also, noch,
        so, nur, was, wo, wer, nicht, vielleicht, eigentlich, auch, da
    """,
    closers="""
        ich weiß nicht, glaube ich, wie geht es, wie spät ist es, was ist das, wer ist das, was soll das,
        wie viel ist das, bitte, danke, tschüss, wiederhören, auf wiederhören, auf wiedersehen, heute, morgen,
        jetzt, mich an, das licht an, das licht aus, gemacht, ich nicht, noch nicht, auch nicht, ich auch,
        wo ist das, haben sie das, geht das, mir auch, gehen
    """,
    answers="""
        ja, nein, ja bitte, nein danke, ja gerne, gern, gerne, genau, richtig, stimmt, okay, ok, klar, natürlich,
        sicher, gut, alles klar, in ordnung, danke, danke schön, vielen dank, bitte, doch, vielleicht,
        keine ahnung, ich weiß nicht, weiß nicht, noch nicht, das ist alles, das war's, das wars, hallo,
        guten tag, guten morgen, tschüss, stopp, halt, warte, moment, auf wiederhören, auf wiedersehen, jawohl,
        mhm, nö, passt, super, perfekt, eher nicht, wie bitte
    """,
    echoes="""
        das ist richtig, das stimmt, das geht, ich will, das bin ich, habe ich, bin ich, kann ich, das weiß ich,
        ich auch
    """,
    questions="was, wo, wer, wen, wem, wie, wann, warum, woher, wohin, welche, welcher, welches",
    subordinates="wenn, falls, obwohl, weil, während, bevor, nachdem, sobald, da",
    digits="null, eins, zwei, zwo, drei, vier, fünf, sechs, sieben, acht, neun",
)

_FRENCH = Words(
    hesitations="euh, heu, ben, bah, hum, hem, hmm, alors euh, comment dire, voyons, tu sais, vous savez, disons",
    leads="""
        je m'appelle, mon nom est, je suis, je voudrais, j'aimerais, je veux, je cherche, j'ai besoin de,
        j'ai besoin d'un, j'habite à, je viens de, est-ce que, est-ce que vous, pouvez-vous, pourriez-vous,
        peux-tu, mon numéro est, mon numéro c'est, mon adresse est, c'est pour, je vous appelle pour, par exemple,
        il y a, qu'est-ce que, je pense que, je crois que, parce que, j'aurais voulu, est-ce qu'il y a,
        à cause de, beaucoup de, un peu de
    """,
    open="""
        et, ou, mais, car, donc, que, qui, si, quand, lorsque, puisque, comme, parce, pour que, afin, le, la, les,
        l, un, une, des, du, au, aux, de, d, mon, ma, mes, ton, ta, tes, son, sa, ses, notre, nos, votre, vos,
        leur, leurs, ce, cet, cette, ces, très, monsieur, madame, chaque, quelques, dont, je, j, tu, il, on, ne,
        n, qu, c, s, m, entre, ni
    """,
    weak="""
        à, en, dans, sur, sous, avec, sans, pour, par, chez, vers, contre, avant, après, depuis, pendant, est,
        suis, es, sont, sommes, êtes, était, ai, as, a, avons, avez, ont, avait, vais, va, allons, allez, vont,
        peux, peut, pouvez, veux, veut, voulez, dois, doit, c'est, nous, vous, elle, ils, elles, plus, aussi,
        alors, puis, où, enfin, peut-être, d'un, d'une
    """,
    closers="""
        s'il vous plaît, s'il te plaît, merci, au revoir, je ne sais pas, je crois, c'est ça, c'est tout, ça va,
        il y en a, allez-y, vas-y, on y va, ce que c'est, comment allez-vous, qui est-ce, combien ça coûte,
        aujourd'hui, demain, et vous, et toi, moi aussi, non plus, je n'en ai pas, ce que vous voulez, pas,
        c'est combien, quelle heure il est
    """,
    answers="""
        oui, non, ouais, si, d'accord, ok, okay, bien sûr, tout à fait, exactement, voilà, merci, non merci,
        oui merci, merci beaucoup, s'il vous plaît, bonjour, bonsoir, salut, au revoir, peut-être, je ne sais pas,
        je sais pas, pas encore, c'est tout, c'est bon, c'est ça, ça va, parfait, très bien, bien, stop, attendez,
        arrêtez, moi aussi, pardon, allô, comment, pourquoi, aucune idée, volontiers, pas du tout, avec plaisir
    """,
    echoes="je veux bien, je pense, je crois, c'est exact, c'est vrai, je suis là, c'est moi, j'en ai, ça me va",
    questions="où, qui, que, quoi, comment, quand, pourquoi, combien, quel, quelle, quels, quelles",
    subordinates="si, quand, lorsque, puisque, comme, bien",
    digits="zéro, un, deux, trois, quatre, cinq, six, sept, huit, neuf",
)

_SPANISH = Words(
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

_ITALIAN = Words(
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

_PORTUGUESE = Words(
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

_DUTCH = Words(
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

_HINDI = Words(
    hesitations="उम, अम, उम्म, हम्म, अं, मतलब, वो क्या है, देखिए, क्या कहते हैं, अच्छा तो, अरे वो, आ",
    leads="""
        मेरा नाम, मेरा नंबर, मेरा पता, मुझे, मैं, मैं चाहता, मैं चाहती, क्या आप, क्या मैं, क्या मुझे, मेरे पास,
        के बारे में, की वजह से, के लिए, उदाहरण के लिए, जैसे कि, क्योंकि मैं, मेरा फोन नंबर, हमें
    """,
    open="""
        और, या, लेकिन, मगर, पर, क्योंकि, इसलिए, कि, अगर, यदि, जब, जबकि, ताकि, जो, जिस, जिसका, का, की, के, को, ने,
        मेरा, मेरी, मेरे, आपका, आपकी, आपके, हमारा, हमारी, हमारे, उसका, उसकी, उसके, एक, बहुत, श्री, श्रीमती, हर, तथा,
        एवं, वाला वो, चूंकि, जैसे, बल्कि, फिर भी
    """,
    weak="""
        से, में, तक, तो, भी, ही, मैं, हम, तुम, आप, वह, वे, यह, ये, वो, मुझे, हमें, उसे, उन्हें, क्या, शायद, फिर, अब,
        न, कोई, कुछ, सब, साथ, लिए, पहले, बाद
    """,
    closers="""
        है, हैं, हूँ, हूं, हो, था, थी, थे, गा, गी, गे, होगा, होगी, चाहिए, दीजिए, दो, कीजिए, करो, बताइए, बताओ,
        धन्यवाद, शुक्रिया, नमस्ते, जी, है क्या, चाहता हूं, चाहती हूं, नहीं, -ूंगा, -ूँगा, -ूंगी, -ूँगी, -ेगा, -ेगी,
        -ेंगे, -ोगे, -िए, -िएगा, ठीक है
    """,
    answers="""
        हाँ, हां, नहीं, जी, जी हाँ, जी हां, जी नहीं, हाँ जी, हां जी, ठीक है, ठीक, अच्छा, सही, सही है, बिल्कुल, ज़रूर,
        जरूर, धन्यवाद, शुक्रिया, बहुत धन्यवाद, नमस्ते, नमस्कार, हैलो, हेलो, शायद, पता नहीं, मुझे नहीं पता, अभी नहीं,
        बस, बस इतना ही, रुको, रुकिए, मैं भी, ओके, माफ़ कीजिए, क्या, क्यों, कब, कहाँ, कहां, कौन, कैसे, कोई बात नहीं,
        मालूम नहीं
    """,
    echoes="सही है, ठीक है, है, मैं हूँ, मैं हूं, चाहिए, पता है",
    questions="क्या, कहाँ, कहां, कौन, कब, क्यों, कैसे, कितना, कितने, कितनी, किस",
    subordinates="अगर, यदि, जब, क्योंकि, चूंकि, जैसे, हालांकि",
    digits="शून्य, जीरो, एक, दो, तीन, चार, पांच, पाँच, छह, छः, छे, सात, आठ, नौ, डबल",
)

_JAPANESE = Words(
    spaced=False,
    hesitations="""
        えっと, えーと, ええと, えーっと, えー, あのー, あの, そのー, うーん, んー, うーんと, なんか,
        なんていうか, まあ
    """,
    leads="私の名前は, 名前は, 番号は, 電話番号は, 住所は, 例えば, 私は, というのは, について, に関して, のために",
    open="""
        は, が, を, に, へ, で, と, や, も, ので, けど, けれど, けれども, のに, たら, ば, なら, という, っていう,
        そして, それで, それから, でも, しかし, だから, なぜなら, もし, または, あるいは, ですが, ますが,
        んですが, ですけど, ますけど, んですけど, ますので, ですので, とか, たり, ながら, ために, ような,
        みたいな, この, その, だって, つまり, 的な, および
    """,
    weak="""
        の, て, って, から, ですから, ますから, し, ますし, ですし, まで, より, くて, んで, 私, 僕, とても,
        すごく, ちょっと, もう, ずつ
    """,
    closers="""
        です, ます, ました, ません, でした, ませんでした, ましょう, でしょう, でしょうか, ですか, ますか,
        ましたか, ませんか, ください, 下さい, お願いします, ね, よ, か, かな, ですね, ですよ, ますね, ますよ, だ,
        だよ, だね, た, ない, たい, ですよね, のか, る, なさい, わ, ありがとう, ありがとうございます, さようなら,
        なんですか, てください, 教えて, 待って, 見せて, んです, いいですか, はどこ, はいつ, は何
    """,
    answers="""
        はい, いいえ, うん, ううん, ええ, そうです, そうですね, そう, 違います, 違う, わかりました, 分かりました,
        わかった, 了解, 了解です, 大丈夫, 大丈夫です, 結構です, お願いします, ありがとう, ありがとうございます,
        どうも, こんにちは, おはよう, おはようございます, こんばんは, もしもし, さようなら, たぶん, わかりません,
        分かりません, 知りません, まだです, 以上です, それだけです, 止めて, 待って, ちょっと待って, すみません,
        ごめんなさい, なに, 何, どうして, なぜ, どこ, いつ, だれ, いいです, いいですよ, もちろん, もちろんです,
        結構
    """,
    echoes="お願いします, そうです, 大丈夫です, いいです, わかりました, 違います",
    questions="何, 誰, 何処, どこ, いつ, なぜ, どう, どうやって",
    subordinates="もし, たとえ",
    digits="零, 〇, 一, 二, 三, 四, 五, 六, 七, 八, 九",
)

_CHINESE = Words(
    spaced=False,
    hesitations="嗯, 呃, 额, 那个, 这个, 就是, 就是说, 怎么说, 怎么说呢, 我想想, 让我想想, 唔, 哦那个, 然后那个",
    leads="""
        我叫, 我的名字是, 我的名字叫, 我姓, 我想, 我要, 我想要, 我需要, 我想问, 请问, 我住在, 我来自, 你能,
        你可以, 能不能, 可不可以, 我的电话是, 我的电话号码是, 我的号码是, 我的地址是, 比如, 比如说, 例如, 我觉得,
        我认为, 关于, 有没有, 帮我, 请帮我, 请给我, 麻烦你, 我打算, 我是
    """,
    open="""
        和, 跟, 与, 或, 或者, 还是, 但, 但是, 可是, 不过, 因为, 所以, 如果, 要是, 虽然, 而且, 并且, 然后, 还有,
        以及, 在, 把, 被, 给, 对, 从, 向, 往, 为, 为了, 由, 一个, 一些, 一种, 这, 那, 每, 很, 非常, 特别, 更, 最,
        是, 会, 能, 可以把, 应该, 必须, 的时候, 我的, 你的, 他的, 某, 除了, 之前我, 由于, 即使, 不但, 不仅, 无论,
        对于, 根据, 当, 才能, 并
    """,
    weak="""
        的, 我, 你, 他, 她, 我们, 他们, 想, 要, 有, 去, 到, 也, 都, 就, 又, 再, 还, 没, 不, 用, 可以, 可能, 也许,
        后来, 一, 两, 地, 得, 等
    """,
    closers="""
        吗, 吧, 呢, 啊, 呀, 了, 啦, 嘛, 谢谢, 谢谢你, 再见, 拜拜, 好的, 可以吗, 对吗, 是吗, 行吗, 不是, 没有,
        不知道, 怎么样, 多少钱, 几点, 在哪里, 在哪, 是什么, 为什么, 怎么办, 怎么走, 是谁, 今天, 明天, 现在, 给我,
        告诉我, 不要, 不会, 不能, 不想, 不对, 的吗, 好不好, 是的, 好吗, 一下
    """,
    answers="""
        是, 是的, 对, 对的, 不是, 不, 没有, 有, 好, 好的, 好吧, 可以, 不可以, 行, 不行, 没问题, 当然, 当然可以,
        谢谢, 谢谢你, 不用, 不用了, 不用谢, 不客气, 你好, 您好, 喂, 早上好, 晚上好, 再见, 拜拜, 也许, 可能,
        不知道, 我不知道, 还没有, 没了, 就这些, 就这样, 明白, 明白了, 知道了, 停, 等一下, 等等, 对不起, 什么,
        为什么, 谁, 哪里, 要, 不要, 想, 不想, 会, 不会, 能, 不能, 我也是, 没关系, 嗯嗯, 没错, 随便, 好啊
    """,
    echoes="是的, 我要, 我想, 可以, 我有, 我是, 没问题, 就是他",
    questions="什么, 谁, 哪里, 哪儿, 怎么, 为什么, 多少, 几",
    subordinates="如果, 因为, 虽然, 要是, 即使, 由于, 既然, 只要, 无论",
    digits="零, 一, 二, 三, 四, 五, 六, 七, 八, 九, 幺, 两",
)

_KOREAN = Words(
    hesitations="음, 어, 그, 저, 저기, 그러니까, 뭐랄까, 뭐지, 그게, 있잖아요, 어음, 글쎄, 아 그",
    leads="""
        제 이름은, 이름은, 저는, 나는, 제 번호는, 전화번호는, 제 전화번호는, 주소는, 예를 들어, 예를 들면, 혹시,
        왜냐하면, 대해서, 대한, 때문에, 위해
    """,
    open="""
        그리고, 그런데, 근데, 하지만, 그래서, 또는, 만약, 만일, 및, 아니면, 제, 내, 우리, 이, 그, 저, 한, 아주,
        매우, 정말, 너무, 모든, -는데, -은데, -인데, -지만, -고, -하고, -이랑, -랑, -면, -으면, -니까, -으니까,
        -아서, -어서, -해서, -라서, -려고, -으려고, -면서, -은, -는, -을, -를, -에서, -에게, -한테, -으로, -부터,
        -보다, -처럼, -이라고, -라고, -다고, -와, -과, -의, -했는데, -있는데, -거든
    """,
    weak="-이, -가, -에, -도, -만, -로, -까지, 좀, 더, 잘, 안, 못, 다시, 같은, 아마, -할, -한, -서",
    closers="""
        -요, -니다, -니까요, -습니까, -입니까, -합니까, -됩니까, -까, -죠, -지요, -네, -다, -자, -라, -줘, -해,
        -야, -네요, -군요, -세요, -주세요, -는데요, -거든요, -고요, -어요, -아요, -예요, -이에요, -할까, -을까,
        -니, 감사합니다, 안녕, 부탁해, 몰라, -잖아, -했어, -있어, -없어, -싶어, -갔어, -왔어, -봐
    """,
    answers="""
        네, 예, 아니요, 아니오, 아뇨, 응, 아니, 맞아요, 맞습니다, 그래요, 그럼요, 물론이죠, 좋아요, 좋습니다,
        알겠습니다, 알겠어요, 괜찮아요, 괜찮습니다, 감사합니다, 고맙습니다, 고마워요, 안녕하세요, 여보세요,
        안녕히 계세요, 안녕, 아마도, 글쎄요, 몰라요, 모르겠어요, 모르겠습니다, 아직요, 아직이요, 됐어요, 그만,
        잠깐만요, 잠시만요, 죄송합니다, 뭐, 왜, 언제, 어디, 누구, 네 감사합니다, 저도요, 그게 다예요
    """,
    echoes="맞아요, 맞습니다, 그래요, 그렇습니다, 부탁합니다, 부탁드려요",
    questions="뭐, 무엇, 어디, 누구, 언제, 왜, 어떻게, 얼마, 몇",
    subordinates="만약, 만일, 비록",
    digits="공, 영, 일, 이, 삼, 사, 오, 육, 칠, 팔, 구, 에",
)

_RUSSIAN = Words(
    hesitations="""
        э, эм, ээ, м, мм, хм, ну, это самое, как его, как бы, так сказать, значит, ну это, ну вот, типа, в общем
    """,
    leads="""
        меня зовут, моё имя, мое имя, я хочу, я хотел бы, я хотела бы, мне нужно, мне нужен, мне нужна, мне надо,
        я ищу, я живу в, я живу на, я из, вы можете, можете, не могли бы вы, мой номер, мой телефон, мой адрес,
        я звоню по поводу, например, я думаю что, дело в том что, скажите пожалуйста, расскажите о, а как насчёт,
        а что если, у вас есть, потому что, для того чтобы
    """,
    open="""
        и, а, но, или, либо, да и, потому, что, чтобы, если, когда, пока, хотя, как, который, которая, которое,
        которые, которого, чем, в, во, на, с, со, к, ко, из, от, до, по, о, об, обо, у, за, под, над, при, про,
        для, без, через, между, перед, не, ни, мой, моя, моё, мое, мои, твой, твоя, ваш, ваша, наш, наша, очень,
        господин, госпожа, каждый, самый, самая, то, также, из-за, около
    """,
    weak="""
        я, ты, он, она, мы, вы, они, это, этот, эта, эти, мне, тебе, вам, нам, есть, был, была, было, были, буду,
        будет, могу, может, хочу, надо, нужно, ещё, еще, уже, тоже, потом, только, так, где, кто, бы, же,
        может быть, просто, всё, все, один, одна, свой, свою
    """,
    closers="""
        спасибо, пожалуйста, до свидания, не знаю, я не знаю, как дела, что это, кто это, вот и всё, это всё,
        это все, сколько это стоит, сегодня, завтра, сейчас, а вы, а ты, я тоже, что это такое, который час,
        где это, как есть, ещё нет, еще нет, пока нет, и всё, помогите
    """,
    answers="""
        да, нет, ага, угу, конечно, хорошо, ладно, окей, точно, верно, правильно, именно, спасибо,
        большое спасибо, нет спасибо, да спасибо, да пожалуйста, пожалуйста, привет, здравствуйте, алло,
        добрый день, доброе утро, добрый вечер, пока, до свидания, может быть, наверное, возможно, не знаю,
        я не знаю, ещё нет, еще нет, пока нет, это всё, это все, всё, все, отлично, понятно, ясно, стоп, стой,
        подождите, подожди, извините, простите, что, почему, когда, где, кто, как, разумеется, согласен, согласна,
        я тоже, никак, не надо, не нужно
    """,
    echoes="это так, это верно, хочу, могу, есть, я знаю, это я, буду, было",
    questions="что, где, кто, кого, кому, как, когда, почему, зачем, куда, откуда, какой, какая, какие, сколько",
    subordinates="если, когда, хотя, пока, поскольку, чтобы",
    digits="ноль, нуль, один, два, три, четыре, пять, шесть, семь, восемь, девять",
)

_ARABIC = Words(
    hesitations="اه, امم, ام, ممم, اا, يعني, طيب يعني, كيف اقول, خليني افكر, اممم, هممم",
    leads="""
        اسمي, انا اسمي, اريد, اريد ان, انا اريد, ارغب في, اود, اود ان, احتاج, احتاج الى, ابحث عن, اسكن في, انا من,
        هل يمكنك, هل يمكنني, هل لديك, هل يوجد, رقمي, رقمي هو, رقم هاتفي, عنواني, على سبيل المثال, مثلا, اعتقد ان,
        اظن ان, لانني, بسبب, من اجل, بخصوص, ممكن, عايز, بدي, اتصل بخصوص
    """,
    open="""
        و, او, ام, لكن, لان, لانه, ان, انه, اذا, لو, عندما, لما, بينما, حتى, كي, لكي, ثم, الذي, التي, الذين, في,
        من, الى, على, عن, مع, بين, عند, قبل, بعد, تحت, فوق, حول, خلال, بدون, منذ, هذا هو, هذه هي, كل, بعض, غير,
        مثل, سوف, قد, لقد, لم, لن, ليس, السيد, السيدة, هل, يا, حيث, بل, سواء, كان, كانت, كما
    """,
    weak="""
        انا, انت, هو, هي, نحن, هم, هذا, هذه, ذلك, تلك, لا, ما, ايضا, ربما, فقط, اي, كيف, اين, جدا من, لدي, عندي,
        يمكن, يجب, يكون
    """,
    closers="""
        شكرا, شكرا جزيلا, من فضلك, لو سمحت, مع السلامة, لا اعرف, لا ادري, كيف حالك, هذا كل شيء, كم الساعة, ما هذا,
        من هذا, ما هو, ما هي, كم السعر, اليوم, غدا, الان, وانت, انا ايضا, اين هو, اين هي, ليس بعد, من انت
    """,
    answers="""
        نعم, لا, اجل, ايوه, ايوا, بلى, طبعا, بالطبع, بالتاكيد, اكيد, حسنا, طيب, تمام, موافق, صحيح, بالضبط, شكرا,
        شكرا جزيلا, لا شكرا, نعم شكرا, نعم من فضلك, من فضلك, عفوا, مرحبا, اهلا, السلام عليكم, وعليكم السلام,
        صباح الخير, مساء الخير, مع السلامة, ربما, لا اعرف, لا ادري, ليس بعد, هذا كل شيء, خلاص, توقف, انتظر, لحظة,
        اسف, ماذا, لماذا, متى, اين, من, كيف, ممتاز, جيد, ان شاء الله, الحمد لله, انا ايضا, الو, ابدا, لا باس
    """,
    echoes="هذا صحيح, اريد, اعرف, هذا انا, انا هو, عندي, لدي",
    questions="ما, ماذا, اين, من, كيف, متى, لماذا, كم, اي, هل",
    subordinates="اذا, لو, عندما, لما, بينما, لان, رغم",
    digits="صفر, واحد, اثنان, اثنين, ثلاثة, اربعة, خمسة, ستة, سبعة, ثمانية, تسعة",
)

_TURKISH = Words(
    hesitations="""
        ıı, ııı, eee, ee, şey, hmm, hım, yani, işte, nasıl desem, bir düşüneyim, nasıl diyeyim, aa şey, hani
    """,
    leads="""
        benim adım, adım, ismim, benim ismim, ben, numaram, telefon numaram, benim numaram, adresim, mesela,
        örneğin, acaba, bana bir, bir de, hakkında, bana, çünkü ben, bir tane
    """,
    open="""
        ve, veya, ya da, ama, fakat, ancak, çünkü, eğer, ki, hem, ile, ya, benim, senin, bizim, sizin, onun,
        onların, bir, bu, şu, her, çok, en, daha, sayın, gibi bir, oysa, halbuki, ne zaman ki, dolayısıyla, -arak,
        -erek, -ıp, -ip, -up, -üp, -ken, -ınca, -ince, -unca, -ünce, -dığında, -diğinde, -duğunda, -düğünde,
        -mek için, -mak için, -dığı için, -diği için, -sa, -se, -dan dolayı, -den dolayı, hatta, üstelik
    """,
    weak="""
        için, gibi, kadar, göre, sonra, önce, doğru, karşı, ben, sen, biz, siz, onlar, o, de, da, belki, sadece,
        biraz, bazı, hiç, bana, sana, tüm, bütün, -ın, -in, -nın, -nin, -nun, -nün, -mek, -mak, -ıyla, -iyle
    """,
    closers="""
        lütfen, teşekkürler, teşekkür ederim, sağ ol, sağ olun, güle güle, hoşça kal, bilmiyorum, nasılsınız,
        nasılsın, ne kadar, saat kaç, bugün, yarın, şimdi, nerede, ben de, bu kadar, o kadar, var, yok, var mı,
        yok mu, değil, değil mi, tamam, -yorum, -yorsun, -yor, -yoruz, -yorsunuz, -yorlar, -dım, -dim, -dum, -düm,
        -tım, -tim, -tum, -tüm, -dı, -di, -du, -dü, -tı, -ti, -tu, -tü, -misin, -mısın, -musun, -müsün, -misiniz,
        -mısınız, -musunuz, -müsünüz, -iyim, -ıyım, -cağım, -ceğim, -acak, -ecek, -ayım, -eyim, -alım, -elim, mı,
        mi, mu, mü, -dır, -dir, -mış, -miş, -muş, -müş, -mez, -maz, -malı, -meli, -madı, -medi, -sana, -sene
    """,
    answers="""
        evet, hayır, yok, tamam, olur, olmaz, peki, tabii, tabii ki, elbette, kesinlikle, doğru, aynen,
        teşekkürler, teşekkür ederim, hayır teşekkürler, hayır teşekkür ederim, evet lütfen, lütfen, merhaba,
        selam, günaydın, iyi akşamlar, iyi günler, alo, güle güle, hoşça kalın, belki, bilmiyorum, henüz değil,
        hepsi bu, bu kadar, yeter, dur, bekle, bekleyin, bir dakika, pardon, özür dilerim, ne, neden, nerede, kim,
        nasıl, iyi, çok iyi, güzel, harika, ben de, sanırım, rica ederim, yeterli, anladım, efendim
    """,
    echoes="doğru, öyle, istiyorum, biliyorum, benim, var, olur, isterim",
    questions="ne, nerede, nereye, nereden, kim, nasıl, neden, niye, kaç, hangi",
    subordinates="eğer, şayet, madem, her ne kadar",
    digits="sıfır, bir, iki, üç, dört, beş, altı, yedi, sekiz, dokuz",
)

_POLISH = Words(
    hesitations="""
        yyy, yy, eee, ee, hmm, hm, mmm, no, no więc, znaczy, to znaczy, jakby, jak to powiedzieć, niech pomyślę,
        wiesz, wie pan, wie pani
    """,
    leads="""
        nazywam się, mam na imię, jestem, chcę, chciałbym, chciałabym, potrzebuję, szukam, mieszkam w,
        mieszkam na, pochodzę z, czy może pan, czy może pani, czy mogę, czy możesz, mógłbyś, mogłabyś,
        mój numer to, mój telefon to, mój adres to, numer to, dzwonię w sprawie, na przykład, myślę że,
        wydaje mi się że, chodzi o to że, dlatego że, ze względu na, czy jest, czy są, czy macie, proszę o,
        z powodu
    """,
    open="""
        i, a, oraz, ale, lub, albo, czy, bo, ponieważ, gdyż, że, żeby, aby, jeśli, jeżeli, kiedy, gdy, chociaż,
        choć, który, która, które, którego, której, niż, jak, w, we, z, ze, na, do, od, o, u, po, za, pod, nad,
        przed, przez, przy, dla, bez, między, nie, ani, mój, moja, moje, twój, twoja, nasz, nasza, wasz, bardzo,
        każdy, każda, się na, około, oprócz, zanim, podczas, więc
    """,
    weak="""
        ja, ty, on, ona, my, wy, oni, jest, są, był, była, było, będę, będzie, mam, ma, mogę, może, muszę, trzeba,
        to, ten, ta, te, ci, mi, mnie, jeszcze, już, też, także, potem, tylko, tak, co, gdzie, kto, by, sobie,
        się, właśnie, tam, ich, jego, jej
    """,
    closers="""
        proszę, dziękuję, dzięki, do widzenia, nie wiem, co to jest, kto to jest, gdzie to jest, to wszystko,
        jak się masz, jak się pan ma, która jest godzina, ile to kosztuje, dzisiaj, dziś, jutro, teraz, a pan,
        a pani, a ty, ja też, co to, jeszcze nie, chyba nie, chyba tak, ja nie, też nie, nie ma, tak jest,
        może być, boję się, spieszę się, jak to się nazywa, dzięki za pomoc
    """,
    answers="""
        tak, nie, no tak, aha, mhm, jasne, oczywiście, dobrze, dobra, okej, ok, zgoda, zgadza się, dokładnie,
        właśnie, racja, dziękuję, dzięki, dziękuję bardzo, nie dziękuję, tak dziękuję, tak proszę, proszę, cześć,
        hej, dzień dobry, dobry wieczór, halo, do widzenia, pa, może, chyba, nie wiem, jeszcze nie, to wszystko,
        to tyle, świetnie, super, rozumiem, stop, stój, czekaj, proszę poczekać, chwileczkę, przepraszam, słucham,
        co, dlaczego, kiedy, gdzie, kto, jak, ja też, chyba tak, chyba nie, nie trzeba, pewnie, wystarczy,
        nie ma sprawy
    """,
    echoes="to prawda, zgadza się, chcę, mogę, mam, jestem, wiem, to ja, poproszę",
    questions="co, gdzie, kto, kogo, komu, jak, kiedy, dlaczego, po co, dokąd, skąd, jaki, jaka, jakie, ile",
    subordinates="jeśli, jeżeli, kiedy, gdy, chociaż, choć, ponieważ, gdyby",
    digits="zero, jeden, dwa, trzy, cztery, pięć, sześć, siedem, osiem, dziewięć",
)

WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "ar": _ARABIC,
        "de": _GERMAN,
        "en": _ENGLISH,
        "es": _SPANISH,
        "fr": _FRENCH,
        "hi": _HINDI,
        "it": _ITALIAN,
        "ja": _JAPANESE,
        "ko": _KOREAN,
        "nl": _DUTCH,
        "pl": _POLISH,
        "pt": _PORTUGUESE,
        "ru": _RUSSIAN,
        "tr": _TURKISH,
        "zh": _CHINESE,
    }
)
"""The tables by ISO 639-1 code: the languages that are covered."""
