// @ts-check
/** The process of a tus server: `node tus-process.mjs PORT FOLDER`. */
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";
import { createServer } from "node:http";

const [port, folder = ""] = process.argv.slice(2);
const tus = new Server({ path: "/files", datastore: new FileStore({ directory: folder }), respectForwardedHeaders: false });
// An aborted request makes version 2.4.5 throw where nothing can catch it; the server itself is none the worse.
process.on("uncaughtException", (error) => {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ERR_INVALID_STATE") throw error;
});
createServer((request, response) => void tus.handle(request, response)).listen(Number(port), "127.0.0.1");
