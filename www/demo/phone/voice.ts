/**
 * One end's voice: a live audio track from a microphone, or from a clip played through Web Audio.
 *
 * Owns the choice of the source and its clean-up. Must never process what is said.
 */
import type { VoiceSource } from "./signal";

/** A voice that can be sent. */
export interface Voice {
  /** Holds exactly one live audio track. */
  readonly stream: MediaStream;
  /** Lets a clip begin (at its first sample). A microphone is live already. */
  begin(): void;
  /** Ends the track and frees the device or the audio graph. */
  end(): void;
}

/**
 * A headset does its own echo cancelling and levelling; the browser's would be a second one, which costs speech.
 * https://www.w3.org/TR/mediacapture-streams/#def-constraint-echoCancellation
 */
const HEADSET: MediaTrackConstraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/**
 * Opens a source.
 * @throws DOMException when the microphone is refused or the clip cannot be decoded
 */
export async function openVoice(source: VoiceSource): Promise<Voice> {
  if (source.kind === "microphone") {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: HEADSET });
    return { stream, begin: () => undefined, end: () => stopTracks(stream) };
  }
  const bytes = source.kind === "file" ? await source.file.arrayBuffer() : await fetchClip(source.url);
  return playClip(bytes);
}

async function fetchClip(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The clip ${url} cannot be read (status ${response.status}).`);
  return response.arrayBuffer();
}

async function playClip(bytes: ArrayBuffer): Promise<Voice> {
  const context = new AudioContext();
  try {
    const clip = context.createBufferSource();
    clip.buffer = await context.decodeAudioData(bytes);
    const destination = context.createMediaStreamDestination();
    destination.channelCount = 1;
    clip.connect(destination);
    await context.resume();
    return {
      stream: destination.stream,
      begin: () => clip.start(),
      end: () => {
        stopTracks(destination.stream);
        void context.close();
      },
    };
  } catch (error) {
    await context.close();
    throw error;
  }
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
