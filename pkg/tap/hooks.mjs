// @ts-check
/**
 * The hooks on RTCPeerConnection and RTCRtpSender.
 *
 * Owns: noticing what the page does with its connections. Must never break the page: every hook does what the
 * browser's own method does, returns what it returns and throws what it throws; a fault of ours is swallowed here.
 * Proxies rather than functions, so that names, lengths, statics, subclasses and `toString()` stay as they were.
 */

/** @typedef {import("./registry.mjs").Registry} Registry */

/** Names under which browsers have offered the constructor. */
const CONSTRUCTORS = /** @type {const} */ (["RTCPeerConnection", "webkitRTCPeerConnection"]);

/**
 * @param {typeof globalThis} scope
 * @param {Registry} registry
 */
export function installHooks(scope, registry) {
  hookConstructors(scope, registry);
  hookConnectionMethods(scope.RTCPeerConnection.prototype, registry);
  hookSenders(scope.RTCRtpSender.prototype, registry);
  if (typeof scope.RTCRtpTransceiver === "function") hookTransceivers(scope.RTCRtpTransceiver.prototype, registry);
}

/**
 * @param {typeof globalThis} scope
 * @param {Registry} registry
 */
function hookConstructors(scope, registry) {
  const names = /** @type {Record<string, typeof RTCPeerConnection | undefined>} */ (/** @type {unknown} */ (scope));
  /** @type {Map<object, object>} */
  const proxies = new Map();
  for (const name of CONSTRUCTORS) {
    const native = names[name];
    if (typeof native !== "function") continue;
    let proxy = proxies.get(native);
    if (proxy === undefined) {
      /** @type {object} */
      const made = new Proxy(native, {
        construct(target, args, newTarget) {
          const peer = Reflect.construct(target, args, newTarget === made ? target : newTarget);
          quietly(() => registry.adopt(peer));
          return peer;
        },
      });
      proxy = made;
      proxies.set(native, made);
      redefine(native.prototype, "constructor", made);
    }
    redefine(scope, name, proxy);
  }
}

/**
 * @param {RTCPeerConnection} prototype
 * @param {Registry} registry
 */
function hookConnectionMethods(prototype, registry) {
  /** @type {(peer: RTCPeerConnection) => void} */
  const touch = (peer) => quietly(() => registry.adopt(peer).touch());

  // These also make known what was constructed before the tap was there.
  for (const name of ["setLocalDescription", "setRemoteDescription", "createOffer", "createAnswer"]) {
    hook(prototype, name, (native, peer, args) => {
      const result = Reflect.apply(native, peer, args);
      touch(peer);
      return result;
    });
  }
  hook(prototype, "addTransceiver", (native, peer, args) => {
    const transceiver = /** @type {RTCRtpTransceiver} */ (Reflect.apply(native, peer, args));
    quietly(() => registry.encodingsSet(transceiver.sender, encodingsOf(args[1], "sendEncodings")));
    touch(peer);
    return transceiver;
  });
  hook(prototype, "addTrack", (native, peer, args) => {
    // The browser does not know that the page's track is on a sender whose track is swapped.
    if (registry.natives.getSenders.call(peer).some((sender) => isSwappedFor(registry, sender, args[0]))) {
      throw new DOMException(
        "Failed to execute 'addTrack' on 'RTCPeerConnection': A sender already exists for the track.",
        "InvalidAccessError",
      );
    }
    const result = Reflect.apply(native, peer, args);
    touch(peer);
    return result;
  });
  hook(prototype, "removeTrack", (native, peer, args) => {
    const result = Reflect.apply(native, peer, args);
    quietly(() => registry.swaps.removed(/** @type {RTCRtpSender} */ (args[0])));
    touch(peer);
    return result;
  });
  hook(prototype, "getStats", (native, peer, args) => {
    const sender = args[0]
      ? registry.natives.getSenders.call(peer).find((candidate) => isSwappedFor(registry, candidate, args[0]))
      : undefined;
    return Reflect.apply(native, peer, sender ? [registry.swaps.replacement(sender), ...args.slice(1)] : args);
  });
  hook(prototype, "close", (native, peer, args) => {
    const result = Reflect.apply(native, peer, args);
    quietly(() => registry.adopt(peer).closed());
    return result;
  });
}

/**
 * @param {RTCRtpSender} prototype
 * @param {Registry} registry
 */
function hookSenders(prototype, registry) {
  const changed = () => quietly(() => registry.touchAll());

  hook(prototype, "replaceTrack", (native, sender, args) => {
    const result = registry.swaps.replaceTrack(sender, args, (...given) => Reflect.apply(native, sender, given));
    return afterwards(result, changed);
  });
  hook(prototype, "setParameters", (native, sender, args) => {
    const encodings = encodingsOf(args[0], "encodings");
    return afterwards(Reflect.apply(native, sender, args), () => {
      quietly(() => registry.encodingsSet(sender, encodings));
    });
  });

  const track = Object.getOwnPropertyDescriptor(prototype, "track");
  if (track?.get) {
    Object.defineProperty(prototype, "track", {
      ...track,
      get: new Proxy(track.get, {
        apply: (native, sender, args) =>
          registry.swaps.replacement(sender) === null
            ? Reflect.apply(native, sender, args)
            : registry.swaps.pageTrack(sender),
      }),
    });
  }
}

/**
 * @param {RTCRtpTransceiver} prototype
 * @param {Registry} registry
 */
function hookTransceivers(prototype, registry) {
  hook(prototype, "stop", (native, transceiver, args) => {
    const result = Reflect.apply(native, transceiver, args);
    quietly(() => registry.touchAll());
    return result;
  });
}

/**
 * @param {unknown} options  as the page gave them
 * @param {"encodings" | "sendEncodings"} name
 * @returns {{active?: boolean}[] | undefined} a copy: the page may change its own afterwards
 */
function encodingsOf(options, name) {
  const encodings = /** @type {Record<string, unknown> | null | undefined} */ (options)?.[name];
  return Array.isArray(encodings) ? encodings.map((encoding) => ({ active: encoding?.active !== false })) : undefined;
}

/**
 * @param {Registry} registry
 * @param {RTCRtpSender} sender
 * @param {unknown} track
 */
function isSwappedFor(registry, sender, track) {
  return registry.swaps.replacement(sender) !== null && registry.swaps.pageTrack(sender) === track;
}

/**
 * The same outcome, one promise later: a handler on the page's own promise would hide its unhandled rejections.
 * @template Value
 * @param {Promise<Value>} promise
 * @param {() => void} then
 * @returns {Promise<Value>}
 */
function afterwards(promise, then) {
  if (typeof promise?.then !== "function") return promise;
  return promise.then((value) => {
    then();
    return value;
  });
}

/**
 * Hooks a method where it is: the page may have subclassed the browser's constructor before the tap was there.
 * @template {object} Target
 * @param {Target} target
 * @param {string} name
 * @param {(native: Function, self: Target, args: unknown[]) => unknown} around
 */
function hook(target, name, around) {
  /** @type {object | null} */
  let owner = target;
  while (owner !== null && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner);
  if (owner === null) return;
  const native = Object.getOwnPropertyDescriptor(owner, name)?.value;
  if (typeof native !== "function") return;
  redefine(owner, name, new Proxy(native, { apply: (original, self, args) => around(original, self, args) }));
}

/**
 * @param {object} target
 * @param {string} name
 * @param {unknown} value
 */
function redefine(target, name, value) {
  Object.defineProperty(target, name, { ...Object.getOwnPropertyDescriptor(target, name), value });
}

/** @param {() => void} work */
function quietly(work) {
  try {
    work();
  } catch {
    // The page called the browser, not us: whatever fails here is not its business.
  }
}
