// @ts-check
/** The engine's Worker in a browser that gives it no disk, as in a frame of another site. */
import "./no-disk.mjs";
import "/pkg/worker.mjs";
