# ruff: noqa: RUF001 (letters of this script that look like Latin ones)
"""Turkish."""

from __future__ import annotations

from typing import Final

from voiceflow.machines.endings_words.words import Words

TURKISH: Final = Words(
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
