// @ts-check
/** nginx with its WebDAV module: the plain HTTP store of `docs/stores.md`, write-once by four lines of configuration. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answers, Child, freePorts } from "./child.mjs";
import { callsInFolder, objectsInFolder } from "./files.mjs";
import { RECORDINGS } from "./store-server.mjs";

/**
 * @param {string} folder
 * @param {number} port
 * @param {string} user
 */
const configuration = (folder, port, user) => `
daemon off;
master_process off;
${user}
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/incoming;
  proxy_temp_path ${folder}/t1; fastcgi_temp_path ${folder}/t2; uwsgi_temp_path ${folder}/t3; scgi_temp_path ${folder}/t4;
  server {
    listen 127.0.0.1:${port};
    location /${RECORDINGS}/ {
      root ${folder};
      client_max_body_size 1m;
      dav_methods PUT;
      create_full_put_path on;
      add_header Access-Control-Allow-Origin "$http_origin" always;
      add_header Access-Control-Allow-Methods "PUT, GET, HEAD" always;
      add_header Access-Control-Allow-Headers "authorization, content-type, if-none-match" always;
      add_header Access-Control-Expose-Headers "etag, retry-after" always;
      add_header Access-Control-Max-Age 600 always;
      if ($request_method = OPTIONS) { return 204; }
      set $once $request_method;
      if (-f $request_filename) { set $once "$once again"; }
      if ($once = "PUT again") { return 412; }
    }
  }
}
`;

/**
 * @param {string} program
 * @param {string} folder
 * @returns {Promise<import("./store-server.mjs").StoreServer>}
 */
export async function nginx(program, folder) {
  const [port = 0] = await freePorts(1);
  const root = join(folder, RECORDINGS);
  mkdirSync(root, { recursive: true });
  mkdirSync(join(folder, "incoming"), { recursive: true });
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration(folder, port, process.getuid?.() === 0 ? "user root;" : ""));
  const child = new Child(program, ["-p", folder, "-c", file], { isReady: () => answers(`http://127.0.0.1:${port}/`) });
  return {
    title: "nginx",
    checksContent: false,
    port,
    start: () => child.start(),
    stop: () => child.stop(),
    kill: () => child.kill(),
    objects: async (callId) => objectsInFolder(root, callId),
    calls: async () => callsInFolder(root),
    page: (origin) => ({ kind: "template", url: `${origin}/${RECORDINGS}/{name}` }),
  };
}
