/**
 * What `pkg/index.d.ts` promises is what `pkg/index.mjs` has: the one is written by hand, the other shipped as it is.
 */
import type { Callseal as Declared, CallsealConfig, CallsealError as DeclaredError } from "../../pkg/index.d.ts";
import { Callseal, CallsealError } from "../../pkg/index.mjs";

type Members = Pick<Declared, keyof Declared>;

export const start: (config: CallsealConfig) => Promise<Members> = (config) => Callseal.start(config);
export const error: Pick<DeclaredError, keyof DeclaredError> = new CallsealError("area/what", "text", { callId: null });
