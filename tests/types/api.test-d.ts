/**
 * The package's types, used as a host uses them. Nothing here runs: it compiles, or `npm run test:types` fails.
 * Every `@ts-expect-error` is a rule: the line below it must not compile.
 */
import { Callseal, CallsealError } from "callseal";
import type { CallReport, CallsealConfig, CallsealEvents, Decision, LawPolicy, Snapshot } from "callseal";
import "callseal/tap";
import { ignore } from "callseal/tap";
import { startSensor } from "callseal/sensor";
import { recordForQuality } from "callseal/prompts";
import { CallsealPanel } from "callseal/panel";
import { amazonConnect, attachRecorders, describeReport, genesysCloud, recorderWebhook, twilio } from "callseal/recorders";
import type { RecorderControl, RecorderReport, ReportDescription } from "callseal/recorders";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only for `true`. */
declare function holds<_Claim extends true>(): void;

declare const config: CallsealConfig;
declare const connection: RTCPeerConnection;
declare const click: MouseEvent;

const callseal = await Callseal.start(config);
holds<Same<typeof callseal, Callseal>>();

// A configuration is checked key by key.
await Callseal.start({ ...config, disclosure: recordForQuality, holdBackMs: 12_000, tap: { automatic: false }, hotkeys: false });
// @ts-expect-error unknown keys are refused
await Callseal.start({ ...config, holdBackMilliseconds: 5 });
// @ts-expect-error where to store must be said
await Callseal.start({ recipients: config.recipients, disclosure: config.disclosure });
// @ts-expect-error a private key is no recipient
config.recipients.push({ kty: "EC", crv: "P-256", x: "", y: "", d: "" });
// @ts-expect-error only P-256 is a recipient's curve
config.recipients.push({ kty: "EC", crv: "P-384", x: "", y: "" });

await Callseal.start({ ...config, consent: { withdrawal: { effect: "stop_and_keep_until", keepDays: 30 } } });
// @ts-expect-error until when it is kept must be said
await Callseal.start({ ...config, consent: { withdrawal: { effect: "stop_and_keep_until" } } });
// @ts-expect-error a recording that is kept has no day of its own
await Callseal.start({ ...config, consent: { withdrawal: { effect: "stop_and_keep", keepDays: 30 } } });

await Callseal.start({ ...config, redaction: { lookBackMs: { manual: 2_000 }, mergeWithinMs: 500, channels: "customer", channelsFor: { page: "both" } } });
// @ts-expect-error there is no such trigger
await Callseal.start({ ...config, redaction: { lookBackMs: { keypad: 0 } } });
// @ts-expect-error there is no such channel
await Callseal.start({ ...config, redaction: { channels: "left" } });

await Callseal.start({ ...config, detection: { fieldPolicy: { dateOfBirth: "ignore" }, selectors: [{ selector: "#a", class: "health" }], urls: ["/pay/**"] } });
// @ts-expect-error a policy names classes in camel case
await Callseal.start({ ...config, detection: { fieldPolicy: { date_of_birth: "ignore" } } });
// @ts-expect-error there is no such class of field
await Callseal.start({ ...config, detection: { selectors: [{ selector: "#a", class: "shoe_size" }] } });

const webhook = { url: "https://crm.example/hook", secret: "…" };
await Callseal.start({ ...config, webhook: { ...webhook, events: ["consent", "closed"], template: { note: ["{{data.outcome}}", 1, null] } } });
// @ts-expect-error a webhook's deliveries are signed
await Callseal.start({ ...config, webhook: { url: "https://crm.example/hook" } });
// @ts-expect-error there is no such group of events
await Callseal.start({ ...config, webhook: { ...webhook, events: ["recording"] } });
// @ts-expect-error a template is JSON
await Callseal.start({ ...config, webhook: { ...webhook, template: { when: new Date() } } });

// Nothing is `any`: what comes out has a type of its own.
holds<Same<typeof callseal.calls, ReadonlyMap<string, Snapshot>>>();
callseal.on("state", (snapshot) => holds<Same<typeof snapshot, Snapshot>>());
callseal.on("closed", ({ report }) => holds<Same<typeof report, CallReport>>());
callseal.on("error", (error) => holds<Same<typeof error, CallsealError>>());
holds<Same<keyof CallsealEvents, "opened" | "state" | "consent" | "decision" | "papers" | "closed" | "stored" | "shredded" | "exposure" | "recovered" | "storage" | "spoolFull" | "storageWarning" | "accessDenied" | "removed" | "error">>();
// @ts-expect-error there is no such event
callseal.on("recording", () => undefined);

holds<Same<ReturnType<typeof startSensor>, () => void>>();

const callId: string = callseal.attach(connection);
callseal.attach(connection, { callId });
callseal.answer(callId, "yes", click);
// @ts-expect-error an answer comes from the user: the event is part of it
callseal.answer(callId, "yes");
callseal.answer(callId, "yes", click, { party: 2, words: "go_ahead" });
callseal.tell(callId, { media: "phone", parties: [{ index: 1, number: "+14155550100", language: "es" }] });
callseal.disclosureRead(callId, click);
callseal.answered(callId);
callseal.partyJoined(callId, "transfer");
callseal.pause(callId);
callseal.pause(callId, click);
callseal.pause(callId, undefined, { class: "payment" });
callseal.resume(callId);
callseal.resume(callId, click);
// @ts-expect-error who pauses is told by the event, not by a word
callseal.pause(callId, "agent");
callseal.on("decision", ({ decision }) => holds<Same<typeof decision, Decision>>());
// @ts-expect-error only these are modes
ignore({ leastMode: "nothing" } satisfies LawPolicy);
// @ts-expect-error there is no such answer
callseal.answer(callId, "maybe", click);
// @ts-expect-error what the page sees it cannot change
callseal.calls.delete(callId);
// @ts-expect-error only `start` makes one
new Callseal();

const stopped: Promise<void> = callseal.stop();
await stopped;
ignore(connection);

const panel = document.querySelector("callseal-panel");
if (panel !== null) {
  holds<Same<typeof panel, CallsealPanel>>();
  panel.callseal = callseal;
}

const failure = new CallsealError("config/invalid", "words", { retryable: false });
holds<Same<typeof failure.code, string>>();
holds<Same<typeof failure.retryable, boolean>>();
// @ts-expect-error codes do not change
failure.code = "other";

// Other recorders: what comes out has a type of its own, and what an adapter needs must be said.
const attached = attachRecorders(
  callseal,
  [
    twilio({ endpoint: "/twilio", pauseBehavior: "skip" }),
    genesysCloud({ endpoint: "/genesys", headers: async () => ({ authorization: "…" }) }),
    recorderWebhook({ url: "/recorder", readBack: true }),
    amazonConnect({ suspend: (request, { signal }) => fetch("/suspend", { method: "POST", body: request.ContactId, signal }), resume: async () => ({}) }),
    { name: "own", pause: async () => ({ state: "paused" }), resume: async ({ reference }) => ({ state: "recording", reference }) },
  ],
  { identify: (id, recorder) => ({ CallSid: `${id} ${recorder}` }), onReport: (report) => holds<Same<typeof report, RecorderReport>>(), confirmWithinMs: 1500 },
);
holds<Same<typeof attached.reports, readonly RecorderReport[]>>();
if (panel !== null) panel.recorders = attached.reports;
const { id: line } = describeReport(attached.reports[0] as RecorderReport);
holds<Same<typeof line, ReportDescription["id"]>>();
// @ts-expect-error whose call it is at the vendor must be known
attachRecorders(callseal, [], {});
// @ts-expect-error unknown limits are refused
attachRecorders(callseal, [], { identify: () => null, confirmWithinSeconds: 2 });
// @ts-expect-error there is no such behaviour
twilio({ endpoint: "/twilio", pauseBehavior: "beep" });
// @ts-expect-error a recorder says what it does now, and these are the words for it
({ name: "own", pause: async () => ({ state: "ok" }), resume: async () => ({ state: "recording" }) }) satisfies RecorderControl;
// @ts-expect-error both are needed
amazonConnect({ suspend: async () => ({}) });
// @ts-expect-error the account's token does not belong into the page
twilio({ endpoint: "/twilio", authToken: "…" });
