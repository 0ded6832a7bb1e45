/**
 * Uploads by tus 1.0 in the engine's Worker, bundled with the library that speaks it: `pkg/dist/tus.mjs`.
 *
 * Owns how an upload that was cut is found again, also by a later page: its address is kept by name and hash. Must never
 * decide what an answer means, nor remove anything from the server.
 */
import { createStore, del, entries, get, set } from "idb-keyval";
import { DetailedError, type PreviousUpload, Upload, type UrlStorage } from "tus-js-client";

/** Addresses of uploads are kept this long, in milliseconds: servers forget unfinished ones after days. */
const KEPT_MS = 30 * 24 * 3_600_000;

/** Pauses between tries within one attempt, in milliseconds; behind them the engine's own queue has its turn. */
const RETRY_DELAYS_MS = [500, 1_000, 2_000];

/** Database of its own: nobody else's keys are listed. */
const known = createStore("callseal-tus", "uploads");

/** Where uploads lie, by what they are of. A page that may keep nothing begins anew each time. */
const urlStorage: UrlStorage = {
  async findAllUploads() {
    return (await entries<string, PreviousUpload>(known)).map(([, upload]) => upload);
  },
  async findUploadsByFingerprint(fingerprint) {
    const upload = await get<PreviousUpload>(fingerprint, known).catch(() => undefined);
    return upload === undefined ? [] : [upload];
  },
  async removeUpload(key) {
    await del(key, known).catch(() => undefined);
  },
  async addUpload(fingerprint, upload) {
    await set(fingerprint, { ...upload, urlStorageKey: fingerprint }, known).catch(() => undefined);
    return fingerprint;
  },
};

/** Forgets addresses that no server knows any more. */
async function sweep(): Promise<void> {
  const oldest = Date.now() - KEPT_MS;
  for (const [key, { creationTime }] of await entries<string, PreviousUpload>(known)) {
    if (Date.parse(creationTime) < oldest) await del(key, known);
  }
}
void sweep().catch(() => undefined);

/**
 * Uploads `content`, from where an earlier try was cut.
 *
 * @returns the upload's address; or the status code of a refusal; or null if nothing answered
 */
export async function upload(
  endpoint: string,
  headers: Record<string, string>,
  name: string,
  sha256: string,
  content: Blob,
): Promise<string | number | null> {
  const { promise, resolve } = withResolvers<string | number | null>();
  const sending = new Upload(content, {
    endpoint,
    headers,
    metadata: { name, sha256 },
    uploadSize: content.size,
    retryDelays: RETRY_DELAYS_MS,
    urlStorage,
    fingerprint: async () => `${endpoint} ${name} ${sha256}`,
    // Its address may be needed again: the engine may die before it is told that all is there.
    removeFingerprintOnSuccess: false,
    onSuccess: () => resolve(sending.url),
    onError: (error) => resolve(error instanceof DetailedError ? (error.originalResponse?.getStatus() ?? null) : null),
  });
  const [previous] = await sending.findPreviousUploads().catch(() => []);
  if (previous !== undefined) sending.resumeFromPreviousUpload(previous);
  sending.start();
  return promise;
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
