/**
 * What a host adds to an existing desktop to have its calls recorded by Callseal.
 *
 * Owns the embedding: the tap first, then the engine, then the panel. It is a script of its own, loaded before the
 * softphone's, and the softphone is not changed for it. Address parameters: `keypad` lets the question ask for a key of the
 * customer's telephone, `shred` has a withdrawal destroy the recording, `agent-side` records the agent after a no. Every event of the engine is passed on as a DOM event
 * `callseal:<type>` on the document, for the CRM's log and for test drivers.
 */
import "callseal/tap";
import { Callseal } from "callseal";
import "callseal/panel";
import type { CallReport, CallsealConfig, CallsealEvents, ControllerOptions, GrantStore } from "callseal";
import { recordForQuality, recordForQualityIn, recordingNoticeIn, recordKeypadIn } from "callseal/prompts";

/** What `callseal serve` tells its own page: where to store, and whose keys to seal for. */
type ServedConfig = { store: GrantStore } & Pick<CallsealConfig, "countersign" | "recipients" | "consent">;

/** Who the customer is told is responsible; a real host says itself. */
const CONTROLLER: ControllerOptions = {
  name: "Alder Energy",
  contact: "privacy@example.com",
  privacyNoticeUrl: "https://example.com/privacy",
  purposes: ["quality"],
  retentionDays: 90,
};

const EVENT_TYPES = ["state", "consent", "decision", "papers", "closed", "stored", "shredded", "exposure", "recovered", "error"] as const satisfies readonly (keyof CallsealEvents)[];

const OUTCOME_WORDS: Record<CallReport["outcome"], string> = {
  recorded: "Call recorded",
  declined: "Call not recorded: the customer said no",
  agent_side: "The customer said no: only the agent’s side was recorded",
  withdrawn: "Call recorded until consent was withdrawn",
  failed: "Call not recorded",
};

const pageIsComplete = new Promise((complete) => document.addEventListener("DOMContentLoaded", complete, { once: true }));

start().catch((error: unknown) => {
  note(`The recorder did not start: ${error instanceof Error ? error.message : String(error)}`);
  publish("error", error);
});

async function start(): Promise<void> {
  const served = await servedConfig();
  const choices = new URLSearchParams(location.search);
  const byKeypad = choices.has("keypad");
  const questions = byKeypad ? recordKeypadIn : recordForQualityIn;
  const callseal = await Callseal.start({
    ...served,
    // A server that was started again has another token; what waits here goes on with that.
    store: { ...served.store, onAccessDenied: async () => ({ token: (await servedConfig()).store.token }) },
    disclosure: byKeypad ? recordKeypadIn.en : recordForQuality,
    furtherDisclosures: [...Object.values(questions), ...Object.values(recordingNoticeIn)],
    controller: CONTROLLER,
    consent: {
      ...served.consent,
      ...(choices.has("shred") ? { withdrawal: { effect: "stop_and_shred" } } : {}),
      ...(choices.has("agent-side") ? { afterRefusal: "agent_side" } : {}),
    },
  });
  callseal.on("opened", ({ callId }) => tell(callseal, callId));
  for (const type of EVENT_TYPES) callseal.on(type, (event) => publish(type, event));
  callseal.on("closed", ({ report }) => note(account(report)));
  callseal.on("exposure", ({ exposures }) =>
    note(`${exposures.length} stretch(es) were recorded before they could be cut out; a supervisor is told`),
  );
  callseal.on("shredded", () => note("What was recorded of the call is destroyed"));
  callseal.on("recovered", () => note("An earlier recording was recovered"));
  const panel = document.querySelector("callseal-panel");
  if (panel) panel.callseal = callseal;
  publish("ready", null);
}

async function servedConfig(): Promise<ServedConfig> {
  const response = await fetch("/callseal/config.json");
  if (!response.ok) throw new Error(`the server gave no configuration (status ${response.status}).`);
  return (await response.json()) as ServedConfig;
}

/** What the desktop knows of a call that begins. */
function tell(callseal: Callseal, callId: string): void {
  const value = (selector: string): string => document.querySelector<HTMLSelectElement | HTMLInputElement>(selector)?.value.trim() ?? "";
  const place = (code: string): { crmAddress?: string } => (code === "" ? {} : { crmAddress: code });
  const name = value("#customer-name");
  callseal.tell(callId, {
    media: "phone",
    parties: [
      { index: 0, ...place(value("#agent-place")) },
      { index: 1, ...place(value("#customer-place")), language: value("#customer-language") || "en", ...(name === "" ? {} : { name }) },
    ],
  });
}

function account(report: CallReport): string {
  const words = OUTCOME_WORDS[report.outcome];
  if (report.recording_duration_ms === 0) return words;
  const cuts = report.redaction_spans.length;
  const left = cuts === 0 ? "" : cuts === 1 ? ", one part left out" : `, ${cuts} parts left out`;
  return `${words}: ${Math.floor(report.recording_duration_ms / 1000)} s${left}`;
}

/** The desktop's own script comes after this one; what it should hear waits for it. */
function note(words: string): void {
  void pageIsComplete.then(() => document.dispatchEvent(new CustomEvent("desktop:activity", { detail: words })));
}

function publish(type: string, detail: unknown): void {
  document.dispatchEvent(new CustomEvent(`callseal:${type}`, { detail }));
}
