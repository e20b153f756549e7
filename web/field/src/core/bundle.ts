/**
 * Bundles: unsent changes as a text file, for a colleague's phone or a memory card. PROTOCOL.md, "Bundles",
 * has the format.
 */

import { Failure } from "./fault.ts";
import { open, pinKey, seal } from "./vault.ts";

const ROUNDS = 600_000;
const SALT_BYTES = 16;
const COLUMNS = 76;
/** A bundle of more bytes is none. */
const FILE_BYTES_MAX = 32 * 1024 * 1024;
const FIRST_LINE = /^samruat bundle (\d+) (\d{6})$/;

/** Eight digits, each as likely as the others. */
export function drawPasscode(): string {
  for (;;) {
    const [drawn] = crypto.getRandomValues(new Uint32Array(1)) as unknown as [number];
    if (drawn < 4_200_000_000) return String(drawn % 100_000_000).padStart(8, "0");
  }
}

/** The file's text. */
export async function wrapBundle(content: Uint8Array, tambon: string, passcode: string): Promise<string> {
  const first = `samruat bundle 1 ${tambon}`;
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const sealed = await seal(await pinKey(passcode, salt, ROUNDS), content, first);
  const bytes = new Uint8Array(SALT_BYTES + sealed.length);
  bytes.set(salt);
  bytes.set(sealed, SALT_BYTES);
  const lines = base64(bytes).match(new RegExp(`.{1,${COLUMNS}}`, "g")) ?? [];
  return `${[first, ...lines].join("\n")}\n`;
}

/** The content of a bundle of this tambon. */
export async function unwrapBundle(file: Blob, tambon: string, passcode: string): Promise<Uint8Array> {
  if (file.size > FILE_BYTES_MAX) throw new Failure("not-a-bundle", "it is too large");
  // Programs that pass texts on may have changed the ends of lines, or put a mark before the first.
  const [first = "", ...rest] = (await file.text()).replace(/^\uFEFF/, "").split(/\r?\n/);
  const head = FIRST_LINE.exec(first.trim());
  if (!head) throw new Failure("not-a-bundle");
  if (head[1] !== "1") throw new Failure("app-too-old", `a bundle of version ${head[1]}`);
  if (head[2] !== tambon) throw new Failure("bundle-of-another-tambon", head[2]);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.from(atob(rest.join("").replace(/\s/g, "")), (letter) => letter.charCodeAt(0));
  } catch {
    throw new Failure("not-a-bundle", "its text is damaged");
  }
  const key = await pinKey(digits(passcode), bytes.slice(0, SALT_BYTES), ROUNDS);
  try {
    return await open(key, bytes.slice(SALT_BYTES), first.trim());
  } catch {
    throw new Failure("wrong-passcode");
  }
}

/** A passcode as it is typed: with spaces, or in Thai digits. */
function digits(passcode: string): string {
  return passcode.replace(/[๐-๙]/g, (digit) => String(digit.charCodeAt(0) - 0x0e50)).replace(/\D/g, "");
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
