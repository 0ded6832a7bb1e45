/**
 * What the administrator and the agent have set, put together.
 *
 * Owns where it is kept, that the administrator's word counts member by member, and what is taken where nobody said anything.
 * Must never leave the extension's own documents: a token of the store is in it.
 */
import type { CallsealConfig } from "callseal";
import { recordForQuality, recordForQualityIn, recordingNoticeIn } from "../../../pkg/prompts/index.mjs";
import { unread } from "./check";

/** Names in the extension's storage. */
export const KEYS = { configuration: "configuration", floating: "floating", incidents: "incidents" } as const;

/** Names in the administrator's policy (`managed-schema.json`). */
export const MANAGED = { configuration: "configuration", floating: "floatingPanel" } as const;

/** Everything together. */
export interface Settings {
  /** null where nobody has said where recordings go, and for whom. */
  readonly configuration: CallsealConfig | null;
  readonly floating: boolean;
  /** Members of the configuration that the administrator has set. */
  readonly locked: readonly string[];
  /** Why the configuration cannot be used, before the engine could say so; a code. */
  readonly problem: string | null;
}

/** As it lies in the storage: the text that was entered, so that it is shown again as it was. */
export interface Stored {
  readonly local: Readonly<Record<string, unknown>>;
  readonly managed: Readonly<Record<string, unknown>>;
}

/** Reads what is stored. A browser without managed storage has no administrator. */
export async function readStored(): Promise<Stored> {
  const [local, managed] = await Promise.all([
    chrome.storage.local.get([KEYS.configuration, KEYS.floating]),
    chrome.storage.managed.get(null).catch(() => ({})),
  ]);
  return { local, managed };
}

/** Puts it together. */
export function settingsFrom({ local, managed }: Stored): Settings {
  const own = parsed(local[KEYS.configuration]);
  const company = parsed(managed[MANAGED.configuration]);
  const locked = Object.keys(company ?? {});
  const floatingSet = managed[MANAGED.floating] ?? local[KEYS.floating];
  const rest = { floating: floatingSet !== false, locked };
  // What the administrator has written and cannot be read must not be replaced by what the agent has.
  if (company === undefined || own === undefined) return { ...rest, locked: [], configuration: null, problem: "config/invalid" };
  if (own === null && company === null) return { ...rest, configuration: null, problem: null };
  return { ...rest, configuration: withDefaults({ ...own, ...company, ...placeOf(own, company) }), problem: null };
}

/** `store` and `stores` exclude each other: who sets one of them has set both. */
function placeOf(own: object | null, company: object | null): object {
  const { store, stores } = unread(company);
  if (store === undefined && stores === undefined) return {};
  return { ...(own === null ? {} : { store: undefined, stores: undefined }), ...(store === undefined ? {} : { store }), ...(stores === undefined ? {} : { stores }) };
}

/** @returns null where there is nothing, undefined for what is no JSON object */
function parsed(text: unknown): object | null | undefined {
  if (text === undefined || text === null || (typeof text === "string" && text.trim() === "")) return null;
  try {
    const value: unknown = typeof text === "string" ? JSON.parse(text) : text;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The prompts that come with the extension, where no others are named. */
function withDefaults(configuration: object): CallsealConfig {
  const members = Object.fromEntries(Object.entries(configuration).filter(([, value]) => value !== undefined));
  if ("disclosure" in members) return members as unknown as CallsealConfig;
  const furtherDisclosures = [...Object.values(recordForQualityIn), ...Object.values(recordingNoticeIn)];
  return { disclosure: recordForQuality, furtherDisclosures, ...members } as unknown as CallsealConfig;
}
