// @ts-check
/** The engine's Worker as it is shipped, in compressed time: nothing but the order of these two. */
import "./clock.mjs";
import "/pkg/worker.mjs";
