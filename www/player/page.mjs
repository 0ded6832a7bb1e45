// @ts-check
/**
 * The supervisor's page: chooses a call of this server, or of files, and hands it to the player.
 *
 * Owns the choice only. Must never keep the token longer than the page lives.
 */
import "./callseal/player.mjs";

/** @typedef {import("../../pkg/player.mjs").CallsealPlayer} CallsealPlayer */

/** @template {HTMLElement} T @param {string} id @param {new () => T} kind @returns {T} */
function find(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`The page has no ${id}.`);
  return element;
}

const player = /** @type {CallsealPlayer} */ (find("player", HTMLElement));
const [token, calls] = [find("token", HTMLInputElement), find("calls", HTMLSelectElement)];
const [problem, block, folder] = [find("problem", HTMLElement), find("calls-block", HTMLElement), find("folder", HTMLInputElement)];

/** What the server calls a refusal, in words. @type {Record<number, string>} */
const REFUSALS = {
  401: "This token is not one of this server's, or it has expired.",
  403: "You have no right to listen to calls. Supervisors have it.",
  404: "This server lets nobody read calls (--allow-read, or an identity provider).",
};

async function list() {
  const headers = { authorization: `Bearer ${token.value}` };
  /** @type {string[]} */
  const found = [];
  for (let after = ""; ; ) {
    const answer = await fetch(`/v1/calls?limit=1000${after}`, { headers, redirect: "error" });
    if (!answer.ok) {
      problem.textContent = REFUSALS[answer.status] ?? `The server answered ${answer.status}.`;
      return;
    }
    const page = await answer.json();
    found.push(...page.calls);
    if (page.next === null) break;
    after = `&after=${page.next}`;
  }
  calls.replaceChildren(...found.map((id) => new Option(id, id)));
  block.hidden = found.length === 0;
  if (found.length === 0) problem.textContent = "There are no calls yet.";
}

player.allowExport = true;
find("server", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  problem.textContent = "";
  list().catch(() => (problem.textContent = "The server does not answer."));
});
find("open", HTMLButtonElement).addEventListener("click", () => {
  void player.open({ token: token.value, callId: calls.value });
});
folder.addEventListener("change", () => {
  void player.open({ files: [...(folder.files ?? [])].map((file) => ({ path: file.webkitRelativePath, file })) });
});
