/**
 * What the panel needs from the package's facade, as the package publishes it.
 *
 * Owns this one boundary. The panel renders what comes through it and decides nothing.
 */
export type { Answer, Snapshot, StorageSnapshot } from "callseal";
export type { PanelSource } from "callseal/panel";
export type { RecorderReport } from "callseal/recorders";
