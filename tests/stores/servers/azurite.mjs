// @ts-check
/** Azurite: Azure Blob Storage as its makers emulate it. */
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { answers, Child, freePorts } from "./child.mjs";
import { ANY_ORIGIN, byName, callsOf, RECORDINGS } from "./store-server.mjs";

/** The account that every Azurite has. It is public: Azurite's documentation prints it. */
const ACCOUNT = "devstoreaccount1";
const ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/**
 * @param {string} program
 * @param {string} folder
 * @returns {Promise<import("./store-server.mjs").StoreServer>}
 */
export async function azurite(program, folder) {
  const [port = 0] = await freePorts(1);
  const words = ["--silent", "--blobHost", "127.0.0.1", "--blobPort", `${port}`, "--location", folder, "--skipApiVersionCheck", "--disableTelemetry"];
  const child = new Child(program, words, { isReady: () => answers(`http://127.0.0.1:${port}/`) });
  const service = new BlobServiceClient(`http://127.0.0.1:${port}/${ACCOUNT}`, new StorageSharedKeyCredential(ACCOUNT, ACCOUNT_KEY));
  const container = service.getContainerClient(RECORDINGS);
  const names = async (/** @type {string} */ prefix) => {
    const found = [];
    for await (const { name } of container.listBlobsFlat({ prefix })) found.push(name);
    return found;
  };
  return {
    title: "Azurite",
    checksContent: true,
    port,
    start: async () => {
      await child.start();
      await container.createIfNotExists();
      const cors = { allowedOrigins: ANY_ORIGIN, allowedMethods: "PUT,GET,HEAD", allowedHeaders: "*", exposedHeaders: "*", maxAgeInSeconds: 600 };
      await service.setProperties({ cors: [cors] });
    },
    stop: () => child.stop(),
    // Azurite writes its index now and then: killed, it forgets what it has acknowledged, which no client can help.
    kill: () => child.stop(),
    objects: async (callId) => byName(await Promise.all((await names(`${callId}/`)).map(async (name) => ({ name, bytes: await container.getBlobClient(name).downloadToBuffer() })))),
    calls: async () => callsOf(await names("")),
    serve: (origin) => ({
      store: `azblob://${RECORDINGS}?endpoint=${origin}/${ACCOUNT}&account=${ACCOUNT}`,
      env: { AZURE_STORAGE_ACCOUNT_NAME: ACCOUNT, AZURE_STORAGE_ACCOUNT_KEY: ACCOUNT_KEY },
    }),
  };
}
