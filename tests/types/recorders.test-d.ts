/**
 * What `pkg/recorders.d.ts` promises is what `pkg/recorders.mjs` has: the one is written by hand, the other shipped as it is.
 */
import type * as declared from "../../pkg/recorders.d.ts";
import * as shipped from "../../pkg/recorders.mjs";

type Members = Pick<declared.RecorderKeeper, keyof declared.RecorderKeeper>;
type Functions = Omit<typeof declared, "RecorderKeeper">;

export const functions: Functions = shipped;
export const keeper: Members = new shipped.RecorderKeeper([{ name: "a", readsBack: true }], { graceMs: 0 });
