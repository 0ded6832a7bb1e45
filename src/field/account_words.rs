//! What fields of accounts are called: secrets, banks, and what is asked of everybody, in folded words (`text.rs`,
//! `pattern.rs`).
//!
//! Owns data alone; see `card_words.rs`.

/// Question that proves who somebody is, and its answer.
pub(super) const SECURITY_ANSWER: &[&str] = &[
    "security|secret|challenge|recovery|memorable question|questions|answer|answers|word|phrase|place|information",
    "mother|mothers s| maiden name|",
    "maiden name mother|mothers",
    "name of your|the| first pet|school",
    "=maiden name",
    "sicherheits|geheim frage|antwort|wort",
    "question|reponse|mot de| secrete|secret|securite",
    "pregunta|respuesta|pergunta|resposta|domanda|risposta de|di|| secreta|segreta|seguridad|seguranca|sicurezza",
    "beveiligings|geheime vraag|antwoord",
    "geheim antwoord",
    "sakerhets|sikkerheds|sikkerhets fraga|svar|sporgsmal|sporsmal",
    "turva|varmennus kysymys|vastaus",
    "pytanie|odpowiedz bezpieczenstwa|pomocnicze|kontrolna",
    "kontrolni|bezpecnostni otazka|odpoved",
    "biztonsagi|titkos kerdes|valasz",
    "intrebare|raspuns de|| securitate|secreta",
    "guvenlik soru*|cevab*",
    "gizli soru|cevap",
    "секретный|контрольный|секретна|контрольне вопрос|ответ|слово|питання|відповідь",
    "девичья фамилия",
    "ερωτηση|απαντηση ασφαλειασ",
    "سؤال|اجابه|جواب ~ الامان|السري|سري",
    "שאלת|תשובת ביטחון|אבטחה",
    "秘密の 質問|答え",
    "密保|安全 问题|問題|答案",
    "보안 질문|답변",
    "सुरक्षा प्रश्न|उत्तर",
];

/// A code that is good once.
pub(super) const ONE_TIME_CODE: &[&str] = &[
    "otp|totp|hotp|mtan|mfa|tfa|smstan",
    "2 fa",
    "otp|tan|sms code|passcode|token|input|field",
    "one time|use code|pass|password|passcode|pin|pwd",
    "onetime|singleuse code|password|pass",
    "two|2|multi factor|step code|auth*|verification|token",
    "sms|text|texted|whatsapp code|token|tan|passcode",
    "authentication|authenticator|authorization|authorisation|login|passcode code|token|app",
    "access|activation code sms|phone",
    "*digit|digits code|verification",
    "code we|sent|was|you|from ~ sent|phone|received|app|texted",
    "=tan",
    "einmalcode|einmalkennwort|einmalpasswort",
    "tan nummer",
    "einmal code|passwort|kennwort|pin",
    "*sms|*bestatigungs|*bestaetigungs code|kode|tan",
    "code a usage unique",
    "code par|recu| sms",
    "codigo|codice|cod de|di|por|via|| sms|uso unico|un solo uso|autenticacion|autenticacao|autenticazione",
    "eenmalige|eenmalig code|wachtwoord",
    "engangs kod|kode|losenord|kodeord|passord",
    "kertakayttoinen|kertakaytto koodi|salasana",
    "kod|haslo jednorazow*|sms|z sms",
    "jednorazov* kod|heslo",
    "egyszeri|egyszer hasznalatos kod|jelszo",
    "sms kod|kodu|koodi|kodja",
    "tek kullanimlik sifre|kod*",
    "dogrulama sms|kodu sms",
    "код|пароль ~ смс|sms|одноразовый",
    "одноразовый|одноразовий код|пароль",
    "код подтверждения|підтвердження",
    "κωδικοσ ~ μιασ χρησησ|sms",
    "رمز|كود ~ لمره|التحقق sms|واحده",
    "קוד ~ חד פעמי|sms",
    "ワンタイム パスワード|コード",
    "認証 コード",
    "短信|动态|一次性|動態|簡訊 验证码|密码|口令|驗證碼|密碼",
    "일회용 비밀번호|암호|코드",
    "인증 번호|코드",
    "ओटीपी",
    "รหัส otp",
    "ma otp|xac thuc",
    "kode otp|verifikasi",
];

/// A code that may be one for a card too: one-time code where no card is near.
pub(super) const CODE_ALONE: &[&str] = &[
    "verification|security code|token",
    "enter|your|the verification code",
    "verifizierungs|sicherheits|verifikations code",
    "code de verification|securite",
    "codigo|codice de|di|| verificacion|verificacao|verifica|seguridad",
    "verificatie|verifierings|verifikations|bekraftelse|bekreftelses|vahvistus code|kod|kode|koodi",
    "kod weryfikacyjny",
    "overovaci kod",
    "ellenorzo|megerosito kod",
    "cod de verificare",
    "dogrulama kodu",
    "проверочный|код проверки|код",
    "κωδικοσ επαληθευσησ",
    "رمز التحقق",
    "קוד אימות",
    "確認コード|验证码|驗證碼",
];

/// Where such a code proves nothing but that somebody is no robot, or is one of a shop.
pub(super) const NO_SECRET_CODE: &[&str] = &[
    "captcha|recaptcha|hcaptcha|image|picture|robot|human|characters|letters|anti|spam|bild|imagen|image",
    "gift|giftcard*|voucher*|coupon*|promo|promotion|discount|referral|invite|invitation|loyalty|reward|order|tracking|booking|discount|geschenk*|gutschein*|cadeau|regalo|presentkort|gavekort|lahjakort*",
    "postal|zip|area|country|dial|dialing|post|product|item|sku|status|error|source|language|currency|color code",
];

/// Personal identification number.
pub(super) const PIN: &[&str] = &[
    "=pin|mpin|tpin|upin|pins",
    "pin number|no|nr|num|nummer|numero|entry|input|field|confirm|confirmation|re|repeat|again|current|old|new",
    "enter|your|new|old|current|confirm|re|repeat|card|atm|account|security|phone|telephone|voice|sim|user|customer|login|txt|inp|input|wallet pin",
    "personal identification number",
    "digit pin",
    "pin|geheim code|kod|kode|koodi|kodi|kodu|zahl|nummer|код|コード|码|碼|번호",
    "code pin|secret|confidentiel",
    "clave|codigo|codice secreta|pin|segreto",
    "пин|пін|pin код|code",
    "رمز|الرقم السري|pin",
    "קוד סודי|pin",
    "暗証 番号",
    "비밀 번호 핀",
    "핀 번호",
    "पिन",
];

/// The Indian postal code has the same name; a pin among these is no secret.
pub(super) const ADDRESS_WORDS: &[&str] = &[
    "address|addr|city|town|state|province|district|street|zip|postal|postcode|country|locality|landmark|village|region|shipping|delivery|area",
    "पता|शहर|राज्य|adresse|ciudad|cidade|ville|ort|stadt",
];

/// Password.
pub(super) const PASSWORD: &[&str] = &[
    "password|passwd|passwort|passphrase|passcode|pwd|pswd|psw|passwrd|userpass|userpassword|loginpassword|kennwort|wachtwoord|losenord|adgangskode|kodeord|passord|salasana|haslo|heslo|jelszo|parola|sifre|sifreniz|lozinka|zaporka|geslo",
    "user|login|new|old|confirm|account|admin pass|pw|pword",
    "mot de passe",
    "mdp|motdepasse",
    "contrasena|contrasenha|senha",
    "clave de acceso",
    "palavra passe",
    "пароль|парола|лозинка|συνθηματικο",
    "κωδικοσ προσβασησ",
    "كلمه المرور|السر|مرور|سر",
    "رمز عبور",
    "סיסמה|סיסמא",
    "パスワード|密码|密碼|口令|비밀번호|암호|पासवर्ड|รหัสผ่าน|katasandi",
    "mat khau",
    "kata sandi",
];

/// Fields about a password that hold none.
pub(super) const NO_PASSWORD: &[&str] = &[
    "password|passwort|pwd hint|reminder|policy|strength|expir*|length|rules|protected",
    "forgot|forgotten|reset|lost|vergessen|oublie|olvid* password|passwort|mot|contrasena|",
    "email|username|remember|show|merken",
    "e mail",
    "user|login name",
];

/// International bank account number.
pub(super) const IBAN: &[&str] =
    &["iban|ibans|ibannumber|ibannummer|ibanno", "international bank account number"];

/// What names a bank.
pub(super) const BANK_ROUTING: &[&str] = &[
    "routing|aba|rtn|transit|institution number|num|no|code|transit",
    "bank|branch|sort|bsb|ifsc|micr|swift|bic|ach|aba|clearing code|number|num|no|routing",
    "=aba|bsb|ifsc|bic|blz|swift|sortcode|routing|micr|bik",
    "sort code|codes|cd",
    "bic|swift swift|bic|code|",
    "bankleitzahl|blz|bankleit zahl",
    "code banque|guichet|agence|bic|swift",
    "codigo ~ banco|sucursal|swift|bic",
    "agencia bancaria|numero",
    "codice|cod bic|swift|abi|cab",
    "abi cab",
    "bank|clearing nummer|kod|kode|koodi",
    "kod banku|swift|bic",
    "kod banky",
    "bankkod|bankszam",
    "swift kodu|kod",
    "banka kodu",
    "бик|мфо",
    "бик банка",
    "κωδικοσ τραπεζασ",
    "رمز البنك|السويفت|سويفت",
    "קוד|מספר בנק|סניף",
    "銀行|支店 コード|番号",
    "联行号|银行代码|銀行代碼",
    "은행 코드",
    "आईएफएससी",
];

/// Bank account: means it wherever it stands.
pub(super) const BANK_ACCOUNT: &[&str] = &[
    "*bank|*banks|ach|iban|checking|chequing|savings|sepa|eft|echeck|bankaccount account|acct|acc|account number|num|no|",
    "*bank account|acct|acc|accountnumber|account no|nr",
    "*bank accountnumber|accountno|acctnum",
    "account|acct number ~ bank",
    "ddacct|dda",
    "clabe",
    "konto|kontonummer nummer|nr|no",
    "*konto nummer|nr|kontonummer",
    "bank konto|verbindung",
    "=kontonummer",
    "bankverbindung",
    "compte bancaire",
    "numero|no de compte bancaire|en banque",
    "releve identite bancaire",
    "=rib",
    "cuenta bancaria|clabe|corriente|cbu",
    "=cbu|cvu",
    "numero ~ cuenta|conta bancaria|corrente|bancario|corriente",
    "conta bancaria|corrente|poupanca",
    "conto corrente|bancario",
    "numero conto",
    "rekening|bankrekening nummer|nr",
    "*tili|*pankkitilin|tilin numero|nro",
    "pankkitili",
    "numer|nr rachunku|konta|rachunek",
    "rachunek|konto bankow*",
    "cislo|predcisli uctu",
    "bankovni|bankovy ucet",
    "bankszamla*|szamlaszam*",
    "cont bancar",
    "contul bancar",
    "banka hesap|hesabi no|numarasi|",
    "hesap no|numarasi|numara",
    "расчетный|банковский счет",
    "номер рахунку|сметка",
    "банківський рахунок",
    "αριθμοσ λογαριασμου",
    "τραπεζικοσ λογαριασμοσ",
    "رقم ~ حساب|الحساب ~ البنكي|البنك|المصرفي",
    "رقم الحساب",
    "حساب ~ بنكي|مصرفي",
    "חשבון בנק",
    "מספר חשבון",
    "口座 番号",
    "银行 账号|账户|帳號|帳戶|卡号",
    "銀行 帳號|帳戶|口座",
    "계좌 번호",
    "बैंक खाता",
    "खाता संख्या|नंबर|क्रमांक",
    "เลขที่บัญชี|หมายเลขบัญชี|เลขบัญชี",
    "so tai khoan",
    "nomor rekening",
    "broj racuna",
];

/// Account number where a bank is spoken of.
pub(super) const BANK_ACCOUNT_OF_BANK: &[&str] = &[
    "account|acct|acc number|num|no|nr|nbr",
    "=account|konto|compte|cuenta|conta|conto|rekening|счет|口座",
    "numero|num|no de|da|del|di|| compte|cuenta|conta|conto",
    "numar cont",
    "номер счета",
];

/// What speaks of a bank.
pub(super) const BANK_WORDS: &[&str] = &[
    "*bank|banks|banking|banque|banco|banca|bankverbindung|pankki|banka|banku|bankovni|bancaire|bancaria|bancario|bancar|банк*|τραπεζ*|بنك|البنك|בנק|銀行|银行|은행|बैंक|ธนาคาร",
    "ngan hang",
    "direct debit|deposit",
    "routing|iban|bic|swift|sepa|ach|echeck|sortcode|lastschrift*|incasso|autogiro|bankgiro",
    "sort code",
];

/// What most forms ask for, and what is no secret.
pub(super) const ORDINARY: &[&str] = &[
    "email|mail|emailaddress|correo|courriel|epost|sahkoposti|phone|telephone|telefon*|telefono|tel|mobile|handy|fax|username|search|subject|title",
    "e mail|post",
    "city|town|zip|zipcode|postcode|postal|plz|cep|street|address|addr|adresse|strasse|rue|calle|ville|ciudad|cidade|ort|state|province|country|county|region|land|pays|pais",
    "first|last|given|family|full|user|middle name",
    "firstname|lastname|surname|fullname|vorname|nachname|prenom|nombre|apellido|apellidos|nome|cognome|fornavn|efternavn|imie|nazwisko|jmeno|prijmeni",
    "company|organisation|organization|firma|empresa|quantity|qty|amount|price|comment|comments|message|website|url",
    "メール|電話|住所|氏名|邮箱|电话|地址|姓名|이메일|전화|주소|이름|ईमेल|फोन|पता|नाम|почта|телефон|адрес|имя|город|بريد|هاتف|عنوان|דואל|טלפון|כתובת",
];
