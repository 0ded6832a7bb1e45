// @ts-check
/**
 * baresip: a customer's telephone. It speaks plain SIP over UDP and G.711, plays one WAV file as its microphone from the
 * moment a call has media, sends keys by RFC 4733, and keeps what it has heard as a WAV file: the witness of what reached
 * the customer.
 *
 * Owns: the process and its control port. Must never: know of Callseal.
 *
 * Source: documentation and `menu` commands of baresip 1.0, protocol of its module ctrl_tcp (netstrings of JSON).
 */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { listens, tied } from "./process.mjs";
import { DOMAIN, PASSWORD } from "./kamailio.mjs";

/** Length of a pressed key, and of the pause behind it, in milliseconds. */
const PRESSED_MS = 160;
const RELEASED_MS = 120;

/** How long an event may take unless said otherwise, in milliseconds. */
const EVENT_LIMIT_MS = 15_000;

/** The character that releases a key, in baresip's menu. */
const KEY_RELEASED = "\u0004";

/**
 * @typedef {object} PhoneOptions
 * @property {string} program
 * @property {string} address     of all servers
 * @property {string} proxy       address and port of the proxy
 * @property {number} line        number of the telephone on this address, from 0: it makes its ports
 * @property {string} user        what stands before the `@`
 * @property {string} name        how it calls itself
 * @property {string} voice       WAV file, 8 kHz, mono, 16 bits
 * @property {"manual" | "auto" | "early"} [answers]  how it takes a call; `early`: it sends media before it is answered
 *
 * @typedef {{event: boolean, type: string, class: string, param?: string, direction?: string, peeruri?: string, id?: string, atMs: number}} PhoneEvent
 */

/** Where Debian has baresip's modules. */
const MODULES = "/usr/lib/baresip/modules";

/** @param {string} folder @param {PhoneOptions} options */
const configuration = (folder, { address, line, voice }) => `
poll_method epoll
sip_listen ${address}:${5100 + 2 * line}
sip_trans_def udp
net_interface ${address}
call_local_timeout 120
call_max_calls 4
audio_player aufile,${folder}/played.wav
audio_source aufile,${voice}
audio_alert aufile,/dev/null
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_level no
ausrc_format s16
auplay_format s16
rtp_ports ${20000 + 200 * line}-${20000 + 200 * line + 198}
rtcp_mux no
jitter_buffer_delay 5-10
module_path ${MODULES}
module stdio.so
module g711.so
module aufile.so
module sndfile.so
snd_path ${folder}
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen ${address}:${4400 + line}
`;

/** @param {PhoneOptions} options */
const account = ({ user, name, proxy, answers = "manual" }) =>
  `"${name}" <sip:${user}@${DOMAIN}>;auth_user=${user};auth_pass=${PASSWORD};regint=600;outbound="sip:${proxy};transport=udp";` +
  `audio_codecs=pcmu/8000/1;dtmfmode=rtpevent;ptime=20;answermode=${answers}\n`;

/** One telephone. */
export class Phone {
  /** @type {import("node:net").Socket | null} */
  #control = null;
  /** What it told. @type {PhoneEvent[]} */
  events = [];
  #taken = 0;
  /** @type {Set<() => void>} */
  #waiting = new Set();
  /** Answers that are waited for, in the order of their commands. @type {((answer: {ok: boolean, data: string}) => void)[]} */
  #asked = [];
  #read = Buffer.alloc(0);

  /**
   * @param {string} folder  of its own
   * @param {PhoneOptions} options
   */
  constructor(folder, options) {
    this.folder = folder;
    this.user = options.user;
    this.uri = `sip:${options.user}@${DOMAIN}`;
    this.address = options.address;
    this.controlPort = 4400 + options.line;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "config"), configuration(folder, options));
    writeFileSync(join(folder, "accounts"), account(options));
    writeFileSync(join(folder, "contacts"), "");
    this.child = tied(options.program, ["-f", folder], { isReady: () => listens(this.address, this.controlPort), cwd: folder });
  }

  /** Starts it and waits until it is registered. */
  async start() {
    await this.child.start();
    const socket = connect({ host: this.address, port: this.controlPort });
    this.#control = socket;
    socket.on("data", (data) => this.#receive(data));
    socket.on("error", () => undefined);
    await new Promise((resolve, reject) => {
      socket.once("connect", () => resolve(undefined));
      socket.once("error", reject);
    });
    const until = Date.now() + EVENT_LIMIT_MS;
    while (!/OK /.test((await this.command("reginfo")).data)) {
      if (Date.now() > until) throw new Error(`${this.user} was not registered`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop() {
    this.#control?.destroy();
    this.#control = null;
    await this.child.stop();
  }

  /**
   * @param {string} name
   * @param {string} [words]
   */
  async command(name, words = "") {
    const socket = this.#control;
    if (socket === null) throw new Error("the telephone is off");
    const text = JSON.stringify({ command: name, params: words });
    const answer = await new Promise((resolve) => {
      this.#asked.push(resolve);
      socket.write(`${Buffer.byteLength(text)}:${text},`);
    });
    return /** @type {{ok: boolean, data: string}} */ (answer);
  }

  /** @param {string} user */
  async dial(user) {
    await this.command("dial", `sip:${user}@${DOMAIN}`);
  }

  answer() {
    return this.command("accept");
  }

  hangUp() {
    return this.command("hangup");
  }

  /** Refers whoever it talks to to somebody else. @param {string} user */
  transfer(user) {
    return this.command("transfer", `sip:${user}@${DOMAIN}`);
  }

  /** @param {boolean} on */
  hold(on) {
    return this.command(on ? "hold" : "resume");
  }

  /**
   * Presses keys, one after the other, by RFC 4733.
   * @param {string} keys
   * @returns {Promise<number>} Unix time of the first
   */
  async press(keys) {
    const beganMs = Date.now();
    for (const key of keys) {
      await this.command("sndcode", key);
      await new Promise((resolve) => setTimeout(resolve, PRESSED_MS));
      await this.command("sndcode", KEY_RELEASED);
      await new Promise((resolve) => setTimeout(resolve, RELEASED_MS));
    }
    return beganMs;
  }

  /**
   * Waits for the next event of a kind, from the last one that was waited for on.
   * @param {string} type
   * @param {number} [limitMs]
   * @returns {Promise<PhoneEvent>}
   */
  async heard(type, limitMs = EVENT_LIMIT_MS) {
    const until = Date.now() + limitMs;
    for (;;) {
      const index = this.events.findIndex((event, at) => at >= this.#taken && event.type === type);
      const event = this.events[index];
      if (event !== undefined) {
        this.#taken = index + 1;
        return event;
      }
      if (Date.now() > until) throw new Error(`${this.user} did not tell ${type}; but: ${this.events.map((one) => one.type).join(", ")}`);
      await new Promise((resolve) => {
        const wake = () => (clearTimeout(alarm), this.#waiting.delete(wake), resolve(undefined));
        const alarm = setTimeout(wake, Math.max(0, until - Date.now()) + 1);
        this.#waiting.add(wake);
      });
    }
  }

  /**
   * Files of what was heard (`dec`) and said (`enc`), one for each call, in the order of the calls.
   * @param {"dec" | "enc"} way
   * @returns {string[]}
   */
  dumps(way) {
    return readdirSync(this.folder).filter((file) => file.startsWith("dump-") && file.endsWith(`-${way}.wav`)).sort().map((file) => join(this.folder, file));
  }

  /** @param {Buffer} data */
  #receive(data) {
    this.#read = Buffer.concat([this.#read, data]);
    for (;;) {
      const colon = this.#read.indexOf(":");
      if (colon < 0) return;
      const end = colon + 1 + Number(this.#read.subarray(0, colon).toString());
      if (this.#read.length < end + 1) return;
      const message = JSON.parse(this.#read.subarray(colon + 1, end).toString("utf8"));
      this.#read = this.#read.subarray(end + 1);
      if (message.event === true) {
        this.events.push({ ...message, atMs: Date.now() });
        for (const wake of [...this.#waiting]) wake();
      } else this.#asked.shift()?.(message);
    }
  }
}
