"""Polish."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.endings_words.words import Words

POLISH: Final = Words(
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
