/**
 * The customer record: name in the heading, the payment form, the activity list.
 *
 * Owns the form. Card details stay in their fields: they are never read for anything but their layout.
 */

/** The record's form and its activity list. */
export class CustomerRecord {
  readonly #form: HTMLFormElement;
  readonly #activity: HTMLElement;

  /** @param form the `<form>` of the page; its fields are found by their ids */
  constructor(form: HTMLFormElement) {
    this.#form = form;
    this.#activity = this.#part("activity");
    form.addEventListener("submit", (event) => event.preventDefault());
    this.#nameHeading();
    this.#layOutCardFields();
    this.#part("take-payment").addEventListener("click", () => this.#takePayment());
  }

  /** The customer's name as it stands in the form. */
  get customerName(): string {
    return this.#input("customer-name").value.trim();
  }

  /** Adds a line to the activity list, the newest first. */
  note(words: string): void {
    const now = new Date();
    const line = document.createElement("li");
    const time = document.createElement("time");
    time.dateTime = now.toISOString();
    time.textContent = now.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
    const text = document.createElement("span");
    text.textContent = words;
    line.append(time, text);
    this.#activity.prepend(line);
  }

  #nameHeading(): void {
    const name = this.#input("customer-name");
    const show = (): void => {
      const words = this.customerName.split(/\s+/u).filter(Boolean);
      this.#part("record-title").textContent = this.customerName || "New customer";
      this.#part("initials").textContent = words.map((word) => word[0]?.toUpperCase()).slice(0, 2).join("") || "?";
    };
    name.addEventListener("input", show);
    show();
  }

  #layOutCardFields(): void {
    const number = this.#input("card-number");
    number.addEventListener("input", () => {
      if (number.selectionStart !== number.value.length) return;
      number.value = number.value.replace(/\D/gu, "").replace(/(\d{4})(?=\d)/gu, "$1 ");
    });
    const expiry = this.#input("card-expiry");
    expiry.addEventListener("blur", () => {
      expiry.value = expiry.value.replace(/^(\d{2})\s*\/?\s*(\d{2})$/u, "$1 / $2");
    });
  }

  #takePayment(): void {
    for (const id of ["card-number", "card-expiry", "card-cvv"]) this.#input(id).value = "";
    this.#part("payment-note").textContent = "Demo: nothing was charged, the card fields are empty again.";
    this.note("Payment form used");
  }

  #input(id: string): HTMLInputElement {
    return this.#part(id) as HTMLInputElement;
  }

  #part(id: string): HTMLElement {
    const found = this.#form.querySelector<HTMLElement>(`#${id}`);
    if (!found) throw new Error(`The customer record has no element #${id}.`);
    return found;
  }
}
