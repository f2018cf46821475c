"""German."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.endings_words.words import Words

GERMAN: Final = Words(
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
