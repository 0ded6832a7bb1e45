//! What card fields are called, in folded words (`text.rs`, `pattern.rs`), and what looks like one and is none.
//!
//! Owns data alone. A phrase is general usage of a language, never the name of one site. Every phrase is read by a test
//! that folds it: what is not in folded form could never be found.

/// Card number: means it wherever it stands.
pub(super) const NUMBER: &[&str] = &[
    // English, and what programs call it
    "*card|*cards number|numbers|nummer|num|no|nr|nbr|numb|digits",
    "cc|crd|txtcc|strcc|paycc|paymentcc|newcc|usercc number|num|no|nr|nbr|digits",
    "credit|debit number|num|nr",
    "credit|debit|payment card no|nos",
    "number|numbers|num on|of your|the| credit|debit|payment|bank| card",
    "card account number",
    "primary account number",
    "pan number|num card",
    "card pan",
    "=cc",
    "=pan",
    // German
    "*karten|*kreditkarte|*bankkarte nummer|nr|num|no",
    "nummer ~ karte|kreditkarte|debitkarte",
    // French
    "numero|numeros|num|no|n ~ carte bancaire|de|",
    "numero|num|no|n de|sur la|votre|ma| carte",
    "=carte de|bancaire credit|",
    // Spanish, Portuguese, Italian
    "numero|num|nro|no ~ tarjeta|cartao|carta",
    "tarjeta|cartao numero|num|nro|no",
    "=tarjeta de|bancaria|credito credito|debito|",
    "=numero ~ cartao|tarjeta|carta",
    "numero ~ carta|carte di|de credito|credit|",
    // Dutch
    "*kaart|*creditkaart nummer|nr",
    "nummer ~ kaart|creditcard",
    // Swedish, Danish, Norwegian, Finnish
    "*kort|*korts|*kortets nummer|nr",
    "*kortin|*kortti numero|nro|nr",
    "=korttinumero",
    // Polish, Czech, Slovak
    "numer|nr|cislo ~ karty|karta|karte",
    "cislo ~ kreditni|platebni|platobnej|kreditnej|debetni karty",
    // Hungarian, Romanian, Turkish
    "*kartya szam|szama|szamot",
    "numar|numarul|nr ~ card|cardului|cardul|carte",
    "*kart|*karti|*kartin|*kartinizin no|numara|numarasi|numaraniz|numarasini",
    // Croatian, Serbian, Slovenian, Bulgarian, Greek
    "broj|stevilka ~ kartice|kartica",
    "номер|номера|броj|број ~ карты|карти|картки|картата|картице|карта",
    "номерът ~ картата",
    "αριθμοσ|αρ ~ καρτασ|καρτα",
    // Arabic, Persian, Hebrew
    "رقم ~ بطاقه|البطاقه|بطاقتك|الكارت|كارت",
    "شماره ~ كارت",
    "מספר ~ כרטיס|הכרטיס|האשראי|אשראי",
    // Japanese, Chinese, Korean
    "カード|クレジットカード の| 番号|ナンバー|no",
    "卡号|卡號|卡号码|銀行卡號|银行卡号",
    "卡片|信用卡 号码|號碼|卡号|卡號",
    "카드 번호|넘버",
    // Hindi, Thai, Vietnamese, Indonesian, Malay
    "कार्ड नंबर|संख्या|नम्बर|क्रमांक",
    "หมายเลข|เลขที่|เลข บัตรเครดิต|บัตรเดบิต|บัตร",
    "=so the",
    "so the tin dung|ngan hang",
    "nomor|no|nombor kartu|kad kredit|debit|",
];

/// Card number where the field is one of a card.
pub(super) const NUMBER_OF_CARD: &[&str] = &[
    "=number|num|no|nr|nummer|numero|numer|numar|cislo|nro|szam|broj|номер|αριθμοσ|رقم|מספר|番号|号码|번호|नंबर",
    "credit|debit|payment card|cards number|num|no|nr",
    "*card ~ number|num",
    "=card|karte|carte|tarjeta|kort|kaart|cartao|carta",
    "=credit|debit card",
    "=pan",
    "card|cc|pay|payment|credit pan",
];

/// Verification code: means it wherever it stands.
pub(super) const CVV: &[&str] = &[
    "c v v|c|n|d|k",
    "c c v",
    "c s c",
    "c v 2",
    "c i d card|cc|code|number|credit",
    "*card|cc|credit|payment cid",
    "cvv|cvc|csc|ccv|cvn|cvd code|num|number|no",
    "cc|card cv|vv|ver",
    // English
    "*card|*cards|cc security|verification|validation|identification|check|authentication|secret code|number|num|value|digits|digit|no",
    "*card|cc code|verification|verif|sec|security|secure",
    "verification|validation value",
    "security digits|value",
    "signature strip|panel code|digits|number",
    "card pin cvv",
    // German, Dutch
    "*karten pruf|pruef|sicherheits nummer|ziffer|code|zahl|nr",
    "*kartenpruf*|*kartenpruef*|*kartensicherheits*",
    "pruf|pruef ziffer|nummer|zahl",
    "*kreditkarten sicherheitscode",
    "kaart verificatie|beveiligings code",
    // Romance
    "cryptogramme visuel|",
    "code|codigo|codice ~ carte|tarjeta|cartao|carta de|di|del|della| securite|seguridad|seguranca|sicurezza",
    "code|codigo|codice de|di| securite|seguridad|seguranca|sicurezza ~ carte|carta|tarjeta|cartao",
    "codigo de| verificacion|seguridad|seguranca|verificacao ~ tarjeta|cartao",
    "codice ~ verifica ~ carta",
    // Nordic
    "*kort|*korts|*kortets sakerhetskod|sikkerhedskode|sikkerhetskode|kontrolcifre|kontrolkode",
    "kontroll|kontrol siffror|cifre ~ kort|kortet",
    "kortin turva|tarkistus|varmenne koodi|numero|tunnus|luku",
    // Slavic, Hungarian, Romanian, Turkish, Greek
    "kod ~ bezpieczenstwa|zabezpieczajacy ~ karty",
    "bezpecnostni|bezpecnostny|overovaci|kontrolni kod|cislo ~ karty",
    "код ~ безопасности|проверки|безпеки ~ карты|картки",
    "*kartya biztonsagi|ellenorzo kod*|szam*",
    "cod ~ card|cardului",
    "*kart guvenlik|dogrulama kod*|numara*",
    "κωδικοσ ~ ασφαλειασ|επαληθευσησ ~ καρτασ",
    // Semitic, Asian
    "رمز ~ بطاقه|البطاقه",
    "ספרות ~ בגב הכרטיס|ביטחון|ביקורת",
    "3 ספרות",
    "セキュリティ コード|番号",
    "カード確認|カード認証 番号|コード",
    "安全码|安全碼|校验码|卡验证码|末三码|末三碼|背面末",
    "카드 보안|인증 코드|번호",
    "सीवीवी",
];

/// Verification code where the field is one of a card; alone it may be a code by text message.
pub(super) const CVV_OF_CARD: &[&str] = &[
    "security|verification|validation|secret|identification code|number|no|value|digits|cod|num",
    "sec|ver|verif|auth code|num",
    "=verification|security|code|cid|cvx",
    "c i d",
    "=cv|vv",
    "cv",
    "3|4|three|four ~ digit|digits|chiffres|cifre|cifras|digitos|stellig|stellen|siffror|siffer|cyfry|haneli|числа|цифры|位|桁|자리",
    "sicherheits|pruf|pruef|kontroll code|nummer|ziffer|zahl|nr|kode",
    "code|codigo|codice|cod|kod|kode|codul ~ securite|seguridad|seguranca|sicurezza|securitate|bezpieczenstwa|controle|control|verification|verificacion|verificacao|verifica|verificare",
    "beveiligings|veiligheids|controle code|nummer",
    "sakerhets|sikkerheds|sikkerhets|kontroll|kontrol kod|kode|siffror|cifre|siffer",
    "turva|tarkistus|varmenne koodi|luku|numero",
    "bezpecnostni|bezpecnostny|overovaci|kontrolni kod|cislo",
    "biztonsagi|ellenorzo kod|szam",
    "guvenlik kod|kodu|numarasi",
    "код|номер ~ безопасности|проверки|безпеки|подтверждения|сигурност",
    "защитный|защитен код",
    "κωδικοσ ~ ασφαλειασ|επαληθευσησ",
    "رمز|كود ~ الامان|امان|التحقق|الحمايه",
    "קוד ~ אבטחה|ביטחון|אימות",
    "確認|認証|验证|驗證|安全 コード|番号|码|碼",
    "보안 코드|번호",
    "सुरक्षा कोड",
    "รหัส ~ ความปลอดภัย",
    "รหัสความปลอดภัย|รหัสหลังบัตร",
    "ma bao mat",
    "kode keamanan",
];

/// Expiry date: means that of a card, unless documents or offers are spoken of (`EXPIRY_OF_OTHERS`).
pub(super) const EXPIRY: &[&str] = &[
    "cc|*card exp|expir*|expdate|month|mon|mm|mnth|year|yr|yy|date|valid*|validity",
    "cc|*card exp|expiry|expiration|expire|valid date|dt|month|mon|mth|mo|mm|m|year|yr|yy|y",
    "exp|expir*|expire|expiry|expiration date|month|mon|mth|mo|mm|m|year|yr|yy|y|day",
    "month|year|mm|yy exp|expir*|expires|expiry",
    "expir* ~ mm yy|yyyy|aa|jj",
    "=expiry|expiration|expires|expire|exp|expdate",
    "expiry|expiration|expires of|on|end| card",
    "valid thru|through|until|till|to|mnth|month|year",
    "good thru|through",
    "=mm yy|aa|jj|rr|гг|yyy",
    "=mm aa|yy yyyy|aa|aaaa",
    "mm yy exp*",
    // German
    "ablauf|gultigkeits|gueltigkeits|verfalls|verfall datum|monat|jahr|tag",
    "gultig|gueltig bis|monat|jahr",
    "*karten ablauf|gultigkeit|gueltigkeit|verfall",
    "=gultigkeit|ablauf|gueltigkeit",
    "=mm jj",
    // French
    "date|mois|annee d|de|expir*| expir*|validite|fin",
    "expire le|a|fin",
    "fin de validite",
    // Spanish, Portuguese, Italian
    "fecha|mes|ano|data|mese|anno|dia de|di|do|da| cad*|venc*|validade|validez|validita|scadenza|exp|expir*",
    "=vencimiento|vencimento|caducidad|scadenza|validade|validez|expiracion|expiracao",
    "valida|valido hasta|ate|fino",
    "scadenza|vencimento|vencimiento|caducidad|validade ~ carta|cartao|tarjeta|mese|anno|mes|ano",
    // Dutch
    "verval|geldigheids|afloop datum|maand|jaar",
    "geldig tot|t|tm",
    // Nordic
    "utgangs|utgang|forfalls|giltighets|udlobs|udlob|utlops|utlop|gyldigheds|gyldighets datum|dato|manad|maned|ar|aar|tid",
    "giltig|giltigt|gyldig t o m|till|til|tom|thru",
    "=utgar|udlober|utloper|giltig|gyldig|utgang|udlob",
    "vanhenemis|vanhentumis|eraantymis|voimassaolo|paattymis paiva|pvm|kuukausi|vuosi|aika",
    "voimassa asti|saakka",
    "viimeinen voimassaolo*",
    // Slavic
    "data|termin|miesiac|rok|data waznosci|wygasniecia",
    "waznosc|waznosci karty|do",
    "wazna|wazne do",
    "datum|mesic|rok|mesiac|doba platnosti|expirace|exspiracie|isteka|vazenja",
    "platnost|platnosti karty|do|od|konci",
    "=platnost|expirace",
    "vrijedi|vazi do",
    "срок действия|годности",
    "действительна|годна|действует до",
    "термін ді*",
    "діє|дійсна до",
    "валидна|валидност до|карта|на",
    "важи до",
    // Hungarian, Romanian, Turkish, Greek
    "lejarat*|ervenyesseg*",
    "lejarati datum|ev|honap|ido",
    "data|luna|anul expirarii|expirare|de expirare",
    "valabil|valabila pana",
    "son kullanma tarihi|ay|yil|",
    "gecerlilik tarihi|suresi|ay|yil",
    "skt",
    "ημερομηνια|μηνασ|ετοσ ~ ληξησ|ληξη",
    "=ληξη",
    // Arabic, Persian, Hebrew
    "تاريخ|شهر|سنه ~ انتهاء|الانتهاء|انتهاءها|الصلاحيه",
    "صالحه|صالح حتي",
    "تاريخ انقضا*",
    "תוקף",
    "בתוקף עד",
    // Asian
    "有効 期限|期間",
    "有效期|有效日期|到期日|到期日期|有效 期|期限|月|年",
    "유효 기간|기한|년|월",
    "만료 일|날짜|년|월",
    "समाप्ति|समापन तिथि|दिनांक|माह|वर्ष",
    "वैधता",
    "วันหมดอายุ|หมดอายุ",
    "ngay het han",
    "hieu luc",
    "masa berlaku",
    "tanggal kedaluwarsa|kadaluarsa",
];

/// Expiry where the field is one of a card and nobody's birth is asked for.
pub(super) const EXPIRY_OF_CARD: &[&str] = &[
    "month|mon|mth|year|yr|mm|yy|yyyy|aaaa|jjjj",
    "exp|expir*|expires|expiry|valid",
    "monat|jahr|mois|annee|mes|ano|mese|anno|maand|jaar|manad|maned|kuukausi|vuosi|miesiac|rok|mesic|honap|ev|luna|anul|ay|yil",
    "=ar|aar|aa|aar",
    "месяц|год|місяць|рік|месец|година|μηνασ|ετοσ|شهر|سنه|חודש|שנה|月|年|월|년|माह|महीना|वर्ष|साल|เดือน|ปี|thang|nam|bulan|tahun",
];

/// Words that make an expiry one of something else than a card.
pub(super) const EXPIRY_OF_OTHERS: &[&str] = &[
    "passport|permit|licence|license|licenses|permit|certificate|certification|contract|offer|policy|warranty|quote|lease|domain|token|api|listing|job|poll|coupon|promo|promotion|membership|subscription|document|voucher|insurance|medical|product|batch|lot|food|medicine|password|session|link|reservation|inspection",
    "id|identity expir*|expiry|valid",
    "*ausweis*|*reisepass*|fuhrerschein*|fuehrerschein*|vertrag*|gutschein*|angebot*",
    "passeport|permis|contrat|offre",
    "piece d identite",
    "pasaporte|licencia|contrato|oferta|documento|passaporte|carteira|passaporto|patente|contratto|offerta",
    "paspoort|rijbewijs|contract|aanbieding|korkort|forerkort|korekort|pass|passi|ajokortti",
    "paszport*|dowod*|umow*|pas|prukaz*|smlouv*|utlevel*|szerzod*|pasaport*|ehliyet*|sozlesme*",
    "паспорт*|договор*|удостоверен*|διαβατηρι*|جواز|رخصه|דרכון|רישיון|パスポート|免許|护照|驾照|여권|면허|पासपोर्ट",
    "birth|dob|geburt*|naissance|nacimiento|nascimento|nascita",
];

/// Name on the card.
pub(super) const HOLDER: &[&str] = &[
    "*card|cc holder|holders|owner|owners|member name|s|full|first|last|",
    "*card|cc user|bearer name",
    "name|names ~ on|of your|the|my| credit|debit|payment|bank| card|cc",
    "*card|cc name|fullname|firstname|lastname|fname|lname|full|first|last name|",
    "credit|debit name|owner|holder",
    "*karten|*kreditkarten inhaber*|besitzer*|name",
    "name ~ karte|kreditkarte",
    "titulaire de|du|la| carte|cb|compte|",
    "nom ~ carte",
    "porteur|detenteur de|la| carte|",
    "titular|nombre|nome ~ tarjeta|cartao",
    "titolare|intestatario|nome ~ carta",
    "naam ~ kaart|creditcard|kaarthouder",
    "*kaart houder*",
    "*kort innehavare*|indehaver*|innehaver*|holder*",
    "namn|navn ~ kort|kortet|kortets",
    "*kortin haltija*|omistaja*",
    "nimi kortissa|kortin",
    "wlasciciel|posiadacz|imie|nazwisko ~ karty|karcie",
    "drzitel|jmeno|meno ~ karty|karte",
    "*kartya birtokos*|tulajdonos*",
    "kartyan szereplo nev",
    "titular|nume|numele ~ card|cardului|cardul",
    "*kart|*karti|*kartin sahib*",
    "*kart|*kartin uzerindeki isim*|ad*",
    "имя|владелец|держатель ~ карты|карте|картки",
    "власник ~ картки",
    "ονομα|κατοχοσ|κατοχου ~ καρτασ|καρτα",
    "اسم ~ البطاقه|حامل البطاقه",
    "שם ~ בעל הכרטיס|הכרטיס|כרטיס",
    "カード 名義|名義人",
    "名義 人|",
    "持卡人|持卡|卡主",
    "카드 소유자|명의|소유주",
    "कार्ड धारक|पर",
    "ชื่อ ~ บัตร",
    "ชื่อบนบัตร|ชื่อผู้ถือบัตร",
    "ten tren|chu the",
    "nama ~ kartu",
    "ime ~ kartici|kartice",
];

/// Name on the card where the field is one of a card.
pub(super) const HOLDER_OF_CARD: &[&str] =
    &["=owner|holder|inhaber|titular|titulaire|intestatario|innehavare", "holder|owner name"];

/// Anything else of a card.
pub(super) const OTHER: &[&str] = &[
    "*card|cc|credit type|brand|kind|network|scheme|company|issuer",
    "type of|credit|debit| card",
    "*card|cc issue|start number|num|no|date|month|year",
    "credit|debit|payment card select|selector|selection|option|options|list",
    "switch|maestro|solo issue",
    "*karten|*kreditkarten typ|art|marke|gesellschaft",
    "type|marque de|la| carte",
    "tipo|marca|bandeira de|do|di| tarjeta|cartao|carta",
    "kaart type|soort",
    "*kort typ|type",
    "typ|rodzaj karty",
    "kart tipi|turu",
    "тип карты|картки",
    "カード の| 種類|会社|ブランド",
    "卡 类型|種類|类别",
    "카드 종류|사",
];

/// What has a number, a code or a name and is no payment card: takes away every class of a card.
pub(super) const NO_PAYMENT_CARD: &[&str] = &[
    "gift|gifts|giftcard*|giftcert*|egift*|voucher*|coupon*|promo|promotion|promotional|promocode|discount|loyalty|reward|rewards|bonus|member|membership|points|club",
    "store credit",
    "gift|deposit certificate",
    "plus|partner|advantage|sim|simcard|library|business|greeting|memory|sd|graphics|phone|calling|green|report|score|season|rail|railcard|discount|student|staff|access|key|fuel card|number",
    "card message|design|color|colour|game",
    "order|tracking|track|shipment|parcel|invoice|reference|ticket|booking|reservation|confirmation|serial|part|sku|vin|case|claim|customer|client|packstation|postnummer|station|locker number|num|no|nr|id|code",
    "id|identity|identification card",
    "health|medicare|medical|insurance card",
    "discard*|*postcard*|scorecard*|timecard*|*idcard*|keycard*|flashcard*",
    "phone|telephone|mobile|fax|house|street|flat|apartment|unit|building|door number|no|num|nr",
    "geschenk*|gutschein*|rabatt*|kundenkarte*|bonuskarte*|vorteil*|mitglied*|treue*",
    "*bestell nummer|nr",
    "*packstation*|kundennummer|sendungs*",
    "cadeau*|fidelite|adherent|vitale|identite|sejour|grise",
    "regalo|fidelidad|fidelidade|socio|socia|descuento|desconto|presente|fedelta|sconto|puntos|cupon|cupom|cidadao|identidad|identidade|identita",
    "cadeaukaart*|cadeaubon*|klantenkaart*|klant*|korting*|spaarkaart*|kado*",
    "podarunk*|prezent*|lojaln*|rabat*|upomink*",
    "stalego klienta",
    "*presentkort*|*gavekort*|*medlem*|*stamkund*|*rabatt*|*rabat*|*lahjakort*|*etukort*|*jasen*|*korkort*|*forerkort*|*korekort*|*ajokort*",
    "kanta asiakas",
    "kantaasiakas*|darkov*|vernost*|slevov*|zlavov*|*ajandek*|*torzs*|*huseg*|kupon*|cadou|fidelitate|loialitate|hediye*|sadakat*|uyelik*|uye|indirim*",
    "подароч*|лояльн*|скидоч*|бонус*|дисконт*|подарунк*|знижк*|промокод*|купон*|δωρο*|επιβραβευσ*|κουπον*|هديه|خصم|قسيمه|عضويه|מתנה|מועדון|קופון|שובר",
    "ギフト|ポイント|会員|クーポン|礼品|禮品|会员|會員|积分|積分|优惠|優惠|기프트|멤버십|포인트|쿠폰|회원|उपहार",
    "captcha|recaptcha|hcaptcha",
];

/// What makes a text about a card, so that short words count.
pub(super) const CARD_WORDS: &[&str] = &[
    "*creditcard*|*debitcard*|*paymentcard*|*bankcard*|ccard|cardinfo|carddata",
    "credit|debit|payment|bank card|cards",
    "card details|number|data|info|information|holder|payment|form|fields|profile|expir*",
    "cc|cvv|cvc|cardholder",
    "pay|payment|paying|new|add|saved by|with|a|your|| card",
    "*kreditkarte*|*bankkarte*|*debitkarte*|*kartenzahlung*|*kartendaten*",
    "carte de| credit|bancaire|bleue|paiement",
    "paiement par carte",
    "tarjeta|cartao de|credito|debito|",
    "carta di credito|debito",
    "creditkaart|betaalkaart|bankkaart",
    "*kreditkort*|*betalkort*|*bankkort*|*betalingskort*|*kontokort*|*luottokort*|*pankkikort*|*maksukort*|kortbetaling|kortbetalning|kortuppgifter",
    "karta|karty|karte|karta kredytow*|platnicz*|kreditni|platebni",
    "bankkartya*|hitelkartya*|kartya*",
    "card bancar|de",
    "kredi|banka karti*",
    "kart bilgi*",
    "карта|карты|карте|картой|картки|картка|карткою",
    "καρτα|καρτασ|πιστωτικ*|بطاقه|البطاقه|ائتمان|אשראי|כרטיס",
    "クレジットカード|カード情報|カード|信用卡|银行卡|銀行卡|신용카드|카드|कार्ड|บัตรเครดิต",
    "kartu kredit",
    "the tin dung",
];
