// @ts-check
/** A form of controlled inputs, rendered by React, whose state the test sets. */

const { React, ReactDOM } = /** @type {any} */ (globalThis);

/** Groups of four digits, as payment forms write them. @param {string} text */
const grouped = (text) => text.replace(/\D/g, "").replace(/(\d{4})(?=\d)/g, "$1 ");

function Form() {
  const [values, setValues] = React.useState({ number: "", notes: "" });
  const set = (/** @type {Record<string, string>} */ some) =>
    setValues((/** @type {Record<string, string>} */ before) => ({ ...before, ...some }));
  Object.assign(globalThis, { reactForm: { set: (/** @type {any} */ some) => ReactDOM.flushSync(() => set(some)) } });
  const field = (/** @type {"number" | "notes"} */ id, /** @type {any} */ more) =>
    React.createElement("input", {
      key: id,
      id,
      value: values[id],
      onChange: (/** @type {any} */ event) => set({ [id]: grouped(event.target.value) }),
      ...more,
    });
  return React.createElement("form", null, [
    field("number", { autoComplete: "cc-number" }),
    field("notes", { "aria-label": "Notes" }),
  ]);
}

ReactDOM.createRoot(document.querySelector("#root")).render(React.createElement(Form));
