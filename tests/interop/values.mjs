// @ts-check
/**
 * The value detectors against implementations that others wrote: `card-validator` for cards, `ibantools` for IBANs.
 *
 * Owns: seeded numbers, valid and not, and each difference that is meant, with its reason. Must never: take numbers from
 * the detectors' own tables.
 */
import assert from "node:assert/strict";
import valid from "card-validator";
import { ValidationErrorsIBAN, countrySpecs, validateIBAN } from "ibantools";

/** @typedef {(command: string, args: string[], input?: string) => string} Run */

/** Numbers of each beginning and length. */
const NUMBERS_EACH = 24;

/** Mulberry32. @param {number} seed @returns {(below: number) => number} whole numbers */
function randomOf(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 15), word | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return Math.floor((((word ^ (word >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** The digit that completes a number (ISO/IEC 7812-1, annex B). @param {string} digits */
function luhnDigit(digits) {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return String((10 - (sum % 10)) % 10);
}

/** What each text is found to be. @param {Run} run @param {string[]} texts @returns {(string | null)[]} */
function classesOf(run, texts) {
  const args = ["run", "--quiet", "--locked", "--package", "callseal", "--example", "value_classes"];
  return JSON.parse(run("cargo", args, JSON.stringify(texts)));
}

/**
 * Where `card-validator` and we differ on purpose: its word, the beginnings and lengths, and why.
 * @type {{theirs: boolean, is: RegExp, lengths: number[], why: string}[]}
 */
const CARD_DIFFERENCES = [
  { theirs: true, is: /^4/, lengths: [18], why: "Visa issues 16 and 19 digits" },
  { theirs: true, is: /^81/, lengths: [14, 15], why: "UnionPay issues 16 to 19 digits" },
  { theirs: true, is: /^3(0[0-5]|095|[689])/, lengths: [19], why: "Diners Club's long numbers take a word beside them" },
  { theirs: true, is: /^(2131|1800)/, lengths: [16, 17, 18, 19], why: "JCB's old beginnings had 15 digits and are not issued" },
  { theirs: true, is: /^(5|6)/, lengths: [12, 13, 14, 15, 17], why: "Maestro's rare lengths take a word beside them" },
  { theirs: true, is: /^6(0|1|4[0-3]|6|8|9)/, lengths: [16, 18, 19], why: "its table gives Maestro every 6 that nobody else has; the network names 63 and 67" },
  { theirs: false, is: /^(64[4-9]|65|6011)/, lengths: [17, 18, 19], why: "Discover's ranges have 16 to 19 digits, and Elo's lie within them" },
  { theirs: false, is: /^5/, lengths: [18, 19], why: "its Elo has 16 digits only; these are Maestro's too" },
  { theirs: false, is: /^8[12]/, lengths: [16, 17, 18, 19], why: "of UnionPay and RuPay it knows a part of 81" },
  { theirs: false, is: /^(8600|9860|9792)/, lengths: [16], why: "Uzcard, Humo and Troy: it does not know them" },
  { theirs: false, is: /^(60|353|356)/, lengths: [16], why: "RuPay: it does not know it" },
];

/**
 * Territories that `ibantools` takes for countries of the registry. Accounts there have the code of the country that the
 * registry lists them with (SWIFT IBAN registry, rows FI, FR, GB).
 */
const WITHIN_ANOTHER = new Set("AX BL GF GG GP IM JE MF MQ NC PF PM RE TF WF YT".split(" "));

/**
 * Structures of the registry (release 101) where `ibantools` also takes digits for a bank's letters; and
 * of Pakistan's and Palestine's accounts it takes only those without letters.
 * @type {Record<string, string>}
 */
const STRICTER = {
  GE: "[A-Z]{2}[0-9]{16}",
  IE: "[A-Z]{4}[0-9]{14}",
  PK: "[A-Z]{4}[0-9]{16}",
  PS: "[A-Z]{4}[0-9]{21}",
  TR: "[0-9]{6}[A-Z0-9]{16}",
  VG: "[A-Z]{4}[0-9]{16}",
};

/** @type {(run: Run) => [string, () => Promise<void>][]} */
export const valueChecks = (run) => [
  [
    "card numbers: card-validator and we agree on every beginning and length, valid or not, but for what a sentence explains",
    async () => {
      const random = randomOf(1);
      const numbers = new Set(["4242424242424242", "4242424242424241"]);
      for (let beginning = 10; beginning < 100; beginning += 1) {
        for (let length = 12; length <= 19; length += 1) {
          for (let count = 0; count < NUMBERS_EACH; count += 1) {
            const body = `${beginning}${Array.from({ length: length - 3 }, () => random(10)).join("")}`;
            const digit = luhnDigit(body);
            numbers.add(`${body}${count % 3 === 0 ? (Number(digit) + 1 + random(9)) % 10 : digit}`);
          }
        }
      }
      const texts = [...numbers];
      const ours = classesOf(run, texts);
      /** @type {Map<string, number>} */
      const unexplained = new Map();
      let [cards, differences] = [0, 0];
      for (const [index, digits] of texts.entries()) {
        const { isValid, card } = valid.number(digits, { luhnValidateUnionPay: true });
        const found = ours[index] === "card_number";
        if (isValid && found) cards += 1;
        if (isValid === found) continue;
        const explained = CARD_DIFFERENCES.some(
          ({ theirs, is, lengths }) => theirs === isValid && is.test(digits) && lengths.includes(digits.length),
        );
        assert.equal(luhnDigit(digits.slice(0, -1)), digits.at(-1), "never over a check digit");
        differences += 1;
        if (explained) continue;
        const key = `${isValid ? "theirs" : "ours"} ${card?.type} ${digits.slice(0, 4)} ${digits.length}`;
        unexplained.set(key, (unexplained.get(key) ?? 0) + 1);
      }
      assert.deepEqual([...unexplained].sort(), []);
      assert.ok(cards > 500, `${cards} cards`);
      process.stdout.write(`   ${texts.length} numbers, ${cards} cards for both, ${differences} differences that are explained\n`);
    },
  ],
  [
    "IBANs: ibantools and we agree on every country of the registry, valid and with any one character changed",
    async () => {
      const random = randomOf(2);
      /** @type {string[]} */
      const texts = [];
      for (const [country, { chars, bban_regexp: structure, IBANRegistry: listed }] of Object.entries(countrySpecs)) {
        if (!listed || !chars || !structure || WITHIN_ANOTHER.has(country)) continue;
        for (let count = 0; count < NUMBERS_EACH; count += 1) {
          const bban = matching(STRICTER[country] ?? structure, random);
          assert.equal(bban.length, chars - 4, country);
          const iban = `${country}${checkDigits(country, bban)}${bban}`;
          texts.push(iban, iban.replace(/(.{4})/g, "$1 ").trim());
          const at = 2 + random(chars - 2);
          const other = /\d/.test(iban[at] ?? "") ? String((Number(iban[at]) + 1 + random(9)) % 10) : "QZ"[Number(iban[at] === "Q")];
          texts.push(`${iban.slice(0, at)}${other}${iban.slice(at + 1)}`);
        }
      }
      const ours = classesOf(run, texts);
      const different = texts.filter((text, index) => {
        const { errorCodes } = validateIBAN(text.replaceAll(" ", ""));
        const isTheirs = errorCodes.every((code) => code === ValidationErrorsIBAN.WrongAccountBankBranchChecksum);
        return isTheirs !== (ours[index] === "iban");
      });
      assert.deepEqual(different, []);
      const found = ours.filter((one) => one === "iban").length;
      assert.ok(found > 2_000 && texts.length - found > 1_000, `${found} of ${texts.length}`);
      process.stdout.write(`   ${texts.length} numbers, ${found} IBANs for both\n`);
    },
  ],
];

/** Mod 97 (ISO/IEC 7064). @param {string} country @param {string} bban */
function checkDigits(country, bban) {
  const digits = [...`${bban}${country}00`].map((character) => Number.parseInt(character, 36)).join("");
  return String(98n - (BigInt(digits) % 97n)).padStart(2, "0");
}

/**
 * Text that a structure of `ibantools` describes: classes of characters with a count each.
 * @param {string} structure @param {(below: number) => number} random
 */
function matching(structure, random) {
  let text = "";
  for (const [, characters = "", count = "1"] of structure.matchAll(/\[([^\]]+)\](?:\{(\d+)\})?/g)) {
    const some = [...characters.matchAll(/(.)-(.)/g)].flatMap(([, from = "0", to = "9"]) => {
      const first = from.charCodeAt(0);
      return Array.from({ length: to.charCodeAt(0) - first + 1 }, (_, index) => String.fromCharCode(first + index));
    });
    // Accounts consist of digits above all, also where letters may be; a text with hardly a digit is no value for us.
    const digits = some.filter((character) => /\d/.test(character));
    for (let at = 0; at < Number(count); at += 1) {
      const chosen = digits.length > 0 && random(4) > 0 ? digits : some;
      text += chosen[random(chosen.length)];
    }
  }
  return text;
}
