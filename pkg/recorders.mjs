// @ts-check
/**
 * `callseal/recorders`: pauses other recorders of the same call while Callseal cuts a stretch out.
 *
 * Owns: what is exported. Must never: be needed by the rest of the package.
 */
export { amazonConnect } from "./recorders/amazon-connect.mjs";
export { attachRecorders } from "./recorders/attach.mjs";
export { RecorderKeeper } from "./recorders/control.mjs";
export { describeReport } from "./recorders/describe.mjs";
export { genesysCloud } from "./recorders/genesys-cloud.mjs";
export { twilio } from "./recorders/twilio.mjs";
export { recorderWebhook } from "./recorders/webhook.mjs";
