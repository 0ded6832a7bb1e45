// @ts-check
/**
 * The shipped disclosures, ready for the configuration.
 *
 * Owns: where their sound lies beside this module. Every address is a literal `new URL`, which bundlers follow; each
 * family is made by a function that is marked as pure, so that a page carries only the families it uses.
 * Written, like `index.json`, by the repository's scripts/prompts/make.mjs. Must never be edited by hand.
 */

/** @typedef {import("../index.d.ts").AudioDisclosure} AudioDisclosure */
/** @typedef {Record<import("./index.d.ts").PromptLanguage, AudioDisclosure>} ByLanguage */

/** "May we record this call for quality?" @type {AudioDisclosure} */
export const recordForQuality = {
  promptId: "record-for-quality",
  version: 1,
  language: "en",
  text: "May we record this call for quality?",
  url: new URL("./en/record-for-quality.1.wav", import.meta.url).href,
  sha256: "67363dca78d5ce425a28f084a77fb869c17728acea80003dd0575a3a6527e551",
};

/**
 * "May we record this call for quality?"
 * A question, by language. Answered: spoken. For: quality.
 */
export const recordForQualityIn = /* @__PURE__ */ (() => /** @satisfies {ByLanguage} */ ({
  en: recordForQuality,
  es: {
    promptId: "record-for-quality",
    version: 1,
    language: "es",
    text: "¿Nos permite grabar esta llamada con fines de calidad?",
    url: new URL("./es/record-for-quality.1.flac", import.meta.url).href,
    sha256: "fc5d36e419e5a1c0058679669356d5ee00c406a3208ef598c5ae095ba5232a90",
  },
  fr: {
    promptId: "record-for-quality",
    version: 1,
    language: "fr",
    text: "Pouvons-nous enregistrer cet appel à des fins de qualité ?",
    url: new URL("./fr/record-for-quality.1.flac", import.meta.url).href,
    sha256: "7e63bb6f7e41c89e9ff3e0648746fe3bd6a8a75383d4ea843cf4e8abf466719f",
  },
  de: {
    promptId: "record-for-quality",
    version: 1,
    language: "de",
    text: "Dürfen wir dieses Gespräch zur Qualitätssicherung aufzeichnen?",
    url: new URL("./de/record-for-quality.1.flac", import.meta.url).href,
    sha256: "7a479b6b35105030ff72ce7389da4b6be2f61f59ee54bc0f2689a6d6bc7d2be6",
  },
  pt: {
    promptId: "record-for-quality",
    version: 1,
    language: "pt",
    text: "Podemos gravar esta ligação para fins de qualidade?",
    url: new URL("./pt/record-for-quality.1.flac", import.meta.url).href,
    sha256: "7478ec5dd88bc3e52aa362be503f0daee187698ab0a3e4ab644bf1664e7c8e11",
  },
}))();

/**
 * "May we record this call for quality and training? Press 1 for yes, 2 for no, or simply tell us."
 * A question, by language. Answered: spoken, keypad. For: quality, training.
 */
export const recordKeypadIn = /* @__PURE__ */ (() => /** @satisfies {ByLanguage} */ ({
  en: {
    promptId: "record-keypad",
    version: 1,
    language: "en",
    text: "May we record this call for quality and training? Press 1 for yes, 2 for no, or simply tell us.",
    keypad: true,
    url: new URL("./en/record-keypad.1.flac", import.meta.url).href,
    sha256: "76fb5ab080b2d69c9019ea86d4185835933e5052f9f7bb8a419b55502920c440",
  },
  es: {
    promptId: "record-keypad",
    version: 1,
    language: "es",
    text: "¿Nos permite grabar esta llamada con fines de calidad y formación? Marque 1 para aceptar, 2 para rechazar, o simplemente díganoslo.",
    keypad: true,
    url: new URL("./es/record-keypad.1.flac", import.meta.url).href,
    sha256: "5deaa8174d5025e268be03a48efb57ed30e5a5065b2441dcd41d2526545ae660",
  },
  fr: {
    promptId: "record-keypad",
    version: 1,
    language: "fr",
    text: "Pouvons-nous enregistrer cet appel à des fins de qualité et de formation ? Tapez 1 pour oui, 2 pour non, ou répondez-nous simplement de vive voix.",
    keypad: true,
    url: new URL("./fr/record-keypad.1.flac", import.meta.url).href,
    sha256: "03cf624331ce7c84411ab8ae09bbb682d49885f97b245edeb9d66ffb29fa2350",
  },
  de: {
    promptId: "record-keypad",
    version: 1,
    language: "de",
    text: "Dürfen wir dieses Gespräch zur Qualitätssicherung und zu Schulungszwecken aufzeichnen? Drücken Sie die 1 für Ja, die 2 für Nein, oder sagen Sie es uns einfach.",
    keypad: true,
    url: new URL("./de/record-keypad.1.flac", import.meta.url).href,
    sha256: "1757bd42d9874d03651c47c7c326b1ee646847ea0b45dff1dc7656be0135b2b3",
  },
  pt: {
    promptId: "record-keypad",
    version: 1,
    language: "pt",
    text: "Podemos gravar esta ligação para fins de qualidade e treinamento? Digite 1 para sim, 2 para não, ou simplesmente nos diga.",
    keypad: true,
    url: new URL("./pt/record-keypad.1.flac", import.meta.url).href,
    sha256: "0bc20da92e3e337b9db92e9b5ee8bf69e9efc407be171fa42bb4c6b6366ea1a5",
  },
}))();

/**
 * "This call is recorded for quality and training. If you do not want that, please tell us, and we will go on without recording."
 * A notice, by language. Answered: spoken, stay. For: quality, training.
 */
export const recordingNoticeIn = /* @__PURE__ */ (() => /** @satisfies {ByLanguage} */ ({
  en: {
    promptId: "recording-notice",
    version: 1,
    language: "en",
    text: "This call is recorded for quality and training. If you do not want that, please tell us, and we will go on without recording.",
    kind: "notice",
    url: new URL("./en/recording-notice.1.flac", import.meta.url).href,
    sha256: "fff8807b4d07e20468ae2e57531533055f34503e8897820dc231ebbce64adfc5",
  },
  es: {
    promptId: "recording-notice",
    version: 1,
    language: "es",
    text: "Esta llamada se graba con fines de calidad y formación. Si no desea la grabación, díganoslo y continuaremos sin grabar.",
    kind: "notice",
    url: new URL("./es/recording-notice.1.flac", import.meta.url).href,
    sha256: "5d9a80718921086484313b40bfaa7c9663f9d99d2e973809f36fd6689987380d",
  },
  fr: {
    promptId: "recording-notice",
    version: 1,
    language: "fr",
    text: "Cet appel est enregistré à des fins de qualité et de formation. Si vous ne le souhaitez pas, dites-le-nous et nous poursuivrons sans enregistrement.",
    kind: "notice",
    url: new URL("./fr/recording-notice.1.flac", import.meta.url).href,
    sha256: "ca88415d085218a155990bff72320f14ad4fc5d60abf954088ee2e073c22e77b",
  },
  de: {
    promptId: "recording-notice",
    version: 1,
    language: "de",
    text: "Dieses Gespräch wird zur Qualitätssicherung und zu Schulungszwecken aufgezeichnet. Wenn Sie das nicht wünschen, sagen Sie es uns bitte, und wir setzen das Gespräch ohne Aufzeichnung fort.",
    kind: "notice",
    url: new URL("./de/recording-notice.1.flac", import.meta.url).href,
    sha256: "1364debcf3e7762654da17ec79bcafe55ea5d42425c530cfc4020dd0c3a391e7",
  },
  pt: {
    promptId: "recording-notice",
    version: 1,
    language: "pt",
    text: "Esta ligação é gravada para fins de qualidade e treinamento. Se não desejar a gravação, avise-nos e continuaremos sem gravar.",
    kind: "notice",
    url: new URL("./pt/recording-notice.1.flac", import.meta.url).href,
    sha256: "7491556b7455d0d4d382142d59cc8a3bb78482c8ada8cb2013e73af999506a74",
  },
}))();

/**
 * "This call is recorded because the law requires it. If you do not want that, please tell us, and we will offer you another way to reach us."
 * A notice, by language. Answered: spoken. For: legal_obligation.
 */
export const recordingMandatoryIn = /* @__PURE__ */ (() => /** @satisfies {ByLanguage} */ ({
  en: {
    promptId: "recording-mandatory",
    version: 1,
    language: "en",
    text: "This call is recorded because the law requires it. If you do not want that, please tell us, and we will offer you another way to reach us.",
    kind: "notice",
    url: new URL("./en/recording-mandatory.1.flac", import.meta.url).href,
    sha256: "06ee13bac37b75b5ed394ab726df957c3ba67cdfb99885cb24869050e598971d",
  },
  es: {
    promptId: "recording-mandatory",
    version: 1,
    language: "es",
    text: "Esta llamada se graba porque la ley lo exige. Si no desea la grabación, díganoslo y le ofreceremos otro medio de contacto.",
    kind: "notice",
    url: new URL("./es/recording-mandatory.1.flac", import.meta.url).href,
    sha256: "2cbfe410d3771f56295fb418ff6e0bc56bd6cccc7f729d8e3b6f8a84aedaf71c",
  },
  fr: {
    promptId: "recording-mandatory",
    version: 1,
    language: "fr",
    text: "Cet appel est enregistré parce que la loi l’exige. Si vous ne le souhaitez pas, dites-le-nous et nous vous proposerons un autre moyen de nous joindre.",
    kind: "notice",
    url: new URL("./fr/recording-mandatory.1.flac", import.meta.url).href,
    sha256: "9ba2857d0f1f0d983f38cc7c7e79e6136457272ac7c4f36750de7db95e0a8d85",
  },
  de: {
    promptId: "recording-mandatory",
    version: 1,
    language: "de",
    text: "Dieses Gespräch wird aufgezeichnet, weil das Gesetz es vorschreibt. Wenn Sie das nicht wünschen, sagen Sie es uns bitte, und wir bieten Ihnen einen anderen Kontaktweg an.",
    kind: "notice",
    url: new URL("./de/recording-mandatory.1.flac", import.meta.url).href,
    sha256: "2b7a6e592c548cc4efbd1ccb41c80d74ec6f12b0fbb207f7fd7ddb81d95f018b",
  },
  pt: {
    promptId: "recording-mandatory",
    version: 1,
    language: "pt",
    text: "Esta ligação é gravada porque a lei exige. Se não desejar a gravação, avise-nos e ofereceremos outra forma de contato.",
    kind: "notice",
    url: new URL("./pt/recording-mandatory.1.flac", import.meta.url).href,
    sha256: "0e0c3cdc1919be290b69bb49794670310137351517380f6baffe0af9c216801a",
  },
}))();
