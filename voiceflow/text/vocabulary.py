# ruff: noqa: RUF001, E501 (tables of words in many scripts)
"""The few words that no library has: between the ends of a range, for a sign, how a time of day is put."""

from __future__ import annotations

from collections.abc import Mapping

# "5-10" is said with this word between. Where the word asks for a case that the number words do not have, with none.
RANGE = {
    "en": "to", "de": "bis", "fr": "à", "es": "a", "it": "a", "pt": "a", "nl": "tot", "da": "til", "sv": "till",
    "nb": "til", "fi": "viiva", "pl": "-", "cs": "-", "sk": "-", "sl": "-", "hr": "-", "ru": "-", "uk": "-",
    "bg": "до", "be": "-", "ro": "până la", "ca": "a", "el": "έως", "id": "sampai", "vi": "đến", "th": "ถึง",
    "ja": "から", "ko": "에서", "zh": "到", "hi": "से", "mr": "ते", "bn": "থেকে", "gu": "થી", "pa": "ਤੋਂ", "ta": "முதல்",
    "te": "నుండి", "kn": "ರಿಂದ", "ml": "മുതൽ", "ar": "إلى", "fa": "تا", "ur": "سے", "he": "עד", "lt": "-",
    "lv": "-", "et": "kuni",
}  # fmt: skip

# Words that a year follows, also where it is followed by a word that it might count.
DATED: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "de": "in im seit bis von ab jahr jahre jahres anno um vor nach und oder zwischen",
        "nl": "in sinds van tot voor na jaar en tussen vanaf rond",
        "da": "i år året siden fra til før efter og mellem",
        "nb": "i år året siden fra til før etter og mellom",
        "sv": "i år året sedan från till före efter och mellan",
        "es": "en de del desde hasta el año y e entre",
        "pt": "em de do desde até o ano e entre",
        "fr": "en de depuis l'année année et jusqu'en avant après entre",
        "it": "nel del dal al il anno l'anno fino e tra",
        "ca": "el de del des fins any i entre",
        "fi": "vuonna vuoden vuodesta vuoteen",
        "ro": "în din anul de până și între",
    }.items()
}

# Signs that stand by themselves between words.
SIGNS: Mapping[str, Mapping[str, str]] = {
    "en": {"&": "and", "≈": "about", "×": "times", "÷": "divided by", "=": "equals", "+": "plus", "%": "percent"},
    "de": {"&": "und", "≈": "etwa", "×": "mal", "÷": "geteilt durch", "=": "gleich", "+": "plus", "%": "Prozent"},
    "fr": {"&": "et", "≈": "environ", "×": "fois", "÷": "divisé par", "=": "égale", "+": "plus", "%": "pour cent"},
    "es": {"&": "y", "≈": "aproximadamente", "×": "por", "÷": "entre", "=": "igual a", "+": "más", "%": "por ciento"},
    "it": {"&": "e", "≈": "circa", "×": "per", "÷": "diviso", "=": "uguale a", "+": "più", "%": "per cento"},
    "pt": {"&": "e", "≈": "cerca de", "×": "vezes", "÷": "dividido por", "=": "igual a", "+": "mais", "%": "por cento"},
    "nl": {"&": "en", "≈": "ongeveer", "×": "keer", "÷": "gedeeld door", "=": "is", "+": "plus", "%": "procent"},
    "ru": {"&": "и", "≈": "примерно", "=": "равно", "+": "плюс", "%": "процентов"},
    "pl": {"&": "i", "≈": "około", "×": "razy", "=": "równa się", "+": "plus", "%": "procent"},
    "sv": {"&": "och", "≈": "ungefär", "×": "gånger", "=": "är lika med", "+": "plus", "%": "procent"},
    "da": {"&": "og", "≈": "cirka", "×": "gange", "=": "er lig med", "+": "plus", "%": "procent"},
    "nb": {"&": "og", "≈": "omtrent", "×": "ganger", "=": "er lik", "+": "pluss", "%": "prosent"},
}  # fmt: skip

NUMBER = {
    "en": "number", "de": "Nummer", "fr": "numéro", "es": "número", "it": "numero", "pt": "número", "nl": "nummer",
    "ru": "номер", "uk": "номер", "pl": "numer", "sv": "nummer", "da": "nummer", "nb": "nummer",
}  # fmt: skip
ABOUT = {
    "en": "about", "de": "etwa", "fr": "environ", "es": "unos", "it": "circa", "pt": "cerca de", "nl": "ongeveer",
    "ru": "примерно", "uk": "приблизно", "pl": "około", "sv": "ungefär", "da": "cirka", "nb": "omtrent",
}  # fmt: skip

# How a time of day is put: for full hours, and with minutes. Other languages say hour and minutes one after the other.
CLOCK: Mapping[str, tuple[str, str]] = {
    "de": ("{h} Uhr", "{h} Uhr {m}"), "fr": ("{h} heures", "{h} heures {m}"), "nl": ("{h} uur", "{h} uur {m}"),
    "es": ("{h}", "{h} y {m}"), "it": ("{h}", "{h} e {m}"), "pt": ("{h} horas", "{h} e {m}"),
    "ca": ("{h}", "{h} i {m}"), "ja": ("{h}時", "{h}時{m}分"),
}  # fmt: skip
CLOCK_WORDS = {"de": "Uhr", "nl": "uur", "sv": "", "fr": "heures"}

# Between a round million and what is counted.
OF = {"fr": "de", "es": "de", "it": "di", "pt": "de", "ca": "de", "ro": "de"}

# Nouns that are feminine, where the number one (and two) agrees with them.
FEMININE: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "fr": "heure minute seconde milliseconde tonne livre livres once calorie roupie roupies couronne lire",
        "de": "Stunde Minute Sekunde Millisekunde Tonne Meile Unze Kilokalorie Lira Krone Rupie Lire "
        "Million Milliarde Billion",
    }.items()
}
_A = {"es": ("uno", "un", "una"), "it": ("uno", "un", "una"), "pt": ("um", "um", "uma"), "ru": ("один", "один", "одна"),
      "uk": ("один", "один", "одна"), "pl": ("jeden", "jeden", "jedna"), "fr": ("un", "un", "une"),
      "de": ("eins", "ein", "eine"), "ca": ("un", "un", "una"), "sv": ("ett", "en", "en"), "nl": ("een", "één", "één")}  # fmt: skip
_TWO = {
    "pt": ("dois", "duas"),
    "ru": ("два", "две"),
    "uk": ("два", "дві"),
    "pl": ("dwa", "dwie"),
    "ca": ("dos", "dues"),
}
_SWEDISH_NEUTERS = frozenset({"pund", "brittiskt pund", "kilogram", "gram", "milligram", "ton", "uns"})


# Last digits whose words take the gender of the noun behind them (of those two-digit numbers that are no teens), and
# languages where the hundreds do.
_AGREEING: Mapping[str, str] = {
    "de": "", "it": "", "da": "", "nb": "", "fr": "1", "es": "1", "sv": "1", "hu": "2", "pt": "12", "ca": "12",
    "ru": "12", "uk": "12", "be": "12", "pl": "2", "cs": "12", "sk": "12", "ro": "12", "sl": "1234", "lt": "123456789",
    "lv": "123456789", "he": "0123456789", "ar": "0123456789",
}  # fmt: skip
_HUNDREDS = frozenset({"es", "pt", "ca"})
FOREIGN = frozenset({"cs", "sk", "sl", "lt", "lv", "he", "ar", "be", "ro"})  # whose forms nobody here knows
_INFLECTED = frozenset({"es", "it", "pt", "ru", "uk", "pl", "fr", "de", "ca", "sv", "hu"})  # those that `agree` knows


def takes_gender(number: int, language: str) -> bool:
    """Whether the word for a number depends on the noun behind it: "ein Tag", "eine Stunde"."""
    last = _AGREEING.get(language)
    if last is None:
        return False
    if number == 1 or (language in _HUNDREDS and number % 1000 >= 200):
        return True
    if language == "fr" and number % 100 in (71, 91):
        return False  # "soixante et onze"
    return str(number)[-1] in last and (number % 100 not in range(11, 20) or language in ("he", "ar"))


def inflects(number: int, language: str) -> bool:
    """Whether `agree` finds the form of such a number."""
    return language in _INFLECTED


def feminine(noun: str, language: str) -> bool:
    """Whether a noun in the singular (the first word of the name of a unit or currency) is feminine."""
    first = noun.split(" ", 1)[0] if noun else ""
    if language in FEMININE:
        return first in FEMININE[language] or first.rstrip("ns") in FEMININE[language]
    if language in ("es", "it", "pt", "ca"):
        if first.endswith("grama"):
            return False
        return first.rstrip("s").endswith("a") or (language == "ca" and first.endswith("es"))
    if language in ("ru", "uk"):
        return first.endswith(("а", "я"))
    return language == "pl" and first.endswith("a")


def agree(words: str, noun: str, language: str) -> str:
    """A number in words before a noun, given in the singular: "uno" is "un kilómetro" and "una hora"."""
    if language == "sv" and words.endswith("ett") and noun in _SWEDISH_NEUTERS:
        return words
    if language == "hu" and words.endswith("kettő"):
        return words.removesuffix("kettő") + "két"
    if language in _HUNDREDS and feminine(noun, language):
        words = words.replace("ientos", "ientas").replace("entos", "entas").replace("cents", "centes")
    if language in _A:
        bare, masculine, female = _A[language]
        form = female if feminine(noun, language) else masculine
        if words == bare:
            return form
        if words.endswith(" " + bare) and language not in ("sv", "nl", "pl"):
            return words[: -len(bare)] + form
        if language == "es" and words.endswith("veintiuno"):
            return words[:-3] + ("una" if form == "una" else "ún")
    if language in _TWO and feminine(noun, language):
        bare, female = _TWO[language]
        if words == bare or words.endswith(" " + bare):
            return words[: -len(bare)] + female
    return words


# Currency names without whose they are, where CLDR says it and the sign does not.
SHORT: Mapping[str, Mapping[str, str]] = {
    "hi": {"यूएस डॉलर": "डॉलर", "भारतीय रुपया": "रुपया", "भारतीय रुपए": "रुपए", "ब्रिटिश पाउंड": "पाउंड", "ब्रिटिश पाउंड स्टर्लिंग": "पाउंड"},
    "ja": {"米ドル": "ドル", "日本円": "円", "円": "円", "英国ポンド": "ポンド", "インド ルピー": "ルピー"},
    "zh": {"人民币": "元"},
    "ko": {"미국 달러": "달러", "대한민국 원": "원", "영국 파운드": "파운드"},
    "sv": {"svensk krona": "krona", "svenska kronor": "kronor", "US-dollar": "dollar", "US-dollars": "dollar", "amerikansk dollar": "dollar", "amerikanska dollar": "dollar",
           "brittiskt pund": "pund", "brittiska pund": "pund"},
    "da": {"dansk krone": "krone", "danske kroner": "kroner", "amerikansk dollar": "dollar", "amerikanske dollar": "dollar", "britisk pund": "pund", "britiske pund": "pund"},
    "nb": {"norsk krone": "krone", "norske kroner": "kroner", "amerikansk dollar": "dollar", "amerikanske dollar": "dollar", "britisk pund": "pund", "britiske pund": "pund"},
    "tr": {"ABD doları": "dolar", "Euro": "euro", "Türk lirası": "lira", "İngiliz sterlini": "sterlin"},
    "cs": {"česká koruna": "koruna", "české koruny": "koruny", "českých korun": "korun", "americký dolar": "dolar", "americké dolary": "dolary", "amerických dolarů": "dolarů", "amerického dolaru": "dolaru"},
    "fr": {"livre sterling": "livre", "livres sterling": "livres", "roupie indienne": "roupie", "roupies indiennes": "roupies",
           "dollar des États-Unis": "dollar", "dollars des États-Unis": "dollars", "yen japonais": "yen", "yens japonais": "yens"},
    "de": {"Indische Rupie": "Rupie", "Indische Rupien": "Rupien", "Japanischer Yen": "Yen", "Japanische Yen": "Yen",
           "US-Dollar": "Dollar", "Russischer Rubel": "Rubel", "Russische Rubel": "Rubel", "Britische Pfund": "Pfund"},
    "es": {"dólar estadounidense": "dólar", "dólares estadounidenses": "dólares", "yen": "yen"},
    "it": {"dollaro statunitense": "dollaro", "dollari statunitensi": "dollari", "yen giapponese": "yen", "yen giapponesi": "yen",
           "rupia indiana": "rupia", "rupie indiane": "rupie"},
    "pt": {"Real brasileiro": "real", "Reais brasileiros": "reais", "Dólar americano": "dólar", "Dólares americanos": "dólares", "Euro": "euro", "Euros": "euros", "Libra esterlina": "libra",
           "Libras esterlinas": "libras", "Rupia indiana": "rupia", "Rupias indianas": "rupias", "dólar americano": "dólar",
           "dólares americanos": "dólares", "libra esterlina": "libra", "libras esterlinas": "libras"},
    "nl": {"Amerikaanse dollar": "dollar", "Brits pond": "pond", "Britse pond": "pond", "Indiase roepie": "roepie", "Japanse yen": "yen"},
    "ru": {"российский рубль": "рубль", "российских рублей": "рублей", "российского рубля": "рубля", "доллар США": "доллар", "доллара США": "доллара", "долларов США": "долларов", "британский фунт стерлингов": "фунт",
           "британских фунта стерлингов": "фунта", "британских фунтов стерлингов": "фунтов", "японская иена": "иена",
           "японские иены": "иены", "японских иен": "иен"},
    "uk": {"долар США": "долар", "долари США": "долари", "доларів США": "доларів"},
    "pl": {"złoty polski": "złoty", "złote polskie": "złote", "złotych polskich": "złotych", "złotego polskiego": "złotego", "dolar amerykański": "dolar", "dolary amerykańskie": "dolary", "dolarów amerykańskich": "dolarów",
           "funt szterling": "funt", "funty szterlingi": "funty", "funtów szterlingów": "funtów"},
    "th": {"ดอลลาร์สหรัฐ": "ดอลลาร์", "บาท": "บาท", "บาทไทย": "บาท"},
    "id": {"rupiah Indonesia": "rupiah", "Rupiah Indonesia": "rupiah"},
    "vi": {"đồng Việt Nam": "đồng"},
    "he": {"שקל חדש": "שקל", "שקלים חדשים": "שקלים", "דולר אמריקאי": "דולר"},
    "fi": {"Yhdysvaltain dollari": "dollari", "Yhdysvaltain dollaria": "dollaria"},
    "ro": {"leu românesc": "leu", "lei românești": "lei", "de lei românești": "de lei", "dolar american": "dolar", "dolari americani": "dolari", "de dolari americani": "de dolari"},
    "hu": {"magyar forint": "forint", "USA-dollár": "dollár", "euró": "euró"},
}  # fmt: skip

# "€5/night".
PER = {"en": "per", "de": "pro", "fr": "par", "es": "por", "pt": "por", "nl": "per", "sv": "per", "da": "per",
       "nb": "per", "it": "per", "pl": "za", "ru": "за"}  # fmt: skip
SHORT_TIMES = {"en": {"mo": "month", "yr": "year", "hr": "hour", "wk": "week", "min": "minute", "sec": "second"},
               "de": {"Std": "Stunde", "Min": "Minute", "Mon": "Monat"}, "sv": {"mån": "månad", "tim": "timme"}}  # fmt: skip
# "30 x 20 cm".
BY = {"en": "by", "de": "mal", "fr": "sur", "es": "por", "it": "per", "pt": "por", "nl": "bij", "sv": "gånger",
      "da": "gange", "nb": "ganger", "pl": "na", "ru": "на"}  # fmt: skip
# Behind these words a number is said digit by digit, whatever its length.
DIGITS = {
    "en": "code pin otp passcode password ending text", "de": "code pin tan kennwort endziffern bestätigungscode",
    "fr": "code pin", "es": "código pin clave", "it": "codice pin", "pt": "código pin senha", "nl": "code pincode pin",
    "pl": "kod kodu pin", "ru": "код кода пин пин-код", "uk": "код пін", "sv": "koden kod pin", "da": "koden kode pin",
    "nb": "koden kode pin", "tr": "kodunuz kodu kod şifreniz pin", "cs": "kód pin", "ja": "コード", "fi": "koodi pin",
    "hu": "kód kódja pin", "sk": "kód pin", "ro": "codul cod pin", "he": "הקוד קוד", "fa": "کد", "bn": "কোড", "ca": "codi pin",
}  # fmt: skip

# The hundredth parts of currencies that num2words has no names for, by plural category.
_ENGLISH_CENTS = {code: {"one": "cent", "other": "cents"} for code in ("CAD", "AUD", "NZD", "HKD", "SGD")}
CENTS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "en": _ENGLISH_CENTS,
    "de": {"CHF": {"other": "Rappen"}},
    "fr": {"CHF": {"one": "centime", "other": "centimes"}, "GBP": {"other": "pence"}},
    "it": {"CHF": {"one": "centesimo", "other": "centesimi"}},
    "nl": {"GBP": {"other": "pence"}},
    "sv": {"SEK": {"other": "öre"}, "EUR": {"other": "cent"}, "USD": {"other": "cent"}},
    "da": {"DKK": {"other": "øre"}, "EUR": {"other": "cent"}, "USD": {"other": "cent"}},
    "nb": {"NOK": {"other": "øre"}, "EUR": {"other": "cent"}, "USD": {"other": "cent"}},
    "cs": {"CZK": {"one": "haléř", "few": "haléře", "other": "haléřů"},
           "EUR": {"one": "cent", "few": "centy", "other": "centů"},
           "USD": {"one": "cent", "few": "centy", "other": "centů"}},
    "ro": {"RON": {"one": "ban", "few": "bani", "other": "de bani"}},
    "tr": {"TRY": {"other": "kuruş"}, "EUR": {"other": "sent"}, "USD": {"other": "sent"}},
    "sk": {"EUR": {"one": "cent", "few": "centy", "other": "centov"}},
    "he": {"ILS": {"one": "אגורה", "other": "אגורות"}},
    "hi": {"INR": {"one": "पैसा", "other": "पैसे"}, "USD": {"other": "सेंट"}, "EUR": {"other": "सेंट"}},
}  # fmt: skip
# Counted forms of currencies that CLDR names in the singular alone.
ARABIC_COINS: Mapping[str, Mapping[str, str]] = {
    "USD": {"two": "دولاران", "few": "دولارات", "many": "دولارًا", "other": "دولار"},
    "EUR": {"other": "يورو"},
    "GBP": {"two": "جنيهان إسترلينيان", "few": "جنيهات إسترلينية", "many": "جنيهًا إسترلينيًا", "other": "جنيه إسترليني"},
    "SAR": {"two": "ريالان", "few": "ريالات", "many": "ريالًا", "other": "ريال"},
    "AED": {"two": "درهمان", "few": "دراهم", "many": "درهمًا", "other": "درهم"},
}  # fmt: skip
HOUR = {"fr": "heure", "pt": "hora", "es": "hora", "it": "ora", "de": "Uhr", "ca": "hora"}
