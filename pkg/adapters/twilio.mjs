// @ts-check
/**
 * Twilio Voice SDK: the calls of a device.
 *
 * Owns: what the events of `Device` and `Call` mean, and where the announcement goes: into the sender's track as with any
 * softphone, or through the SDK's audio processors where the host wants that.
 *
 * Source: @twilio/voice-sdk 2.x, `Device`, `Call`, `AudioProcessor`.
 */
import { AudioProcessors } from "./audio-processor.mjs";
import { Softphone } from "./softphone.mjs";
import { connectByTracks } from "./tracks.mjs";

/**
 * @param {import("./softphone.d.ts").CallsealSource} callseal
 * @param {any} device  a `Twilio.Device`
 * @param {import("./twilio.d.ts").TwilioSoftphoneOptions} [options]
 * @returns {import("./twilio.d.ts").TwilioSoftphone}
 */
export function twilioVoice(callseal, device, options = {}) {
  const phone = new Softphone(callseal, options);
  const processors = options.audioProcessors ? new AudioProcessors() : null;
  connectByTracks(phone, (tracks) => {
    if (processors !== null && processors.output !== null && tracks.has(processors.output)) return "ignore";
    return [...phone.calls].find(({ source }) => /** @type {any} */ (source).getLocalStream()?.getAudioTracks().some((/** @type {MediaStreamTrack} */ track) => tracks.has(track)));
  });
  const watch = (/** @type {any} */ call) => phone.watched(call, () => {
    const isIncoming = call.direction === "INCOMING";
    const { From: from, To: to } = { ...call.parameters, ...Object.fromEntries(call.customParameters) };
    const user = (isIncoming ? call.parameters.From ?? from : to ?? "").replace(/^client:/, "");
    const followed = phone.open(call, () => ({ id: call.parameters.CallSid ?? call.outboundConnectionId ?? "", direction: isIncoming ? "incoming" : "outgoing", party: { user } }));
    let by = /** @type {"agent" | "customer"} */ ("customer");
    const named = () => void (followed.id = call.parameters.CallSid ?? followed.id);
    phone.overhear(call, "disconnect", () => void (by = "agent"), followed);
    phone.listen(call, {
      ringing: named,
      accept: () => {
        named();
        followed.answer();
        if (processors?.streams) followed.stream(processors.streams);
      },
      mute: (/** @type {boolean} */ isMuted) => (followed.mute(isMuted), processors?.mute(isMuted)),
      cancel: () => followed.end("customer"),
      reject: () => followed.end("agent"),
      disconnect: () => (processors?.mute(false), followed.end(by)),
    }, followed);
    return followed;
  });
  phone.listen(device, { incoming: watch });
  const ready = processors === null ? Promise.resolve() : Promise.all([device.audio.addProcessor(processors.local), device.audio.addProcessor(processors.remote, true)]).then(() => {});
  phone.atEnd(null, () => {
    if (processors === null) return;
    void Promise.allSettled([device.audio?.removeProcessor(processors.local), device.audio?.removeProcessor(processors.remote, true)]).then(() => processors.close());
  });
  return Object.assign(phone, { watch, ready });
}
