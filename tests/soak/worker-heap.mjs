// @ts-check
/**
 * The JavaScript heap of a page's dedicated Worker, read by the browser's debugging protocol.
 *
 * Owns the session with the Worker. Must never be needed by the product: it measures from outside.
 */

/** How long the browser may take to answer, in milliseconds. */
const ANSWER_LIMIT_MS = 10_000;

/**
 * @param {import("playwright-core").Page} page
 * @returns {Promise<() => Promise<number>>} collects garbage, then gives the bytes in use
 */
export async function watchWorkerHeap(page) {
  const session = await page.context().newCDPSession(page);
  let sent = 0;
  /** @type {Map<number, (answer: any) => void>} */
  const waiting = new Map();
  session.on("Target.receivedMessageFromTarget", ({ message }) => {
    const answer = JSON.parse(message);
    waiting.get(answer.id)?.(answer);
  });
  /** @type {Promise<string>} */
  const attached = new Promise((resolve) => {
    session.on("Target.attachedToTarget", ({ sessionId, targetInfo }) => targetInfo.type === "worker" && resolve(sessionId));
  });
  // Without `flatten` the Worker's messages come wrapped, which is the only form playwright-core passes on.
  await session.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  /** @param {string} method @returns {Promise<any>} */
  const ask = async (method) => {
    const sessionId = await attached;
    const id = ++sent;
    /** @type {Promise<any>} */
    const answer = new Promise((resolve, reject) => {
      waiting.set(id, resolve);
      setTimeout(() => reject(new Error(`${method} of the Worker was not answered`)), ANSWER_LIMIT_MS).unref();
    });
    await session.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id, method }) });
    const { result, error } = await answer;
    waiting.delete(id);
    if (error !== undefined) throw new Error(`${method} of the Worker: ${error.message}`);
    return result;
  };
  return async () => {
    await ask("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize = 0 } = await ask("Runtime.getHeapUsage");
    return usedSize + backingStorageSize;
  };
}
