/**
 * Encryption of what is stored. One random data key seals every record; it is wrapped by a key that never
 * leaves this browser's storage, and that by a key from the PIN. So neither the PIN alone, on a copy of the
 * data, nor the phone alone, without the PIN, opens anything.
 */

import { Failure } from "./fault.ts";
import type { Store } from "./store.ts";

const ROUNDS = 600_000;
const NONCE_BYTES = 12;
/** Wrong PINs before each further one costs a wait; the waits double up to an hour. Nothing is ever wiped. */
const FREE_ATTEMPTS = 5;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 60 * 60 * 1000;

/** What an attempt costs that cannot be counted. */
const FULL_DISK_PAUSE_MS = 3_000;

/** What is stored of it, as the setting `vault`. */
interface VaultRecord {
  salt: Uint8Array<ArrayBuffer>;
  rounds: number;
  /** Not extractable: it can be used here and copied nowhere. */
  deviceKey: CryptoKey;
  /** The data key, wrapped twice. */
  wrapped: Uint8Array<ArrayBuffer>;
  wrongPins: number;
  waitUntil: number;
}

export class Vault {
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** A new vault under a PIN; with the record that is to be stored as the setting `vault`. */
  static async make(pin: string): Promise<{ vault: Vault; record: unknown }> {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    const usages: KeyUsage[] = ["encrypt", "decrypt"];
    const deviceKey = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, usages);
    const record = await wrap(bytes, deviceKey, pin);
    return { vault: new Vault(await dataKey(bytes)), record };
  }

  /** Whether there is a vault in this storage. */
  static async exists(store: Store): Promise<boolean> {
    return (await store.get("settings", "vault")) !== undefined;
  }

  /** Opens the vault. A wrong PIN is counted before it is tried, so that killing the app gains no attempt. */
  static async unlock(store: Store, pin: string): Promise<Vault> {
    return new Vault(await dataKey(await unwrap(store, pin)));
  }

  /** Wraps the data key by another PIN. */
  static async changePin(store: Store, before: string, after: string): Promise<void> {
    const bytes = await unwrap(store, before);
    const record = (await store.get<VaultRecord>("settings", "vault")) as VaultRecord;
    await store.write([{ store: "settings", key: "vault", value: await wrap(bytes, record.deviceKey, after) }]);
  }

  /** Seals bytes for one place of the storage: elsewhere they do not open. */
  async seal(place: string, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    return seal(this.#key, bytes, place);
  }

  async open(place: string, sealed: Uint8Array): Promise<Uint8Array> {
    try {
      return await open(this.#key, sealed, place);
    } catch {
      throw new Failure("storage-lost", `what lies at ${place.split("/")[0]} does not open`);
    }
  }
}

async function unwrap(store: Store, pin: string): Promise<Uint8Array<ArrayBuffer>> {
  const record = await store.get<VaultRecord>("settings", "vault");
  if (!record) throw new Failure("storage-lost", "there is no vault");
  const now = Date.now();
  // A clock that was set back does not make the wait longer than it may be.
  if (record.waitUntil > now && record.waitUntil - now <= LONGEST_WAIT_MS) {
    throw new Failure("pin-wait", undefined, record.waitUntil);
  }
  const wrongPins = record.wrongPins + 1;
  const over = wrongPins - FREE_ATTEMPTS;
  const wait = over < 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** over, LONGEST_WAIT_MS);
  const counted: VaultRecord = { ...record, wrongPins, waitUntil: wait ? now + wait : 0 };
  await noted(store, counted);
  const key = await pinKey(pin, record.salt, record.rounds);
  let inner: Uint8Array;
  try {
    inner = await open(key, record.wrapped, "vault/pin");
  } catch {
    throw wait ? new Failure("pin-wait", undefined, now + wait) : new Failure("wrong-pin");
  }
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await open(record.deviceKey, inner, "vault/device"));
  } catch {
    throw new Failure("storage-lost", "the key of this phone does not fit");
  }
  await noted(store, { ...record, wrongPins: 0, waitUntil: 0 });
  return bytes;
}

/** Writes the count of attempts. Where the disk is full, whoever knows the PIN must get in all the same, to send. */
async function noted(store: Store, value: VaultRecord): Promise<void> {
  try {
    await store.write([{ store: "settings", key: "vault", value }]);
  } catch (thrown) {
    if (!(thrown instanceof Failure && thrown.code === "storage-full")) throw thrown;
    await new Promise((resolve) => setTimeout(resolve, FULL_DISK_PAUSE_MS));
  }
}

async function wrap(bytes: Uint8Array, deviceKey: CryptoKey, pin: string): Promise<VaultRecord> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const inner = await seal(deviceKey, bytes, "vault/device");
  const wrapped = await seal(await pinKey(pin, salt, ROUNDS), inner, "vault/pin");
  return { salt, rounds: ROUNDS, deviceKey, wrapped, wrongPins: 0, waitUntil: 0 };
}

function dataKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** A key from a PIN or passcode. */
export async function pinKey(pin: string, salt: Uint8Array<ArrayBuffer>, iterations: number): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveKey"]);
  const derivation = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(derivation, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** 12 random bytes, then the ciphertext with its tag; `place` is bound to it. */
export async function seal(key: CryptoKey, bytes: Uint8Array, place: string): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const additionalData = new TextEncoder().encode(place);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, bytes as BufferSource);
  const joined = new Uint8Array(NONCE_BYTES + sealed.byteLength);
  joined.set(iv);
  joined.set(new Uint8Array(sealed), NONCE_BYTES);
  return joined;
}

/** Opens {@link seal}; throws where the key, the place or the bytes are others. */
export async function open(key: CryptoKey, sealed: Uint8Array, place: string): Promise<Uint8Array> {
  const iv = sealed.slice(0, NONCE_BYTES);
  const additionalData = new TextEncoder().encode(place);
  const rest = sealed.slice(NONCE_BYTES);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, rest));
}
