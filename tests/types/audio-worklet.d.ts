/**
 * What an AudioWorkletGlobalScope has and TypeScript's libraries leave out (W3C Web Audio API 1.1, section 1.32).
 * Only `tsconfig.worklet.json` sees it: no page has these.
 */

/** Frame of the block being processed, counted from the context's start. */
declare const currentFrame: number;
/** Seconds since the context's start. */
declare const currentTime: number;
/** Frames per second of the context. */
declare const sampleRate: number;

declare abstract class AudioWorkletProcessor {
  constructor(options?: AudioWorkletNodeOptions);
  readonly port: MessagePort;
  /** Returns whether it is to be called again even when nothing is connected. */
  abstract process(inputs: Float32Array[][], outputs: Float32Array[][], parameters: Record<string, Float32Array>): boolean;
}

declare function registerProcessor(
  name: string,
  processor: new (options: AudioWorkletNodeOptions) => AudioWorkletProcessor,
): void;
