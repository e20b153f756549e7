/** Photos: made small, sealed and kept; sent by tus 1.0 to the hub, piece by piece, after the changes that name them. */

import type { PhotoState } from "./api.ts";
import { Failure } from "./fault.ts";
import { NotFound, type Hub } from "./hub.ts";
import { network } from "./network.ts";
import type { Record as StoreRecord, Store } from "./store.ts";
import type { Vault } from "./vault.ts";

const SIDE_PX_MAX = 1280;
const PHOTO_BYTES_MAX = 200_000;
/** Lowered until the photo is small enough; then its sides are. */
const QUALITIES = [0.82, 0.72, 0.62, 0.52, 0.42];
const SHRINKS_MAX = 6;
const PIECE_BYTES = 64 * 1024;
const SMALL_PIECE_BYTES = 16 * 1024;
/** A photo that the hub has stays here so long, to be looked at without a network. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;
const TUS = { "Tus-Resumable": "1.0.0" };

/** What is known of a photo; its bytes lie sealed beside it, under `<sha256>/bytes`. */
interface Photo {
  sha256: string;
  household: string;
  kind: "photo" | "signature";
  bytes: number;
  sent: number;
  isSent: boolean;
  takenAt: number;
}

export class Pictures {
  #photos = new Map<string, Photo>();

  private constructor(
    readonly store: Store,
    readonly vault: Vault,
  ) {}

  /** The photos of this phone; those that were sent long ago are let go. */
  static async of(store: Store, vault: Vault): Promise<Pictures> {
    const pictures = new Pictures(store, vault);
    const keys = (await store.keys("photos")).filter((key) => !String(key).includes("/"));
    for (const photo of await store.getMany<Photo>("photos", keys)) {
      if (!photo) continue;
      if (photo.isSent && Date.now() - photo.takenAt > KEPT_MS) await store.write(without(photo.sha256));
      else pictures.#photos.set(photo.sha256, photo);
    }
    return pictures;
  }

  get unsent(): number {
    return [...this.#photos.values()].filter(({ isSent }) => !isSent).length;
  }

  states(): PhotoState[] {
    const unsent = [...this.#photos.values()].filter(({ isSent }) => !isSent);
    return unsent.map(({ sha256, bytes, sent }) => ({ sha256, bytes, sent }));
  }

  /** A picture as it is to be kept: its name for the answer, and the records to write with the answer. */
  async take(picture: Blob, household: string, kind: Photo["kind"]): Promise<{ sha256: string; records: StoreRecord[] }> {
    const small = new Uint8Array(await (await shrunk(picture)).arrayBuffer());
    const sha256 = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", small)));
    const known = this.#photos.get(sha256);
    const photo: Photo = known ?? {
      sha256, household, kind, bytes: small.length, sent: 0, isSent: false, takenAt: Date.now(),
    };
    const sealed = await this.vault.seal(`photos/${sha256}`, small);
    const records: StoreRecord[] = [
      { store: "photos", key: sha256, value: photo },
      { store: "photos", key: `${sha256}/bytes`, value: sealed },
    ];
    return { sha256, records };
  }

  /** The records of {@link take} were written. */
  async took(sha256: string): Promise<void> {
    const photo = await this.store.get<Photo>("photos", sha256);
    if (photo) this.#photos.set(sha256, photo);
  }

  /** A picture of this phone, or of the hub where this phone has it not. */
  async show(sha256: string, hub: Hub | undefined): Promise<Blob | null> {
    const sealed = await this.store.get<Uint8Array>("photos", `${sha256}/bytes`);
    if (sealed) return new Blob([(await this.vault.open(`photos/${sha256}`, sealed)) as BlobPart], { type: "image/jpeg" });
    try {
      return hub ? await (await hub.send(`/api/v1/photos/${sha256}`)).blob() : null;
    } catch {
      return null;
    }
  }

  /** The households were erased: their pictures go, too. */
  async erase(households: string[]): Promise<void> {
    for (const { sha256, household } of [...this.#photos.values()]) {
      if (!households.includes(household)) continue;
      await this.store.write(without(sha256));
      this.#photos.delete(sha256);
    }
  }

  /**
   * Sends what is not sent, after the hub said how much of each it has: so what broke off goes on from there,
   * whatever this phone knew. On a slow network nothing is sent unless a person asked for it.
   */
  async send(hub: Hub, isAsked: boolean, moved: () => void): Promise<void> {
    if (network().isSlow && !isAsked) return;
    let refused: Failure | undefined;
    for (const photo of [...this.#photos.values()].filter(({ isSent }) => !isSent)) {
      try {
        await this.#send(hub, photo, moved);
      } catch (thrown) {
        // Its household was erased; otherwise the hub takes no photos yet, and the photo waits here.
        if (thrown instanceof NotFound) {
          if (thrown.detail === "photo-erased") await this.erase([photo.household]);
        } else if (thrown instanceof Failure && thrown.code === "hub-fault") {
          // What the hub refuses of one photo keeps no other from it.
          refused = thrown;
        } else {
          throw thrown;
        }
      }
    }
    if (refused) throw refused;
  }

  async #send(hub: Hub, photo: Photo, moved: () => void): Promise<void> {
    const sealed = await this.store.get<Uint8Array>("photos", `${photo.sha256}/bytes`);
    if (!sealed) return;
    const bytes = await this.vault.open(`photos/${photo.sha256}`, sealed);
    let { location, offset } = await this.#offer(hub, photo);
    while (offset < bytes.length) {
      await this.#remember({ ...photo, sent: offset });
      moved();
      const piece = bytes.slice(offset, offset + (network().isSlow ? SMALL_PIECE_BYTES : PIECE_BYTES));
      const headers = { ...TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(offset) };
      const answer = await hub.send(location, { method: "PATCH", headers, body: piece });
      const next = number(answer, "Upload-Offset");
      if (next <= offset) throw new Failure("hub-fault", "an upload does not move");
      offset = next;
    }
    await this.#remember({ ...photo, sent: bytes.length, isSent: true });
    moved();
  }

  /** Offers a photo, as often as needed: gives where its bytes go, and how many are there. */
  async #offer(hub: Hub, { sha256, bytes, kind }: Photo): Promise<{ location: string; offset: number }> {
    const metadata = `sha256 ${btoa(sha256)},kind ${btoa(kind)}`;
    const headers = { ...TUS, "Upload-Length": String(bytes), "Upload-Metadata": metadata };
    const answer = await hub.send("/api/v1/photos", { method: "POST", headers });
    const location = answer.headers.get("Location");
    if (!location) throw new Failure("hub-fault", "an upload has no place");
    // The path alone: behind a proxy the hub may not know its own name.
    return { location: new URL(location, self.location.origin).pathname, offset: number(answer, "Upload-Offset") };
  }

  async #remember(photo: Photo): Promise<void> {
    await this.store.write([{ store: "photos", key: photo.sha256, value: photo }]);
    this.#photos.set(photo.sha256, photo);
  }
}

function without(sha256: string): StoreRecord[] {
  return [sha256, `${sha256}/bytes`].map((key) => ({ store: "photos", key, value: undefined }));
}

function number(answer: Response, header: string): number {
  const value = Number(answer.headers.get(header) ?? "0");
  if (!Number.isSafeInteger(value) || value < 0) throw new Failure("hub-fault", `${header} is no number`);
  return value;
}

/** A JPEG of at most 1280 pixels a side and 200 kB. Made of pixels alone, it holds nothing of where and when. */
async function shrunk(picture: Blob): Promise<Blob> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(picture, { imageOrientation: "from-image" });
  } catch {
    throw new Failure("photo-unreadable");
  }
  try {
    let scale = Math.min(1, SIDE_PX_MAX / Math.max(bitmap.width, bitmap.height));
    for (let shrinks = 0; shrinks < SHRINKS_MAX; shrinks += 1, scale *= 0.75) {
      const canvas = drawn(bitmap, scale);
      for (const quality of QUALITIES) {
        const small = await canvas.convertToBlob({ type: "image/jpeg", quality });
        if (small.size <= PHOTO_BYTES_MAX) return small;
      }
    }
  } finally {
    bitmap.close();
  }
  throw new Failure("photo-unreadable", "it does not become small enough");
}

function drawn(bitmap: ImageBitmap, scale: number): OffscreenCanvas {
  const size = (side: number) => Math.max(1, Math.round(side * scale));
  const canvas = new OffscreenCanvas(size(bitmap.width), size(bitmap.height));
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Failure("photo-unreadable", "nothing can be drawn");
  // What is transparent, in a drawn signature, is white.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
