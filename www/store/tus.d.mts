/** What `tus.ts` gives to the Worker's script, which is checked without the build. */
export function upload(
  endpoint: string,
  headers: Record<string, string>,
  name: string,
  sha256: string,
  content: Blob,
): Promise<string | number | null>;
