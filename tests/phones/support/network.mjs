// @ts-check
/**
 * A telephone network for one test file: proxy, media relay, customers' telephones, a store, the host's pages and browsers.
 *
 * Owns: their life. Everything listens on one address of 127.0.0.0/8 that nobody else has, so that runs beside each other do
 * not meet. Must never: leave a process behind.
 */
import { execFileSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { NATIVE_COMMAND } from "../../../scripts/build.mjs";
import { launch } from "../../../scripts/demo/browser.mjs";
import { ensureKey } from "../../../scripts/demo/store.mjs";
import { ARTIFACTS } from "../../../scripts/lib/project.mjs";
import { Phone } from "../servers/baresip.mjs";
import { janus } from "../servers/janus.mjs";
import { DOMAIN, kamailio, PASSWORD } from "../servers/kamailio.mjs";
import { listens, tied } from "../servers/process.mjs";
import { rtpengine, RTPENGINE_PORT } from "../servers/rtpengine.mjs";
import { mono } from "./hearing.mjs";
import { HostPage } from "./host-page.mjs";
import { pageServer } from "./page-server.mjs";
import { outwardAddress, program } from "./programs.mjs";

/** Port of the server of objects, on the run's own address. */
const STORE_PORT = 8787;

/** Who is responsible, for the vCon. */
const CONTROLLER = { name: "Alder Energy", contact: "privacy@example.com", privacyNoticeUrl: "https://example.com/privacy", purposes: ["quality"] };

/**
 * Members of a configuration: the strictest law there is that does not want the question repeated in the recording, which
 * would lie over what is said after the yes. Customers have German numbers.
 */
export const IN_GERMANY = { law: { agentPlace: "DE" } };

export class Network {
  command = NATIVE_COMMAND;
  /** @type {Phone[]} */
  #phones = [];
  /** @type {HostPage[]} */
  #hosts = [];
  /** What is to be ended, the last first. @type {(() => Promise<unknown>)[]} */
  #endings = [];
  /** @type {Awaited<ReturnType<typeof pageServer>> | null} */
  #pages = null;
  #browsers = 0;
  #files = 0;
  socketUrl = "";
  sipAddress = "";
  /** Where janus.js reaches its server. */
  janusUrl = "";

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "callseal-phones-"));
    this.store = join(this.folder, "store");
    this.address = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
    const { privateKey, publicKey } = ensureKey(this.command, join(this.folder, "key"));
    this.privateKey = privateKey;
    this.publicKey = publicKey;
    this.token = randomBytes(32).toString("base64url");
    /** Until its end, however that comes. */
    process.once("exit", () => rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 }));
  }

  /** Starts the proxy, the media relay, the store and the server of pages. */
  async start() {
    const { address, folder, command } = this;
    await this.run(rtpengine({ program: program("rtpengine"), address }));
    const proxy = kamailio(join(folder, "kamailio"), { program: program("kamailio"), address, rtpenginePort: RTPENGINE_PORT });
    await this.run(proxy);
    this.socketUrl = proxy.socketUrl;
    this.sipAddress = proxy.sipAddress;
    const url = `http://${address}:${STORE_PORT}`;
    const recipients = [JSON.parse(readFileSync(this.publicKey, "utf8"))];
    const pages = await pageServer(address, {
      config: () => ({
        store: { kind: "grants", url: `${url}/v1/grants`, token: this.token },
        countersign: { url: `${url}/v1/heads`, token: this.token },
        recipients,
        controller: CONTROLLER,
      }),
      reach: () => [url, this.socketUrl, this.janusUrl].join(" ").trim(),
    });
    this.#pages = pages;
    this.#endings.push(pages.close);
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, this.token, { mode: 0o600 });
    mkdirSync(this.store, { recursive: true });
    const words = ["serve", "--store", `fs://${this.store}`, "--listen", `${address}:${STORE_PORT}`, "--allow-origin", pages.origin, "--token-file", tokenFile];
    await this.run(tied(command, words, { isReady: () => listens(address, STORE_PORT) }));
  }

  /** Starts Janus beside it. */
  async startJanus() {
    const mediaAddress = outwardAddress();
    if (mediaAddress === null) throw new Error("there is no network interface but loopback");
    const server = janus(join(this.folder, "janus"), { program: program("janus"), address: this.address, mediaAddress });
    this.janusUrl = server.socketUrl;
    await this.run(server);
  }

  /**
   * A page with a softphone on janus.js.
   * @param {"agent" | "customer"} role
   * @param {{voice: string, callseal?: object, adapter?: string | null}} options
   * @returns {Promise<HostPage>}
   */
  async janusPage(role, { voice, callseal = {}, adapter = "janus" }) {
    const page = await this.page(role, { voice, library: "Janus", script: "janus" });
    await page.do("start", { janusUrl: this.janusUrl, ...(role === "agent" && { callseal, adapter }) });
    return page;
  }

  /**
   * @template {{start: () => Promise<unknown>, stop: () => Promise<unknown>}} Server
   * @param {Server} server
   * @returns {Promise<Server>} started, and ended with the network
   */
  async run(server) {
    this.#endings.push(() => server.stop());
    await server.start();
    return server;
  }

  /**
   * A customer's telephone, registered.
   * @param {string} user
   * @param {string} voice  WAV file
   * @param {{name?: string, answers?: "manual" | "auto" | "early"}} [options]
   */
  async phone(user, voice, { name = "Customer", answers = "manual" } = {}) {
    const line = this.#phones.length;
    const folder = join(this.folder, `phone-${line}`);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "voice.wav");
    convert(voice, file, 8_000);
    const phone = new Phone(folder, { program: program("baresip"), address: this.address, proxy: this.sipAddress, line, user, name, voice: file, answers });
    this.#phones.push(phone);
    return this.run(phone);
  }

  /**
   * A browser with one page of a host; its microphone plays a WAV file from the beginning whenever it is opened.
   * @param {"agent" | "customer"} role
   * @param {{voice: string, library?: string, script?: string}} options
   * @returns {Promise<HostPage>}
   */
  async page(role, { voice, library = "JsSIP", script = "softphone" }) {
    if (this.#pages === null) throw new Error("the network is not started");
    this.#browsers += 1;
    const microphone = join(this.folder, `microphone-${this.#browsers}.wav`);
    convert(voice, microphone, 48_000);
    const context = await launch({ microphone, profile: join(this.folder, `profile-${this.#browsers}`) });
    this.#endings.push(() => context.close().catch(() => undefined));
    const host = await HostPage.open(context, `${this.#pages.origin}/${role}/${library}/${script}`);
    this.#hosts.push(host);
    return host;
  }

  /**
   * A page whose softphone is registered.
   * @param {"agent" | "customer"} role
   * @param {{voice: string, user: string, name?: string, callseal?: object, adapter?: string | null}} options
   * @returns {Promise<HostPage>}
   */
  async softphone(role, { voice, user, name = "Softphone", callseal = {}, adapter = null }) {
    const page = await this.page(role, { voice });
    const recorder = role === "agent" ? { callseal, adapter } : {};
    await page.do("start", { socketUrl: this.socketUrl, user, password: PASSWORD, domain: DOMAIN, name, ...recorder });
    return page;
  }

  /** What a page has heard, at the rate of likeness. @param {HostPage} page @returns {Promise<Float32Array>} */
  async heardBy(page) {
    this.#files += 1;
    const file = join(this.folder, `heard-${this.#files}.webm`);
    writeFileSync(file, Buffer.from(await page.do("heard")));
    return mono(file);
  }

  /** @param {string} callId @returns {string} folder of a call's objects */
  callFolder(callId) {
    return join(this.store, callId);
  }

  /** @returns {string[]} ids of calls of which anything is stored */
  storedCalls() {
    return readdirSync(this.store).filter((name) => /^[0-9a-f]{8}-/.test(name));
  }

  /** What the pages and telephones have told, for whoever looks into a failure. */
  #report() {
    const told = this.#hosts.map((host) => host.told);
    const phones = this.#phones.map((phone) => phone.events);
    mkdirSync(ARTIFACTS, { recursive: true });
    writeFileSync(join(ARTIFACTS, `phones-${basename(process.argv[1] ?? "", ".test.mjs")}.json`), JSON.stringify({ told, phones }));
    const keep = process.env["PHONES_KEEP"];
    if (keep !== undefined) cpSync(this.folder, keep, { recursive: true, filter: (path) => !path.includes("/profile-") });
  }

  async stop() {
    this.#report();
    for (const end of this.#endings.splice(0).reverse()) await end();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * @param {string} from
 * @param {string} to
 * @param {number} rateHz
 */
function convert(from, to, rateHz) {
  const form = ["-ac", "1", "-ar", String(rateHz), "-c:a", "pcm_s16le", "-map_metadata", "-1", "-flags:a", "+bitexact", "-fflags", "+bitexact"];
  execFileSync("ffmpeg", ["-v", "error", "-y", "-i", from, ...form, to], { stdio: "inherit" });
}
