// @ts-check
/**
 * What the tests of adapters use inside a page: Callseal with the fake engine, an adapter, and what both told.
 */
const { lab } = /** @type {any} */ (globalThis);

/** @type {any} */
const bench = { events: [] };
Object.assign(globalThis, { bench });

/** Names of events of an adapter. */
const TYPES = ["opened", "answered", "held", "resumed", "muted", "unmuted", "joined", "left", "transferred", "ended", "error"];

/**
 * Starts Callseal (unless `without`) and an adapter: `bench.phone`.
 * @param {string} name  of the adapter's module and function
 * @param {(adapter: any, callseal: any) => any} make
 * @param {{without?: boolean, config?: any, options?: any}} [options]
 */
bench.start = async (name, make, { without = false, config = {} } = {}) => {
  const module = await import(`/pkg/adapters/${name}.mjs`);
  const callseal = without ? null : await lab.start({ consent: { answeredBy: "host" }, ...config });
  bench.phone = make(module, callseal);
  for (const type of TYPES) {
    bench.phone.on(type, (/** @type {any} */ { call, by, key, to, party, error }) => {
      bench.events.push([call?.party.user ?? call?.party.number ?? null, type, by ?? key ?? null, ...(to || party ? [(to ?? party).user ?? (to ?? party).number ?? (to ?? party).name] : []), ...(error ? [String(error.code ?? error)] : [])].filter((one) => one !== null).join(" "));
    });
  }
};

/** What the adapter told the host, and from now on afresh. */
bench.take = () => bench.events.splice(0);

/** Waits until the adapter has told this. */
bench.heard = (/** @type {string} */ event) => lab.until(() => bench.events.includes(event)).catch(() => {
  throw new Error(`not told: ${event}; but: ${bench.events.join(", ")}`);
});

/** What the engine was told of calls, in words, with calls by number in the order of their opening; media aside. */
bench.told = async () => {
  /** @type {string[]} */
  const ids = [];
  const words = [];
  for (const message of await lab.messages()) {
    const { kind, call_id: id } = message;
    if (kind === "call_open") ids.push(id);
    const call = ids.indexOf(id) + 1;
    if (kind === "call_open" || kind === "hang_up") words.push(`${call} ${kind}`);
    if (kind === "call_answered") words.push(`${call} answered ${message.by}`);
    if (kind === "party_joined" || kind === "party_left") words.push(`${call} ${kind} ${message.key}`);
    if (kind === "pause" || kind === "resume") words.push(`${call} ${kind} ${message.by}${message.class ? ` ${message.class}` : ""}`);
    if (kind === "call_facts") {
      words.push(`${call} facts ${message.parties.map((/** @type {any} */ { index, number, name, crm_address: place }) => [index, number, name, place].filter((one) => one !== null).join(" ")).join("; ")}`);
    }
  }
  return words;
};

/** Waits until the engine was told this. */
bench.engineHeard = async (/** @type {string} */ words) => {
  await lab.until(async () => (await bench.told()).includes(words)).catch(async () => {
    throw new Error(`the engine was not told: ${words}; but: ${(await bench.told()).join(", ")}`);
  });
};

/** Callseal's id of the only call with this party. */
bench.call = (/** @type {string} */ user) => [...bench.phone.calls].find(({ party }) => party.user === user || party.number === user);

/** Far ends without a library, for signalling that the test process plays. @type {Map<string, RTCPeerConnection>} */
const far = new Map();

const farPeer = (/** @type {string} */ key, /** @type {boolean} */ sends) => {
  const peer = new RTCPeerConnection();
  far.set(key, peer);
  if (sends) peer.addTrack(lab.tone(900), new MediaStream());
  return peer;
};

const gathered = async (/** @type {RTCPeerConnection} */ peer) => {
  await lab.until(() => peer.iceGatheringState === "complete");
  return peer.localDescription?.sdp;
};

/** Answers an offer, also a further one; returns the answer with its candidates. */
bench.farAnswer = async (/** @type {string} */ key, /** @type {string} */ sdp, sends = true) => {
  const peer = far.get(key) ?? farPeer(key, sends);
  await peer.setRemoteDescription({ type: "offer", sdp });
  await peer.setLocalDescription(await peer.createAnswer());
  return gathered(peer);
};

/** Offers, also again: `direction` of a hold. */
bench.farOffer = async (/** @type {string} */ key, /** @type {RTCRtpTransceiverDirection | undefined} */ direction) => {
  const peer = far.get(key) ?? farPeer(key, true);
  const [transceiver] = peer.getTransceivers();
  if (direction && transceiver) transceiver.direction = direction;
  await peer.setLocalDescription(await peer.createOffer());
  return gathered(peer);
};

bench.farAccept = (/** @type {string} */ key, /** @type {string} */ sdp) => far.get(key)?.setRemoteDescription({ type: "answer", sdp });

bench.farClose = (/** @type {string} */ key) => {
  far.get(key)?.close();
  far.delete(key);
};

bench.farConnected = (/** @type {string} */ key) => lab.until(() => far.get(key)?.connectionState === "connected");

/** Waits until the far end hears a tone, or does not. */
bench.farHears = async (/** @type {string} */ key, /** @type {number} */ hertz, wanted = true) => {
  await bench.farConnected(key);
  const meter = lab.meter(far.get(key)?.getReceivers()[0]?.track);
  await lab.until(() => meter.level(hertz) > -50 === wanted);
};

/** A tone as a file to be announced. */
bench.toneFile = async (/** @type {number} */ hertz, /** @type {number} */ seconds) => {
  const rate = 48000;
  const data = new DataView(new ArrayBuffer(44 + 2 * rate * seconds));
  const text = (/** @type {number} */ at, /** @type {string} */ word) => [...word].forEach((letter, index) => data.setUint8(at + index, letter.charCodeAt(0)));
  text(0, "RIFF");
  data.setUint32(4, data.byteLength - 8, true);
  text(8, "WAVEfmt ");
  [[16, 16], [24, rate], [28, 2 * rate], [40, data.byteLength - 44]].forEach(([at, value]) => data.setUint32(/** @type {number} */ (at), /** @type {number} */ (value), true));
  [[20, 1], [22, 1], [32, 2], [34, 16]].forEach(([at, value]) => data.setUint16(/** @type {number} */ (at), /** @type {number} */ (value), true));
  text(36, "data");
  for (let index = 0; index < rate * seconds; index += 1) data.setInt16(44 + 2 * index, 12000 * Math.sin((2 * Math.PI * hertz * index) / rate), true);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data.buffer));
  return { url: URL.createObjectURL(new Blob([data.buffer])), sha256: [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("") };
};

/** Waits until the customer is captured in the only call. */
bench.capturedCustomer = () =>
  lab.until(async () => {
    const [{ call_id: id }] = await lab.messages("audio_port");
    return (await lab.engine("blocks", id)).slice(-10).some((/** @type {{right: Float32Array}} */ { right }) => right.some((sample) => Math.abs(sample) > 0.05));
  });

/** Whether of the only call nothing is captured of the agent, from a moment on. */
bench.capturedSilence = () =>
  lab.until(async () => {
    const [{ call_id: id }] = await lab.messages("audio_port");
    const blocks = (await lab.engine("blocks", id)).slice(-60);
    return blocks.length === 60 && blocks.every((/** @type {{left: Float32Array}} */ { left }) => left.every((sample) => Math.abs(sample) < 1e-4));
  });

/** Gives the tracks of a description's audio lines the ids of `[stream, track]`, which can only be chosen there. */
const named = (/** @type {string} */ sdp, /** @type {(string[] | undefined)[]} */ streams) => {
  let line = -1;
  return sdp.split("\r\n").map((text) => {
    if (text.startsWith("m=audio")) line += 1;
    const ids = streams[line];
    return ids === undefined ? text : text.replace(/^(a=(?:ssrc:\d+ )?msid:).*/, `$1${ids.join(" ")}`);
  }).join("\r\n");
};

/** Offers one track for each `[stream id, track id]`, further ones beside those there are. */
bench.farStreams = async (/** @type {string} */ key, /** @type {string[][]} */ streams) => {
  const peer = far.get(key) ?? farPeer(key, false);
  // As a server does, so that there is something to connect for in an empty room.
  if (peer.sctp === null) peer.createDataChannel("_reliable");
  streams.slice(peer.getSenders().length).forEach((_, index) => {
    peer.addTransceiver(lab.tone(900 + 100 * index), { direction: "sendonly", streams: [new MediaStream()] });
  });
  return named(await bench.farOffer(key), streams);
};

/** Answers an offer, with one track for each line that only receives. */
bench.farRoom = async (/** @type {string} */ key, /** @type {string} */ sdp, /** @type {string[][]} */ streams) => {
  const peer = far.get(key) ?? farPeer(key, false);
  await peer.setRemoteDescription({ type: "offer", sdp });
  const free = [...streams];
  /** @type {(string[] | undefined)[]} */
  const ids = [];
  for (const section of sdp.split(/\r\n(?=m=)/).filter((text) => text.startsWith("m=audio"))) {
    const transceiver = peer.getTransceivers().find(({ mid }) => section.includes(`a=mid:${mid}\r\n`));
    const stream = section.includes("a=recvonly") ? free.shift() : undefined;
    ids.push(stream);
    if (transceiver === undefined || stream === undefined) continue;
    transceiver.direction = "sendonly";
    if (transceiver.sender.track === null) await transceiver.sender.replaceTrack(lab.tone(900));
    transceiver.sender.setStreams(new MediaStream());
  }
  await peer.setLocalDescription(await peer.createAnswer());
  return named((await gathered(peer)) ?? "", ids);
};
