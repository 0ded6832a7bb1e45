/* tslint:disable */
/* eslint-disable */

/**
 * A plaintext, and the room for what becomes of it.
 */
export class Bench {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * With so many bytes.
     */
    constructor(bytes: number);
    /**
     * The cipher of aes-gcm 0.10.3 alone, over pieces of the same length.
     */
    peer(): number;
    /**
     * A whole stream of the format: key derivation, nonces, tags, copies and wiping counted.
     */
    seal(): number;
}

/**
 * The engine as JavaScript sees it. One per Worker.
 */
export class Engine {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Takes a captured block of the call: both channels, 960 samples each (copied).
     */
    block(call_id: string, frame: number, wall_ms: number, left: Float32Array, right: Float32Array): void;
    /**
     * Takes the decoded prompt of the call (mono, 48 kHz; copied).
     */
    disclosureAudio(call_id: string, samples: Float32Array): void;
    /**
     * Takes a message of the page (`PageMessage` in `protocol.mjs`). A message of the wrong shape is refused and
     * reported; nothing changes.
     */
    handle(message: any): void;
    /**
     * What the browser says is left on the disk for this origin, bytes.
     */
    leftOnDisk(bytes: number): void;
    /**
     * What the spool holds of a call: a list of object names and contents (`[string, Blob][]`), sealed as they are.
     *
     * # Errors
     * `spool/failed` if there is nothing.
     */
    spooledFiles(call_id: string): Promise<Array<any>>;
    /**
     * Time passes: call it about ten times a second.
     */
    tick(): void;
}

/**
 * Starts an engine: validates the configuration, checks the encoder, looks for what a crash left behind. `post` is
 * called with every message for the page; `helpers` has the functions `grant` and `tus` (`web::upload`); `resumes` names the
 * calls of a dead engine that the page will have taken over.
 *
 * # Errors
 * An `Error` with a `code`, for example `config/invalid`.
 */
export function startEngine(config: any, post: Function, helpers: any, resumes: string[]): Promise<Engine>;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_bench_free: (a: number, b: number) => void;
    readonly bench_new: (a: number) => number;
    readonly bench_peer: (a: number) => number;
    readonly bench_seal: (a: number) => number;
    readonly __wbg_engine_free: (a: number, b: number) => void;
    readonly engine_block: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number) => void;
    readonly engine_disclosureAudio: (a: number, b: number, c: number, d: number, e: number) => void;
    readonly engine_handle: (a: number, b: any) => void;
    readonly engine_leftOnDisk: (a: number, b: number) => void;
    readonly engine_spooledFiles: (a: number, b: number, c: number) => any;
    readonly engine_tick: (a: number) => void;
    readonly startEngine: (a: any, b: any, c: any, d: number, e: number) => any;
    readonly wasm_bindgen__convert__closures_____invoke__h1857d45d4cd5300d: (a: number, b: number, c: any) => [number, number];
    readonly wasm_bindgen__convert__closures_____invoke__h0084a4b1c97880bb: (a: number, b: number, c: any, d: any) => void;
    readonly wasm_bindgen__convert__closures_____invoke__h1857d45d4cd5300d_3: (a: number, b: number, c: any) => [number, number];
    readonly wasm_bindgen__convert__closures_____invoke__h0084a4b1c97880bb_15: (a: number, b: number, c: any, d: any) => void;
    readonly wasm_bindgen__convert__closures_____invoke__h0084a4b1c97880bb_16: (a: number, b: number, c: any, d: any) => void;
    readonly wasm_bindgen__convert__closures_____invoke__h3f8ba40be46b2292: (a: number, b: number, c: any) => void;
    readonly wasm_bindgen__convert__closures_____invoke__h252eea6a695e99aa: (a: number, b: number) => void;
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __wbindgen_destroy_closure: (a: number, b: number) => void;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path?: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
