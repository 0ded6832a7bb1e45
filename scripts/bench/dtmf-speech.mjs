// @ts-check
/**
 * What the voices of the keypad figures say: seeded sentences in several languages.
 *
 * Owns voices, words and randomness. Must never: use randomness that cannot be repeated.
 */

/** @typedef {"en" | "es" | "fr" | "de" | "pt" | "it" | "nl"} Language */

/** espeak-ng's voices, women and men and other timbres. @type {{name: string, language: Language}[]} */
export const VOICES = [
  { name: "en-us+f2", language: "en" },
  { name: "es+m3", language: "es" },
  { name: "de+f4", language: "de" },
  { name: "fr-fr+m1", language: "fr" },
  { name: "en-gb+m7", language: "en" },
  { name: "pt-br+f3", language: "pt" },
  { name: "it+f1", language: "it" },
  { name: "nl+m5", language: "nl" },
  { name: "en-us+klatt4", language: "en" },
  { name: "es-419+f5", language: "es" },
  { name: "de+m2", language: "de" },
  { name: "fr-fr+f3", language: "fr" },
  { name: "en-gb-scotland+f1", language: "en" },
  { name: "pt+m4", language: "pt" },
  { name: "en-us+whisper", language: "en" },
  { name: "it+m6", language: "it" },
];

/** @type {Record<Language, string>} */
const WORDS = {
  en: "the account balance we would like to confirm your address before Monday please hold delivery of seven small parcels was late because weather closed our northern warehouse can you repeat that again slowly thank you invoice number insurance policy doctor appointment yellow umbrella machine garden engine ocean evening bring usual question measure thousand eighteen",
  es: "buenos días quisiera saber cuándo llega mi pedido porque la factura dice otra fecha gracias señor tengo una pregunta sobre el seguro del coche ayer llamamos tres veces nadie contesta la ciudad junto al río pequeño jueves mañana corazón guitarra lluvia cuenta número dirección",
  fr: "bonjour je voudrais changer mon adresse avant jeudi parce que nous déménageons la facture est arrivée trop tard merci madame pouvez vous répéter le numéro de contrat une question simple voiture jardin pluie lumière heureux peut-être beaucoup grenouille fenêtre œuvre",
  de: "guten Tag ich möchte meine Rechnung prüfen weil der Betrag nicht stimmt vielen Dank für Ihre Geduld können Sie das bitte wiederholen wir schicken Ihnen einen Brief nach München zwölf kleine Pakete Versicherung Straße Zeitung übermorgen Schlüssel fröhlich Wetter Garten",
  pt: "bom dia gostaria de confirmar o meu endereço antes de amanhã porque a fatura chegou tarde muito obrigado senhora pode repetir devagar o número do contrato coração informação chuva cidade pequeno jardim manhã questão viagem trabalho",
  it: "buongiorno vorrei sapere quando arriva il mio pacco perché la fattura è sbagliata grazie mille può ripetere il numero per favore abbiamo chiamato tre volte ieri sera giardino pioggia città piccolo domanda assicurazione chiave luglio gnocchi",
  nl: "goedemorgen ik wil graag mijn rekening controleren omdat het bedrag niet klopt dank u wel kunt u dat nog een keer herhalen wij sturen morgen een brief naar Utrecht zeven kleine pakjes verzekering straat sleutel vrolijk regen tuin huis",
};

/** Mulberry32. @param {number} seed @returns {() => number} 0 to below 1 */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 15), word | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @param {Language} language @param {number} sentences @param {() => number} random
 * @returns {string}
 */
export function textOf(language, sentences, random) {
  const words = WORDS[language].split(" ");
  const pick = () => words[Math.floor(random() * words.length)] ?? "";
  const one = () => {
    const length = 5 + Math.floor(random() * 9);
    const said = Array.from({ length }, () => (random() < 0.08 ? String(Math.floor(random() * 10_000)) : pick()));
    return `${said.join(" ")}${random() < 0.25 ? "?" : "."}`;
  };
  return Array.from({ length: sentences }, one).join("\n");
}
