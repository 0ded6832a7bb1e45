/**
 * The list of sites on the options page.
 *
 * Owns turning an address into the pattern that is asked for, and showing what is granted. Must never ask for more than the
 * one origin that was typed.
 */

/** @returns the match pattern of one origin, or null for what is no address of the web */
export function patternOf(text: string): string | null {
  const typed = text.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:/iu.test(typed) && !/^[^/:]+:\d+/u.test(typed) ? typed : `https://${typed}`;
  try {
    const { protocol, hostname } = new URL(withScheme);
    // Match patterns have no port: what is granted is the host.
    return (protocol === "https:" || protocol === "http:") && hostname !== "" && !hostname.includes("*") ? `${protocol}//${hostname}/*` : null;
  } catch {
    return null;
  }
}

/** The list, kept as the browser has it. */
export class SiteList {
  readonly #list: HTMLElement;
  readonly #result: HTMLElement;

  constructor(list: HTMLElement, result: HTMLElement) {
    this.#list = list;
    this.#result = result;
    for (const event of [chrome.permissions.onAdded, chrome.permissions.onRemoved]) event.addListener(() => void this.show());
  }

  /** Asks the user for a site; to be called in a click. */
  async add(text: string): Promise<boolean> {
    const pattern = patternOf(text);
    if (pattern === null) return this.#say("That is no address of a web site. It should look like https://crm.example.com", false);
    const granted = await chrome.permissions.request({ origins: [pattern] });
    return granted ? this.#say("Added. Reload its pages, so that Callseal is there before their scripts.", true) : this.#say("The site was not granted.", false);
  }

  async show(): Promise<void> {
    const { origins = [] } = await chrome.permissions.getAll();
    const always = new Set(chrome.runtime.getManifest().host_permissions ?? []);
    this.#list.replaceChildren(...origins.sort().map((origin) => this.#row(origin, always.has(origin))));
    if (origins.length === 0) this.#list.append(item("No site yet."));
  }

  #row(origin: string, isFixed: boolean): HTMLElement {
    const row = item(origin);
    if (isFixed) {
      row.append(Object.assign(document.createElement("span"), { className: "hint", textContent: "Part of this package" }));
      return row;
    }
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Remove" });
    button.setAttribute("aria-label", `Remove ${origin}`);
    button.addEventListener("click", () => void chrome.permissions.remove({ origins: [origin] }).then(() => this.show()));
    row.append(button);
    return row;
  }

  #say(words: string, good: boolean): boolean {
    this.#result.textContent = words;
    this.#result.dataset["state"] = good ? "good" : "bad";
    return good;
  }
}

function item(text: string): HTMLElement {
  const row = document.createElement("li");
  row.append(Object.assign(document.createElement("span"), { textContent: text }));
  return row;
}
