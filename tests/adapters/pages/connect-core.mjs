// @ts-check
/**
 * Amazon's side of amazon-connect-streams: what its shared worker and the framed CCP say, and the softphone session of
 * connect-rtc-js, which no registry has. Contacts, connections and the softphone manager are the library's own.
 */
const { bench, connect, lab } = /** @type {any} */ (globalThis);

/** What connect-rtc-js does of a session: microphone, connection, offer and answer. */
class Session {
  /** @type {any} */
  mediaStream = null;
  /** @type {RTCPeerConnection | null} */
  _pc = null;
  onSessionFailed = (/** @type {any[]} */ ..._) => {};
  onSessionConnected = (/** @type {any[]} */ ..._) => {};
  onSessionCompleted = (/** @type {any[]} */ ..._) => {};
  onLocalStreamAdded = (/** @type {any[]} */ ..._) => {};
  sessionReport = {};

  /** @param {any[]} given  signalling endpoint, ICE servers, token, logger, contact id, agent's connection id */
  constructor(...given) {
    this.agentConnectionId = given[5];
  }

  async connect() {
    const stream = new MediaStream([lab.tone(400)]);
    this._pc = new RTCPeerConnection();
    this._pc.addTrack(stream.getAudioTracks()[0], stream);
    this.onLocalStreamAdded(this, stream);
    await this._pc.setLocalDescription(await this._pc.createOffer());
    await lab.until(() => this._pc?.iceGatheringState === "complete");
    await this._pc.setRemoteDescription({ type: "answer", sdp: await bench.farSide(this.agentConnectionId, this._pc.localDescription?.sdp) });
    this.onSessionConnected(this);
  }

  hangup() {
    this._pc?.close();
    this.onSessionCompleted(this);
  }

  async getUserAudioStats() {
    throw new Error("no statistics here");
  }
  getRemoteAudioStats = this.getUserAudioStats;
}

/** @type {any[]} */
const contacts = [];
const at = new Date();

/** Tells the library what is now. */
const update = () =>
  connect.core.getEventBus().trigger(connect.AgentEvents.UPDATE, structuredClone({
    snapshot: { state: { type: "routable", name: "Available" }, contacts, localTimestamp: Date.now(), skew: 0, agentAvailabilityState: {}, snapshotTimestamp: at },
    configuration: { name: "agent", softphoneEnabled: true, agentStates: [], routingProfile: { channelConcurrencyMap: { VOICE: 1 }, queues: [], defaultOutboundQueue: {} } },
    permissions: [],
  }));

bench.beginConnect = () => {
  const bus = new connect.EventBus({ logEvents: false });
  connect.core.eventBus = bus;
  connect.core.getEventBus = () => bus;
  const upstream = {
    sendUpstream: (/** @type {string} */ event, /** @type {any} */ data) => {
      if (event === connect.EventType.BROADCAST) setTimeout(() => bus.trigger(data.event, data.data));
    },
    onUpstream: () => ({ unsubscribe() {} }),
    onAllUpstream: () => ({ unsubscribe() {} }),
  };
  connect.core.getUpstream = () => upstream;
  connect.core.agentDataProvider = new connect.core.AgentDataProvider(bus);
  connect.core.mediaFactory = new connect.MediaFactory({});
  connect.RTCSession = Session;
  update();
  connect.core.softphoneManager = new connect.SoftphoneManager({ allowFramedSoftphone: true });
};

/** A connection of a contact. */
const connection = (/** @type {string} */ connectionId, /** @type {string} */ type, /** @type {string} */ state, /** @type {string} */ phoneNumber = "") => ({
  connectionId,
  type,
  initial: type !== "agent" && type !== "outbound-third",
  state: { type: state, timestamp: at },
  endpoint: { type: "phone_number", phoneNumber },
  ...(type === "agent" && { softphoneMediaInfo: { callType: "audio_only", autoAccept: false, callContextToken: "token", callConfigJson: '{"iceServers":[],"signalingEndpoint":"wss://signal.test"}' } }),
});

/** A contact begins to ring. */
bench.ringContact = (/** @type {string} */ id, /** @type {string} */ number, /** @type {string} */ type = "inbound") => {
  contacts.push({
    contactId: id,
    type: "voice",
    state: { type: "connecting", timestamp: at },
    connections: [connection(`${id}-agent`, "agent", "connecting"), connection(`${id}-customer`, type, "connected", number)],
    attributes: {},
    contactFeatures: {},
  });
  update();
};

/** Changes a contact, as in the next snapshot. */
bench.changeContact = (/** @type {string} */ id, /** @type {{state?: string, agent?: string, customer?: string, third?: string | null}} */ { state, agent, customer, third }) => {
  const contact = contacts.find(({ contactId }) => contactId === id);
  if (state) contact.state.type = state;
  const [first, second] = contact.connections;
  if (agent) first.state.type = agent;
  if (customer) second.state.type = customer;
  if (third !== undefined) contact.connections = [first, second, ...(third === null ? [] : [{ ...connection(`${id}-third`, "outbound", "connected", third), initial: false }])];
  update();
};

bench.dropContact = (/** @type {string} */ id) => {
  contacts.splice(contacts.findIndex(({ contactId }) => contactId === id), 1);
  update();
};

bench.toggleMute = (/** @type {boolean} */ muted) => connect.core.getEventBus().trigger(connect.AgentEvents.MUTE_TOGGLE, { muted });
