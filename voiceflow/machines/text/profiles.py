# ruff: noqa: RUF001, E501 (tables of words in many scripts)
"""What the sentence chunker knows of a language, as values: terminators, months, and words that begin sentences."""

from __future__ import annotations

from functools import cache

import attrs

from voiceflow.machines.text.abbreviations import Abbreviations, abbreviations

# Sentence enders of all scripts (Unicode Sentence_Terminal, less those that are ASCII in one language only).
STRONG = ".!?…‼⁇⁈⁉。！？．｡।॥؟۔؞։።፧፨།༎༏༐༑།။។៕᠃᙮⸮"
# Clause enders.
WEAK = ",;:、，；：،؛՝፣፤፥၊៖·—–"
# Openers and closers of what must not be cut, and the closing marks that stay with a sentence.
OPENERS = "([（【「『〈《"
CLOSERS = ")]）】」』〉》"
QUOTES = '"“”„«»‟'
TRAILERS = CLOSERS + "\"“”«»'’›\u2060*_"
BULLETS = "•⁃‣▪●◦∙"


@attrs.frozen
class Profile:
    """One language's part in deciding where a sentence ends.

    `strong` and `weak` add to the common ones; `quiet` are common ones that end nothing here. `starters` are
    words that, capitalised after an abbreviation, begin a sentence. `ordinal_dot`: "3." is an ordinal.
    `lower_starts`: a sentence may begin with a small letter. `nouns`: nouns are capitalised, so a capital
    tells little. `space_after`: a space ends a phrase of at least so many characters (no sentence marks).
    """

    language: str
    listed: Abbreviations
    strong: str = ""
    weak: str = ""
    quiet: str = ""
    starters: frozenset[str] = frozenset()
    months: tuple[str, ...] = ()
    ordinal_dot: bool = False
    lower_starts: bool = False
    nouns: bool = False
    dashes: bool = True
    space_after: int = 0


_STARTERS = {
    "en": "the a an this that these those it he she they we you i my your his her its our their there here what which "
    "who whose why when where how if then so but and or yet for nor as at in on by with from to of after before since "
    "while although though because unless until once is are was were do does did has have had can could will would "
    "shall should may might must please let thank thanks yes no not now today tomorrow yesterday tonight also however "
    "meanwhile finally next first second third another some many most all each every both few several any one two "
    "three four five six seven eight nine ten maybe perhaps just only even still again later soon right okay ok well "
    "oh it's that's there's he's she's they're we're you're i'm i've i'll don't let's what's who's isn't aren't wasn't didn't doesn't can't won't couldn't wouldn't mr mrs ms dr",
    "de": "der die das ein eine ich du er sie es wir ihr mein meine dein ihre unser unsere sein seine dies diese dieser "
    "dieses jede jeder jedes alle viele einige man und oder aber doch denn wenn als da weil dass ob wie was wer wo "
    "warum wann woher wohin hier dort dann danach jetzt heute morgen gestern auch nur nicht kein keine ja nein bitte "
    "danke in im am an auf aus bei beim mit nach von vom vor zu zum zur über unter für gegen ohne durch um bis seit "
    "während zudem außerdem allerdings jedoch deshalb daher trotzdem so ist sind war waren hat haben kann können "
    "wollen soll muss darf möchten sollten würden hatte hätten falls sobald obwohl nachdem zwei drei vier",
    "fr": "le la les l'un un une des ce cet cette ces je tu il elle on nous vous ils elles mon ma mes ton ta votre vos "
    "notre nos son sa ses leur leurs et ou mais donc or car si quand lorsque comme parce que qui quoi où pourquoi "
    "comment combien quel quelle dans en à au aux de du par pour avec sans sous sur après avant depuis pendant selon "
    "oui non merci alors ensuite puis enfin ainsi cependant toutefois aussi c'est il y voici voilà est-ce tous toutes",
    "es": "el la los las un una unos unas este esta estos estas ese esa eso yo tú él ella usted ustedes nosotros ellos "
    "ellas mi tu su mis sus nuestro nuestra y o pero si cuando como porque que qué quién dónde cuándo cómo cuánto en a "
    "al de del por para con sin sobre tras después antes desde durante según sí no gracias entonces luego además "
    "también sin embargo es son fue está hay tiene puede todo todos",
    "it": "il lo la i gli le un uno una questo questa questi quello quella io tu lui lei noi voi loro mio mia suo sua "
    "nostro e o ma se quando come perché che chi dove cosa quale quanto in a al da dal di del per con senza su dopo "
    "prima durante secondo sì no grazie allora poi inoltre anche tuttavia è sono era c'è ci si ha hanno tutti",
    "pt": "o a os as um uma este esta isto esse essa isso eu tu ele ela você vocês nós eles elas meu minha seu sua nosso e "
    "ou mas se quando como porque que quem onde qual quanto em no na ao à de do da por para com sem sobre após antes "
    "desde durante segundo sim não obrigado obrigada então depois além também porém é são foi está há tem pode todos",
    "nl": "de het een dit dat deze die ik jij je u hij zij ze wij we jullie mijn uw zijn haar ons onze hun en of maar want "
    "als toen omdat dat wie wat waar wanneer waarom hoe er hier daar in op aan bij met na van voor om door over onder "
    "ja nee niet dank dan daarna ook echter is was heeft kan moet alle veel nu vandaag morgen",
    "da": "den det de en et denne dette disse jeg du han hun vi i man min din sin vores deres og eller men hvis når da "
    "fordi at hvem hvad hvor hvornår hvorfor hvordan der her i på ved med efter fra til om af for over under ja nej "
    "ikke tak så derefter også dog er var har kan skal alle mange nu",
    "sv": "den det de en ett denna detta dessa jag du han hon vi ni man min din sin vår deras och eller men om när då "
    "eftersom att vem vad var när varför hur där här i på vid med efter från till av för över under ja nej inte tack "
    "så sedan också dock är var har kan ska alla många nu",
    "nb": "den det de en et ei denne dette disse jeg du han hun vi dere man min din sin vår deres og eller men hvis når da "
    "fordi at hvem hva hvor når hvorfor hvordan der her i på ved med etter fra til om av for over under ja nei ikke "
    "takk så deretter også er var har kan skal alle mange nå",
    "pl": "to ten ta te ja ty on ona ono my wy oni one mój moja nasz nasza jego jej ich i a ale lub albo jeśli jeżeli gdy "
    "kiedy ponieważ że kto co gdzie dlaczego jak czy tam tu tutaj w we na z ze do od po przed przez pod nad dla o tak "
    "nie dziękuję proszę potem następnie także jednak jest są był była ma może wszystkie teraz dziś",
    "cs": "to ten ta ti já ty on ona ono my vy oni můj náš její jeho jejich a ale nebo pokud když protože že kdo co kde "
    "proč jak zda tam tady v ve na z ze do od po před přes pod nad pro o ano ne děkuji potom také však je jsou byl má "
    "může všechny nyní dnes",
    "sk": "to ten tá tí ja ty on ona ono my vy oni môj náš jej jeho ich a ale alebo ak keď pretože že kto čo kde prečo ako "
    "či tam tu v vo na z zo do od po pred cez pod nad pre o áno nie ďakujem potom tiež však je sú bol má môže všetky "
    "teraz dnes",
    "ru": "я ты он она оно мы вы они это этот эта эти тот та те мой моя наш наша его её их ваш и а но или если когда "
    "потому что кто где почему как чем там тут здесь в во на с со из к ко от до по перед через под над для о об при "
    "да нет не спасибо пожалуйста потом затем также однако есть был была были может все всё теперь сегодня вчера "
    "завтра после так тогда",
    "uk": "я ти він вона воно ми ви вони це цей ця ці той та ті мій наш його її їх і й а але або якщо коли тому що хто де "
    "чому як там тут у в на з із до від по перед через під над для про при так ні не дякую потім також проте є був "
    "була може всі тепер сьогодні",
    "el": "ο η το οι τα ένας μια ένα αυτός αυτή αυτό εγώ εσύ εμείς εσείς και ή αλλά αν όταν γιατί ότι ποιος τι πού πότε "
    "πώς εκεί εδώ σε στο στη από με για ναι όχι δεν ευχαριστώ μετά επίσης όμως είναι ήταν έχει μπορεί όλα τώρα",
}  # fmt: skip

_MONTHS = {
    "de": "januar februar märz april mai juni juli august september oktober november dezember jänner jan feb apr aug "
    "sep sept okt nov dez jahrhundert",
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "nb": "januar februar mars april mai juni juli august september oktober november desember",
    "fi": "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu",
    "cs": "leden únor březen duben květen červen červenec srpen září říjen listopad prosinec ledna února března dubna "
    "května června července srpna října listopadu prosince",
    "sk": "január február marec apríl máj jún júl august september október november december januára februára marca apríla "
    "mája júna júla augusta septembra októbra novembra decembra",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "hu": "január február március április május június július augusztus szeptember október november december",
}  # fmt: skip

_ORDINAL = frozenset(
    ["de", "da", "nb", "fi", "is", "pl", "cs", "sk", "sl", "hr", "sr", "hu", "et", "lv", "lt", "tr", "az", "kk"]
)
# Languages that put what is said in quotation marks, and no dash behind it.
_QUOTING = frozenset(
    ["en", "de", "nl", "af", "nb", "ko", "id", "ms", "vi", "fil", "sw", "he", "th", "ja", "zh", "hi", "bn", "mr", "gu",
     "pa", "ta", "te", "kn", "ml", "or", "as", "ne", "ur", "sa", "kok", "mai", "bgc", "si"]
)  # fmt: skip
_NO_SPACE_MARKS = 40  # characters: a Thai or Lao clause of some ten words


# English words that are no words of the other languages: text in Latin letters often has English in it.
_ENGLISH = frozenset(
    ["the", "this", "that", "these", "those", "it", "he", "she", "they", "we", "you", "what", "how", "did", "have",
     "then", "there", "where", "who", "why", "when", "both", "your"]
)  # fmt: skip


def _starters(language: str) -> frozenset[str]:
    own = frozenset(_STARTERS.get(language, "").split())
    return own | _ENGLISH if own and max(own) < "\u0250" else own


@cache
def profile(language: str) -> Profile:
    """The profile of a normalised language code."""
    return Profile(
        language=language,
        listed=abbreviations(language),
        strong={"el": ";\u037e", "hy": ":", "ar": ":،"}.get(language, ""),
        weak={"hy": "՝՛.", "bo": "་"}.get(language, ""),
        quiet={"hy": "."}.get(language, ""),
        starters=_starters(language),
        months=tuple(_MONTHS.get(language, "").split()),
        ordinal_dot=language in _ORDINAL,
        lower_starts=language == "el",
        nouns=language == "de",
        dashes=language not in _QUOTING,
        space_after=_NO_SPACE_MARKS if language in ("th", "lo") else 0,
    )
