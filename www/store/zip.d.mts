/** What `zip.ts` gives to the page's script, which is checked without the build. */
export function zip(files: readonly { name: string; content: Blob }[]): Promise<Blob>;
