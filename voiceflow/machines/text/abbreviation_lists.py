# ruff: noqa: RUF001, E501 (tables of words in many scripts)
"""The lists of abbreviations, by language, and where each comes from."""

from __future__ import annotations

_CLDR = "CLDR 47 months and weekdays (Babel 2.18)"
_SPACY = "spaCy 3.8 tokenizer exceptions"
_PYSBD = "pySBD 0.3.4 abbreviations"
_MOSES = "Moses non-breaking prefixes (sacremoses 0.2)"
SOURCES = {
    "en": f"{_SPACY}; {_PYSBD}", "de": f"{_CLDR}; {_SPACY}; {_PYSBD}", "fr": f"{_CLDR}; {_SPACY}; {_PYSBD}",
    "es": f"{_SPACY}; {_PYSBD}", "it": f"{_SPACY}; {_PYSBD}", "pt": f"{_CLDR}; {_SPACY}; {_MOSES}",
    "nl": f"{_SPACY}; {_PYSBD}", "da": f"{_CLDR}; {_SPACY}; {_PYSBD}", "sv": f"{_CLDR}; {_SPACY}; {_MOSES}",
    "nb": f"{_CLDR}; {_SPACY}", "fi": f"{_SPACY}; {_MOSES}", "is": f"{_CLDR}; {_MOSES}", "pl": f"{_CLDR}; {_PYSBD}",
    "cs": f"{_SPACY}; {_MOSES}", "sk": f"{_PYSBD}; {_MOSES}", "sl": f"{_CLDR}; {_SPACY}; {_MOSES}",
    "hr": "Croatian orthography (Institut za hrvatski jezik)", "sr": f"{_SPACY}", "bg": f"{_SPACY}; {_PYSBD}",
    "mk": f"{_CLDR}; {_SPACY}", "ru": f"{_CLDR}; {_SPACY}; {_PYSBD}", "uk": f"{_CLDR}; {_SPACY}",
    "be": "Belarusian orthography of 2008", "kk": f"{_CLDR}; {_PYSBD}", "el": f"{_SPACY}; {_MOSES}",
    "tr": f"{_SPACY}", "az": "Azerbaijani orthography dictionary", "ro": f"{_CLDR}; {_SPACY}; {_MOSES}",
    "hu": f"{_CLDR}; {_SPACY}; {_MOSES}", "ca": f"{_CLDR}; {_SPACY}; {_MOSES}",
    "gl": f"{_CLDR}; Galician orthography (RAG)", "et": "Estonian orthography dictionary (ÕS)",
    "lv": f"{_CLDR}; {_MOSES}", "lt": f"{_CLDR}; {_MOSES}", "af": f"{_CLDR}; {_SPACY}",
    "id": f"{_SPACY}", "hi": "Indian-language usage (titles, degrees, initials spelled out)",
    "ar": f"{_PYSBD}", "he": "Hebrew usage", "fa": "Persian usage", "hy": "Armenian usage",
}  # fmt: skip

# One line a kind: never / counted / may.
TABLE: dict[str, tuple[str, str, str]] = {
    "en": (
        "mr mrs ms mx dr drs prof messrs mme mlle msgr rev hon pres gov sen sens rep reps gen col maj capt cmdr "
        "lt sgt cpl pvt pfc adm brig supt det insp fr mt mts fwd e.g i.e viz vs v cf approx ca incl excl "
        "attn asst assoc esp "
        "ing comdr m.r",
        "no nos p pp vol vols ch chap fig figs sec art ext ed eq par para pt nr cl col bk op app arts v mar max min",
        "st etc co inc ltd llc corp bros jr sr esq a.m p.m u.s u.s.a u.k e.u u.n d.c b.c a.d b.c.e c.e ph.d m.d b.a "
        "m.a b.s m.s b.sc m.sc ll.b ll.m j.d ed.d d.phil ave blvd rd hwy dept est univ al sq bldg apt jan feb apr "
        "jun jul aug sept sep oct nov dec tue tues wed thu thur thurs fri hr hrs mins secs tel "
        "oz lbs yr yrs wk plc p.s n.b r.s.v.p l.a n.y pl",
    ),
    "de": (
        "hr fr frl dr prof dipl ing med jur phil rer nat hon st frh hrn z.b d.h i.d.r z.t z.z z.zt z.hd u.a i.a i.e v.a "
        "s.o s.u vgl bzw ca sog sogen evtl ggf inkl exkl zzgl abzgl gem lt geb gest verh kath ev evang dt engl franz "
        "lat griech bes insb insbes allg urspr entspr einschl mind ungef m.e m.a.w i.allg u.u d.i bspw betr "
        "wg bay österr schweiz röm jap chin russ span ital amerik europ orth ref stellv vors präs "
        "kfm techn wiss städt staatl öff priv ehem verw gegr zit hrsg übers verf bearb fa mult bgm oberstlt stud cand sen bzgl ebda hl",
        "nr s art abs kap bd bde abb tab ziff z rn § tel st str az jg h aufl sp ff kto fußn anm pfd max min temp",
        "usw etc u.s.w u.ä u.v.m u.dgl dgl o.ä o.dgl mio mrd tsd jh jhd std sek min tel str pl n.chr v.chr e.v co gmbh "
        "inc ltd jan feb febr apr aug sept sep okt nov dez fr mwst a.d a.m p.m a.a.o ebd usf jun bhf hbf stk inh p.a ppa",
    ),
    "fr": (
        "m mm mme mmes mlle mlles dr pr prof me mgr st ste c.-à-d p.ex cf env av apr j.-c ch éd dir "
        "boul adj auj resp réf max min moy gén cdt sgt lt prés vve bd bld",
        "n no nos art p pp chap vol t fig al paragr tél ext éq sec fasc dép arr mar mer",
        "etc s.a s.a.r.l cie ltd inc co janv févr avr juil sept oct nov déc lun jeu ven sam dim a.m p.m n.b p.-s "
        "r.-v q.g e.v s.n.c.f u.e s.v.p sté éts hab",
    ),
    "es": (
        "sr sra sres sras srta dr dra dres dña d prof profa lic licda ing arq abg pdte dir gral gob admón adm sto sta "
        "p.ej ej c.f cf vs aprox atte av avda c/ ctra pza plza esq depto dpto edif prov excmo excma ilmo ilma "
        "mons rvdo hno hna hnos ntra tte cap cnel sgto alm ee ff rr cc máx mín izq dcha ant mtro mtra pbro cda cdas cdta cdtas",
        "núm núms no nº n pág págs p pp art arts cap caps vol vols fig párr párrf párrfs tel tfno ext cra t ej "
        "inc apdo km telf apto c.p figs mar",
        "etc s.a s.l s.r.l cía co inc ltd ltda ee.uu uu a.m p.m a.c d.c j.c ene feb abr jun jul ago sep sept "
        "oct nov dic lun mié jue vie sáb dom hs hrs seg km kg p.d q.e.p.d d.f r.u ud uds vd vds ed edit trad doc",
    ),
    "it": (
        "sig sigg sig.ra sig.na sigra signa dott dott.ssa dr prof prof.ssa ing avv arch geom rag on sen cav comm dir amm "
        "gen col cap magg ten mons don s st p.es es cfr vs ca egr gent spett ill rev rev.mo psicol econ az "
        "soc d lett ist dip resp resp.le pres presid segr mil max min op.cit cit ecc.to gent.mo ill.mo spett.le on.le f.lli fratt fraz loc",
        "n nr no num art artt pag pagg p pp cap vol fig tab tel c.so v.le int par t sec secc mar ed voll segg ven",
        "ecc etc s.p.a s.r.l s.n.c s.a.s co ltd inc a.c d.c a.m p.m gen feb apr mag giu lug ago sett ott nov dic "
        "lun mer gio sab dom p.s n.b u.s.a u.e",
    ),
    "pt": (
        "sr sra srs sras srta dr dra drs dras prof profa eng enga arq d exmo exma ilmo ilma p.ex ex cf vs av r pça tv "
        "est rod adm dep gov gen cel cap maj ten sgt des min pres sen v.exa dom st sto sta aprox máx mín ref univ adv trav pç",
        "nº n núm no pág págs p pp art arts cap vol fig tel inc fls fl al t apto bl cj figs séc",
        "etc s.a ltda lda cia co inc ltd a.c d.c a.m p.m e.u.a jan fev abr mai jun jul ago nov dez seg ter "
        "qua qui sáb dom hab min km p.s n.b",
    ),
    "nl": (
        "dhr mevr mw mej dr drs ir ing mr prof ds st bijv b.v d.w.z dwz o.a oa t.a.v t.b.v t.o.v m.b.t i.v.m i.p.v m.a.w "
        "n.a.v o.l.v z.g.a.n vgl zgn nl resp ca evt incl excl afd aanw alg afk bet ned eng du "
        "toel gem ged gebr chr vnl zg wed jhr jkvr kol gen lt",
        "nr nrs blz p pp art hfst afb fig tab par deel dl tel bl pag kap ln max min ma di wo vr za temp",
        "enz etc e.d e.a n.v c.s co ltd inc v.chr n.chr jan feb mrt apr jun jul aug sep sept okt nov dec "
        "a.u.b s.v.p mld mln m.i.v vnw adv bijv.nw zn ww",
    ),
    "da": (
        "hr fr frk dr prof ing adv cand mag med stud skt sct kgl dronn pres dir f.eks feks bl.a d.v.s dvs ca evt inkl "
        "ekskl jf jfr vedr pga p.g.a iflg ifm i.f.m mht m.h.t ift fx gl nuv tidl hhv maks min st sdr ndr vestl "
        "såk if bl",
        "nr s p kap fig art bd stk pkt tlf § n° udg afd max min temp",
        "osv etc m.m m.v m.fl o.l o.lign a/s co ltd inc a.s a.m p.m jan feb apr jun jul aug sep sept okt nov dec "
        "tirs ons tors fre lør søn kl kr mio mia f.kr e.kr kbh u.s u.s.a d.d s.u d.å mfl tsd",
    ),
    "sv": (
        "hr fr fru dr prof ing doc lic kand fil tekn jur dir s:t st t.ex t ex bl.a d.v.s dvs ca ev inkl exkl jfr jmf "
        "resp p.g.a pga m.h.t s.k fr.o.m t.o.m f.d enl ang max min i.s.f f.n m.a.o",
        "nr s sid kap fig art bd tel p mom avd bil uppl max min temp",
        "osv o.s.v etc m.m m.fl e.d o.d dyl o.dyl a.m p.m jan feb apr aug sept sep okt nov dec mån tis ons tors "
        "tor fre lör sön kl kr milj mdr f.kr e.kr a.b co ltd inc u.s.a",
    ),
    "nb": (
        "hr fr fru frk dr prof ing adv cand mag dir st kgl f.eks feks bl.a bla dvs d.v.s ca evt inkl ekskl jf jfr "
        "pga p.g.a ift ifm i.f.m mht m.h.t hhv tidl nåv gml maks min s.k if eg vedr mrk ev",
        "nr s kap fig art bd pkt tlf p max min temp",
        "osv o.s.v etc m.m m.v m.fl o.l a/s co ltd inc a.m p.m jan feb mar apr jun jul aug sep sept okt nov des man tir "
        "tirs ons tor tors fre lør søn kl kr mill mrd f.kr e.kr",
    ),
    "fi": (
        "hra rva nti tri dr prof ins esim ts ks vrt n ent nyk ko ao os siht toim synt tark "
        "lyh yht eaa joht fil maist lis huom puh.joht pj vpj",
        "s nro no n:o puh kpl luku art kuva",
        "jne yms ym tms mm milj mrd eaa jaa ekr jkr e.kr j.kr co ltd inc klo kk v "
        "",
    ),
    "is": (
        "hr fr dr prof sr próf t.d þ.e þ.e.a.s sbr m.a ca u.þ.b skv f.h fyrrv núv sk st ath",
        "nr bls gr mgr tbl árg kap",
        "o.s.frv o.fl o.þ.h etc f.kr e.kr jan feb mar apr jún júl ágú sep sept okt nóv des sun mán þri mið fim fös "
        "lau kl kr m.kr",
    ),
    "pl": (
        "dr hab inż mgr prof lek red ks bp abp św gen płk kpt por mjr ppłk ul al pl os np m.in tzn tj tzw "
        "ew wg ok jw zob łac ang niem franc ros hiszp bałt słow czes ukr bułg port węg rum tur "
        "im pow woj gm właśc potocz daw przen żart dot ds ws sp z prez dyr wyd tłum ur pp ppor zm",
        "nr s str art ust poz pkt rozdz rys tab tel t ryc par lp ww pkt sob",
        "itd itp etc r w n.e p.n.e tys mln mld o.o z.o.o s.a co inc ltd pon wt śr czw pt niedz godz sek zł gr ha m.st "
        "stycz lut mar kwiec czerw lip sierp wrzes paźdz listop grudz",
    ),
    "cs": (
        "p pí sl dr ing mgr bc mudr judr phdr rndr doc prof csc drsc arch sv st ml např tj tzn tzv resp popř "
        "příp zejm cca vč vs srov zvl red ul nám tř gen plk kpt por býv angl něm franc lat rus",
        "č čís s str odst písm čl kap obr tab tel roč vyd čj čp mob",
        "atd apod aj atp mj a.s s.r.o o.p.s v.o.s spol tis mil mld kč hod min sek př.n.l n.l l r co inc ltd  ph.d",
    ),
    "sk": (
        "p sl dr ing mgr bc mudr judr phdr rndr paeddr doc prof csc drsc arch sv st ml napr tj t.j tzn tzv "
        "resp príp cca vr vs porov zv red ul nám tr gen plk kpt por býv pol angl nem franc lat rus "
        "t.č č.j o.i",
        "č čís s str ods písm čl kap obr tab tel roč",
        "atď apod atp pod a.s s.r.o o.c.p k.s v.o.s spol tis mil mld hod min sek pr.n.l n.l r co inc ltd corp n.o o.z",
    ),
    "sl": (
        "g ga gdč dr mag prof doc ing inž dipl univ sv npr tj t.i t.j oz ok prim gl dir akad arh gen polk "
        "zn angl nem lat ul pribl med odv",
        "št str čl odst tč sl pogl pog tel l zv",
        "itd ipd idr itn d.d d.o.o s.p n.št p.n.št pr.kr po.kr jan feb mar apr jun jul avg sep sept okt nov dec pon tor sre "
        "čet pet sob ned tis mio mrd ur min",
    ),
    "hr": (
        "g gđa gosp gđica dr mr prof doc ing dipl sv npr tj tzv odn ul gen puk sc akad red mons "
        "usp engl njem lat franc izv kbr op tzn",
        "br str čl st sl tab tel gl knj",
        "itd i.sl d.d d.o.o pr.kr po.kr sij velj ožu tra srp kol ruj lis stu pon uto sri čet sub ned "
        "god tis mil mlrd min sat",
    ),
    "sr": (
        "г гђа др мр проф доц инж дипл св нпр тј тзв одн акад ул бул ген пук уч мед g gđa dr mr prof doc inž dipl sv "
        "npr tj tzv odn akad ul bul",
        "бр стр чл ст сл таб тел тач br str čl st sl tab tel",
        "итд итсл сл пре.н.е н.е п.н.е год мин мил јан феб мар апр авг сеп окт нов дец пон уто сре чет суб нед itd sl "
        "god min n.e",
    ),
    "bg": (
        "г-н г-жа д-р проф доц инж акад арх адв ген полк кап св ул бул пл кв гр с ж.к вж срв напр т.нар т.е т.н и.д зам "
        "англ фр нем лат рус исп ит гръц тур бълг обл общ м-р чл.-кор кор ред гл ст",
        "№ стр чл ал бр фиг табл тел вх ап бл ет",
        "т.г м.г др и.др пр.хр сл.хр пр.н.е в вв гг млн млрд хил лв мин сек куб.м кв.м км кг см мм л ха "
        "февр апр септ окт ноем дек",
    ),
    "mk": (
        "г-дин г-ѓа д-р м-р проф доц инж акад св ул бул т.е т.н на.пр пр сп в англ гер лат ген",
        "бр стр чл ст сл таб тел",
        "итн и.др н.е п.н.е год мин јан фев мар апр јун јул авг сеп септ окт ное дек пон вто сре чет саб нед",
    ),
    "ru": (
        "г-н г-жа гн д-р проф доц акад чл.-корр канд докт инж св им ул пр просп пер пл бул наб ш д кв корп оф обл р-н "
        "пос с дер ген полк кап лейт серж см ср напр т.е т.к т.н т.о т.наз в.т.ч и.о англ нем фр лат греч исп итал "
        "яп рус гр тов зав зам нач гл ст мл физ хим мед техн экон юр филол ред сост изд авт макс прибл ок "
        "куб адм деп иностр уч",
        "№ стр п пп рис табл ч т тт тел вып кн разд илл подп факс",
        "т.д т.п др и.т.д г гг в вв н.э до.н.э р руб коп долл тыс млн млрд трлн мин сек час км м см мм кг куб.м "
        "кв.м га л янв февр апр авг сент сен окт нояб дек пн вт чт пт сб вс у.е с.ш ю.ш в.д з.д мес нед",
    ),
    "uk": (
        "п д-р проф доц акад чл.-кор канд інж св ім вул просп пр-т пров пл бул бульв наб буд кв корп обл р-н м смт с "
        "див пор напр т.зв т.з т.ч англ нім фр лат грец гр рос укр заст зав гол мед техн екон ред ген полк",
        "№ стор рис табл ч т тел вип кн розд гл",
        "т.д т.п ін та.ін р рр ст н.е до.н.е грн коп тис млн млрд хв год сек км кг см мм га січ лют бер квіт трав черв лип "
        "серп вер жовт груд",
    ),
    "be": (
        "сп спн д-р праф дац акад канд інж св ім вул прасп пл бул наб д кв корп вобл р-н г гл параўн напр "
        "г.зн т.зв англ ням фр лат рус",
        "№ стар с арт мал табл ч т тэл вып",
        "г.д інш і.г.д стст н.э да.н.э тыс млн млрд руб кап хв гадз сек км кг см студз лют сак крас чэрв ліп жн вер "
        "кастр ліст снеж",
    ),
    "kk": (
        "мыс т.с проф акад доц инж св көш даң ауд обл б.з б.з.д англ орыс лат ғ.к ген м.а",
        "№ б сур кест тел т қосым",
        "т.б т.с.с т.т ж жж ғ ғғ млн млрд тг мин сағ сек км кг см қаң ақп нау сәу мам мау шіл там қыр қаз қар жел",
    ),
    "el": (
        "κ κα κος δρ καθ αγ αρχ π.χ δηλ βλ πρβλ λ.χ λεωφ γεν αντιστρ μητρ ιερ σεβ υπ συντ "
        "αγγλ γαλλ γερμ λατ ιταλ επιμ μτφρ",
        "αρ αριθ σ σελ σσ κεφ τόμ τ εικ πίν παρ άρθ τηλ",
        "κ.λπ κλπ κ.ά κ.α κτλ κ.τ.λ μ.χ π.μ μ.μ η.π.α α.ε ο.ε ε.ε εκατ δισ χιλ τ.χλμ χλμ ιαν φεβ φεβρ μαρ απρ μαΐ "
        "ιουν ιουλ αυγ σεπ σεπτ οκτ νοε δεκ δευ τρ τετ πεμ σαβ κυρ",
    ),
    "tr": (
        "sn dr prof doç yrd öğr gör av müh mim uzm op ecz alb gen yb bnb yzb org tümg tuğg asb hz st örn bkz yak "
        "krş çev ing fr alm lat ar mah cad sok apt blv müd",
        "no nr s sf syf md fık böl tel c şek tab sk kat",
        "vb vs vd v.b v.s m.ö m.s a.ş ltd şti co inc t.c a.b.d oca şub nis ağu eyl eki dk sa "
        "mlr",
    ),
    "az": (
        "c x dos prof akad müh dr məs bax müq red ing alm rus fr ş küç pr gen",
        "№ s səh m b cild tel şək cəd",
        "və.s v.s və.b b.e.ə e.ə min mln mlrd man qəp dəq san km kg",
    ),
    "ro": (
        "dl dna dra d-l dr prof ing arh av ec conf lect asist acad sf șt gh gen col lt cpt mr p.d.v d.p.d.v de ex dvs "
        "cca aprox cf resp str bd bul sos șos jud com engl fr germ lat rom it red trad coord max min",
        "nr p pp pag art alin lit cap vol fig tab tel pct t et ap sc bl",
        "etc ș.a ş.a ș.a.m.d ş.a.m.d s.a s.r.l i.hr d.hr î.hr î.e.n e.n co inc ltd ian feb apr iun iul aug sept sep oct "
        "nov dec lun mie vin sâm dum mld",
    ),
    "hu": (
        "dr prof ifj id özv ing mr st szt pl ill kb vö ún dipl gr br hr tn szerk ford főszerk főv ang ném fr "
        "lat ol or ref ev kat ált tkp bp u krt rkp",
        "sz o old p fej köt tel fsz em évf § bek",
        "stb kft bt rt zrt nyrt kkt co ltd inc i.e i.sz i.u kr.e kr.u jan febr feb márc ápr máj jún júl aug szept okt nov "
        "dec v d.e d.u m e mrd ft",
    ),
    "ca": (
        "sr sra srs sres srta dr dra prof profa enginy arq adv st sta mn p.ex ex cf vs av c pl pg pça dir gral rvd "
        "il·lm hble excm aprox apr",
        "núm n pàg pàgs p pp art cap vol fig tel ap t",
        "etc s.a s.l s.c.p cia co inc ltd a.c d.c a.m p.m ee.uu uu gen febr març abr maig juny jul ag oct nov dl "
        "dt dc dj dv ds dg",
    ),
    "gl": (
        "sr sra srta dr dra prof profa d dna lic enx arq av r p.ex ex cf vs sto sta excmo excma aprox",
        "núm n páx páxs p pp art cap vol fig tel t",
        "etc s.a s.l cía co inc ltd a.c d.c a.m p.m ee.uu uu xan feb abr mai xuñ xul ago nov dec mér xov "
        "ven sáb",
    ),
    "et": (
        "hr pr prl dr prof mag ins dots nt s.o s.t st vt vrd ca u sh k.a nn toim tlk red kol kindr lüh ingl sks vn "
        "lad mnt pst",
        "nr lk p ptk joon tab tel lg §",
        "jne jms jpm jm e.m.a m.a.j a ekr pkr kr mln mld tuh jaan veebr apr sept okt nov dets kl min sek",
    ),
    "lv": (
        "k-gs k-dze dr prof doc inž mag akad sv piem t.i t.s sal resp ap apm vad red tulk angl vāc lat "
        "kand arh biol med ģen pulkv",
        "nr lpp p.p sēj att tab tālr tel d pk",
        "utt u.c u.tml u.t.t t.sk utml p.m.ē m.ē gs g st tūkst milj mljrd janv febr apr jūn jūl aug sept okt "
        "nov dec pirmd otrd trešd ceturtd piektd sestd svētd plkst min sek",
    ),
    "lt": (
        "dr prof doc inž habil mag akad šv pvz t.y vad žr plg red vert angl vok pranc lat rus liet "
        "gen plk kpt g pr al a.a a.k j.e l.e.p",
        "nr psl p str sk pav lent tel t d kab",
        "t.t kt ir.kt pan ir.pan pr.kr po.kr m mėn val min sek tūkst mln mlrd saus vas kov bal geg birž liep rugp rugs "
        "spal lapkr gruod",
    ),
    "af": (
        "mnr mev mej dr prof ds adv ing st bv byv d.w.s d.i o.a bl.p i.p.v t.o.v m.b.t nl sg vgl ca",
        "nr bl p art hfst fig tab vol tel",
        "ens e.d.m e.a e.s v.c n.c v.chr n.chr edms bpk vm nm jan feb mrt apr jun jul aug sept okt nov des "
        "",
    ),
    "id": (
        "bpk bp sdr sdri dr drs dra ir prof kh h hj st gg jl kab kec prop prov tn ny yth a.n u.b u.p ttd mis "
        "dng tsb yg alm",
        "no hlm hal ps jil tel tlp gbr",
        "dll dsb dst dkk s.h s.e s.pd m.sc m.a ph.d tbk pt jan feb mar apr jun jul agu sept okt nov des",
    ),
    "hi": ("डॉ डा प्रो श्री श्रीमती सुश्री पं मो कु स्व ले कर्नल इं एड मेजर प्र उ ", "सं क्र पृ नं अ फ़ो", "रु ई.पू ई इ.पू कि.मी मि घं सें वि.सं एम.ए बी.ए पी.एच.डी"),
    "mr": ("डॉ प्रा श्री श्रीमती सौ कै कु पं मा अ‍ॅड इं ले उदा वि ह.भ.प सु स्व", "क्र पृ नं सं अ", "रु इ.स इ ई.स कि.मी मि इ.स.पू वि.सं एम.ए बी.ए"),
    "ne": ("डा डॉ प्रा श्री श्रीमती सुश्री पं इ अधि कु स्व उदा मा", "नं पृ क्र सं", "रु वि.सं इ.सं ई.सं कि.मी मि एम.ए बी.ए"),
    "bn": ("ডঃ ডা ড প্রফ অধ্যা মো মোঃ মি মিস মিসেস শ্রী লে জে ইঞ্জি অ্যাড", "নং পৃ", "টা খ্রি খ্রিঃ কিমি কি.মি বি.এ এম.এ"),
    "gu": ("ડૉ ડો પ્રો શ્રી શ્રીમતી સુશ્રી સ્વ પં કુ એડ ઇં", "નં પૃ ક્ર", "રૂ ઈ.સ કિ.મી મિ વિ.સં એમ.એ બી.એ"),
    "pa": ("ਡਾ ਪ੍ਰੋ ਸ ਸ੍ਰੀ ਸ਼੍ਰੀ ਸ਼੍ਰੀਮਤੀ ਬੀਬੀ ਪੰ ਗਿ ਐਡ ਇੰਜ", "ਨੰ ਪੰਨਾ", "ਰੁ ਈ ਕਿ.ਮੀ ਮਿੰ ਐਮ.ਏ ਬੀ.ਏ"),
    "or": ("ଡ ଡା ଡକ୍ଟର ପ୍ରଫେ ଶ୍ରୀ ଶ୍ରୀମତୀ ସୁଶ୍ରୀ ପଂ ସ୍ୱ", "ନଂ ପୃ", "ଟ କି.ମି ଖ୍ରୀ"),
    "as": ("ড ডঃ ডা অধ্যা প্ৰফে শ্ৰী শ্ৰীমতী মো মিঃ", "নং পৃ", "কি.মি খ্ৰী"),
    "ta": ("டாக் திரு திருமதி செல்வி பேரா முனை எம் எஸ் கே ஆர் எல்", "எண் பக்", "ரூ கி.மீ கி.மு கி.பி எம்.ஏ பி.ஏ"),
    "te": ("డా శ్రీ శ్రీమతి ప్రొ చి కీ.శే ఎమ్ ఎస్ కె ఆర్", "నం పే", "రూ కి.మీ క్రీ.పూ క్రీ.శ ఎం.ఎ బి.ఎ"),
    "kn": ("ಡಾ ಶ್ರೀ ಶ್ರೀಮತಿ ಪ್ರೊ ಕು ಚಿ ದಿ ಎಂ ಎಸ್ ಕೆ ಆರ್", "ನಂ ಪು ಸಂ", "ರೂ ಕಿ.ಮೀ ಕ್ರಿ.ಪೂ ಕ್ರಿ.ಶ ಎಂ.ಎ ಬಿ.ಎ"),
    "ml": ("ഡോ ശ്രീ ശ്രീമതി പ്രൊഫ കു അഡ്വ എം എസ് കെ ആർ", "നം പേ", "രൂ കി.മീ ക്രി.മു എം.എ ബി.എ"),
    "si": ("ආචා මයා මිය ගරු ඩී එම් එස්", "පි", "රු කි.මී පෙ.ව ප.ව"),
    "ur": ("ڈ پروف م ع ص", "ص", "ق.م ء ب.م"),
    "ar": ("د أ م ا.د أ.د ا.ش.ا م.م م.ب س.ت ص.ب ت.ب ج.ب", "ص ط ج", "إلخ الخ ج.م.ع كج كلم ق.م ه هـ"),
    "fa": ("د م ر.ک ر.ش", "ص ج ش", "ق.م ه.ش ه.ق م.ق"),
    "he": ("פרופ' פרופ ד״ר גב' גב רח' רח שד' עו״ד מר", "עמ' עמ מס' מס סע' ס", "וכו' וכו וכד' בע״מ לפנה״ס"),
    "hy": ("դր պրոֆ պր տկն օր փող պող ակադ", "էջ հ նկ", "և.այլն մ.թ մ.թ.ա թ դ դդ կմ մլն մլրդ հզ"),
}  # fmt: skip
