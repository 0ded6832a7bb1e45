/**
 * The customer's end of one call, in a frame of its own.
 *
 * Owns the customer's RTCPeerConnection, voice and ears. With `?heard` in its address it also keeps what reached the
 * customer, for tests and the scripted demo (`window.customerEnd.takeHeard()`). Must never reach into the desktop's page.
 */
import { type Ears, openEars } from "./phone/ears";
import { HELLO, type ToCustomer, type ToDesktop } from "./phone/signal";
import { openVoice, type Voice } from "./phone/voice";

declare global {
  interface Window {
    /** Only for test drivers. */
    customerEnd?: { takeHeard(): { sampleRateHz: number; pcm16Base64: string } };
  }
}

const connection = new RTCPeerConnection();
const face = {
  state: element("state"),
  level: element("level"),
};

let port: MessagePort | null = null;
let voice: Voice | null = null;
let ears: Ears | null = null;

window.addEventListener("message", ({ data, origin, ports: [first] }) => {
  if (data !== HELLO || origin !== location.origin || !first || port) return;
  port = first;
  port.onmessage = ({ data: message }: MessageEvent<ToCustomer>) => {
    void hear(message).catch((error: unknown) => say({ kind: "failed", reason: String(error) }));
  };
});

connection.addEventListener("icecandidate", ({ candidate }) => {
  if (candidate) say({ kind: "candidate", candidate: candidate.toJSON() });
});
connection.addEventListener("track", ({ track }) => {
  void openEars(track, { keep: new URLSearchParams(location.search).has("heard"), onLevel: showLevel })
    .then((opened) => {
      ears = opened;
      if (connection.connectionState === "connected") ears.begin();
      window.customerEnd = { takeHeard: () => opened.take() };
    })
    .catch((error: unknown) => say({ kind: "failed", reason: String(error) }));
});
connection.addEventListener("connectionstatechange", () => {
  const state = connection.connectionState;
  if (state === "connected") {
    voice?.begin();
    ears?.begin();
    show("connected", "On the phone");
  }
  say({ kind: "state", state });
});

async function hear(message: ToCustomer): Promise<void> {
  switch (message.kind) {
    case "dial":
      await dial(await openVoice(message.source));
      break;
    case "answer":
      await connection.setRemoteDescription({ type: "answer", sdp: message.sdp });
      break;
    case "candidate":
      await connection.addIceCandidate(message.candidate);
      break;
    case "hang_up":
      connection.close();
      voice?.end();
      ears?.end();
      showLevel(0);
      show("ended", "Call ended");
  }
}

async function dial(opened: Voice): Promise<void> {
  voice = opened;
  show("connecting", "Calling…");
  for (const track of opened.stream.getAudioTracks()) connection.addTrack(track, opened.stream);
  await connection.setLocalDescription();
  say({ kind: "offer", sdp: connection.localDescription?.sdp ?? "" });
}

function say(message: ToDesktop): void {
  port?.postMessage(message);
}

function show(state: string, words: string): void {
  document.documentElement.dataset["state"] = state;
  face.state.textContent = words;
}

function showLevel(level: number): void {
  face.level.style.setProperty("--level", String(level));
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The customer's frame has no element #${id}.`);
  return found;
}
