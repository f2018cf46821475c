"""French."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.endings_words.words import Words

FRENCH: Final = Words(
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
