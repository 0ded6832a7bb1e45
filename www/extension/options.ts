/**
 * The options page.
 *
 * Owns its forms. What is set by the administrator is shown and cannot be changed. Must never show a token or a secret, nor
 * save what the engine refuses.
 */
import type { Incident } from "./hub/incidents";
import { SiteList } from "./options/sites";
import { problemWith } from "./options/trial";
import { problemWords } from "../ui/strings";
import { KEYS, MANAGED, readStored } from "./shared/settings";

/** Members that hold what opens a store or signs for somebody. */
const SECRET = /token|secret|password|authorization|headers/iu;

const element = <Kind extends HTMLElement>(id: string): Kind => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page lacks #${id}`);
  return found as Kind;
};

const text = element<HTMLTextAreaElement>("configuration");
const result = element("configuration-result");
const floating = element<HTMLInputElement>("floating");
const sites = new SiteList(element("sites"), element("site-result"));

element<HTMLFormElement>("add-site").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = element<HTMLInputElement>("site");
  void sites.add(field.value).then((added) => {
    if (added) field.value = "";
  });
});

element<HTMLFormElement>("configuration-form").addEventListener("submit", (event) => {
  event.preventDefault();
  void save();
});

element("from-file").addEventListener("click", () => element("file").click());
element<HTMLInputElement>("file").addEventListener("change", (event) => {
  const [file] = (event.target as HTMLInputElement).files ?? [];
  void file?.text().then((content) => {
    text.value = content;
    say("Loaded. Check and save it.", true);
  });
});

floating.addEventListener("change", () => void chrome.storage.local.set({ [KEYS.floating]: floating.checked }));
chrome.storage.onChanged.addListener(() => void showRest());

async function save(): Promise<void> {
  say("Checking…", true);
  const { local, managed } = await readStored();
  const problem = await problemWith({ local: { ...local, [KEYS.configuration]: text.value }, managed });
  if (problem !== null) return say(problem, false);
  await chrome.storage.local.set({ [KEYS.configuration]: text.value });
  say("Saved. It takes effect when no call runs.", true);
}

function say(words: string, good: boolean): void {
  result.textContent = words;
  result.dataset["state"] = good ? "good" : "bad";
}

async function show(): Promise<void> {
  const { local } = await readStored();
  const written = local[KEYS.configuration];
  text.value = typeof written === "string" ? written : "";
  // Nothing that is typed meanwhile is lost.
  text.disabled = false;
  await Promise.all([sites.show(), showRest()]);
}

/** What is not typed into. */
async function showRest(): Promise<void> {
  const { local, managed } = await readStored();
  const company = managed[MANAGED.configuration];
  element("managed").hidden = company === undefined;
  if (company !== undefined) element("managed-text").textContent = shown(company);
  const isFixed = managed[MANAGED.floating] !== undefined;
  floating.disabled = isFixed;
  floating.checked = (isFixed ? managed[MANAGED.floating] : local[KEYS.floating]) !== false;
  await showIncidents();
}

/** @returns JSON without what is secret */
function shown(configuration: unknown): string {
  try {
    const value: unknown = typeof configuration === "string" ? JSON.parse(configuration) : configuration;
    return JSON.stringify(value, (name, member: unknown) => (SECRET.test(name) ? "•••" : member), 2);
  } catch {
    return problemWords("config/invalid");
  }
}

async function showIncidents(): Promise<void> {
  const { [KEYS.incidents]: kept } = await chrome.storage.local.get(KEYS.incidents);
  const incidents = Array.isArray(kept) ? (kept as Incident[]) : [];
  element("incident-section").hidden = incidents.length === 0;
  element("incidents").replaceChildren(
    ...incidents.toReversed().map(({ code, at_unix_ms: at }) => {
      const row = document.createElement("li");
      const words = Object.assign(document.createElement("span"), { textContent: problemWords(code) });
      const when = Object.assign(document.createElement("time"), { className: "hint", textContent: new Date(at).toLocaleString(), dateTime: new Date(at).toISOString() });
      row.append(words, when);
      return row;
    }),
  );
}

void show();
