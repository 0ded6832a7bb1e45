/**
 * The customer's ears: measures and (on demand) keeps what arrived over the connection.
 *
 * Owns the received track's audio graph. Must never change what is heard.
 */

/** What is listened to, until `end`. */
export interface Ears {
  /** From here on samples are kept: sample 0 of what is taken. Later calls have no effect. */
  begin(): void;
  /** What was kept since the last call, mono, 16-bit little endian. */
  take(): { sampleRateHz: number; pcm16Base64: string };
  /** Stops listening; what was kept can still be taken. */
  end(): void;
}

/** The worklet's address, beside the page. */
const WORKLET_URL = "ears.worklet.js";

/** Speech of normal loudness has a mean level of about 0.05 to 0.15; this shows it in the middle of the meter. */
const METER_GAIN = 5;

/**
 * Starts listening to a received track.
 * @throws DOMException when the worklet cannot be loaded
 */
export async function openEars(track: MediaStreamTrack, { keep, onLevel }: {
  readonly keep: boolean;
  readonly onLevel: (level: number) => void;
}): Promise<Ears> {
  const stream = new MediaStream([track]);
  // In Chromium a received track is silent in Web Audio unless a media element holds its stream, too:
  // https://issues.chromium.org/issues/40094084
  const holder = new Audio();
  holder.muted = true;
  holder.srcObject = stream;

  const context = new AudioContext({ sampleRate: 48_000 });
  await context.audioWorklet.addModule(WORKLET_URL);
  const worklet = new AudioWorkletNode(context, "ears", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
  const source = context.createMediaStreamSource(stream);
  // Measured and kept, not played: at one desk with one loudspeaker the agent would hear an echo.
  source.connect(worklet);
  await context.resume();

  const kept: Int16Array[] = [];
  let begun = false;
  worklet.port.onmessage = ({ data }: MessageEvent<Int16Array>) => {
    onLevel(Math.min(1, METER_GAIN * meanLevel(data)));
    if (keep && begun) kept.push(data);
  };
  return {
    begin: () => {
      begun = true;
    },
    take: () => ({ sampleRateHz: context.sampleRate, pcm16Base64: toBase64(kept.splice(0)) }),
    end: () => {
      worklet.port.onmessage = null;
      holder.srcObject = null;
      void context.close();
    },
  };
}

function meanLevel(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += (sample / 32_768) ** 2;
  return Math.sqrt(sum / Math.max(1, samples.length));
}

function toBase64(blocks: readonly Int16Array[]): string {
  let binary = "";
  for (const block of blocks) binary += String.fromCharCode(...new Uint8Array(block.buffer));
  return btoa(binary);
}
