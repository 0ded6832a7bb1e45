// @ts-check
/**
 * Running something in a task of its own, soon.
 *
 * Owns: one MessageChannel. Timers are throttled in hidden pages, and microtasks would run between two listeners
 * of the page; this does neither.
 */

/** @type {(() => void)[]} */
const queue = [];
/** @type {MessagePort | null} */
let sender = null;

/** @param {() => void} work  runs after the current task and after what is queued already */
export function postTask(work) {
  if (sender === null) {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => queue.shift()?.();
    sender = channel.port2;
  }
  queue.push(work);
  sender.postMessage(null);
}
