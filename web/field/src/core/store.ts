/**
 * The storage: an IndexedDB database. What a write says is on the disk when it returns (strict durability),
 * all of it or nothing. It knows nothing of keys: what is sealed was sealed before.
 */

import { Failure, failure } from "./fault.ts";

/** The stores, and what lies in them. A name never changes its meaning; see {@link MIGRATIONS}. */
export const STORES = ["settings", "households", "index", "outbox", "drafts", "photos", "forms", "frames", "villages"] as const;
export type StoreName = (typeof STORES)[number];

/** What leads from each version of the schema to the next, from an empty database on. */
const MIGRATIONS: ((database: IDBDatabase, transaction: IDBTransaction) => void)[] = [
  (database) => {
    for (const name of ["settings", "households", "index", "outbox", "drafts", "photos", "forms", "frames"]) {
      database.createObjectStore(name);
    }
  },
  // What rosters say of villages. It is empty until a sync has fetched it: what was told at enrolment serves meanwhile.
  (database) => {
    database.createObjectStore("villages");
  },
];

export type Key = string | number;

/** One record to write; `undefined` deletes it. */
export interface Record {
  store: StoreName;
  key: Key;
  value: unknown;
}

export class Store {
  readonly #database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.#database = database;
  }

  /** Opens the database, made or brought up to date where needed. `lost` is told when the browser closes it. */
  static async open(name: string, lost: () => void = () => {}): Promise<Store> {
    const request = indexedDB.open(name, MIGRATIONS.length);
    request.onupgradeneeded = ({ oldVersion }) => {
      const transaction = request.transaction as IDBTransaction;
      for (const migrate of MIGRATIONS.slice(oldVersion)) migrate(request.result, transaction);
    };
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(unopened(request.error));
      request.onblocked = () => reject(new Failure("open-elsewhere", "the storage is open elsewhere"));
    });
    database.onversionchange = () => {
      database.close();
      lost();
    };
    database.onclose = lost;
    return new Store(database);
  }

  static delete(name: string): Promise<void> {
    return settled(indexedDB.deleteDatabase(name)).then(() => {});
  }

  close(): void {
    this.#database.close();
  }

  async get<T>(store: StoreName, key: Key): Promise<T | undefined> {
    return (await settled(this.#read(store).get(key))) as T | undefined;
  }

  /** The values under these keys, in their order. */
  async getMany<T>(store: StoreName, keys: Key[]): Promise<(T | undefined)[]> {
    const read = this.#read(store);
    return Promise.all(keys.map((key) => settled(read.get(key)) as Promise<T | undefined>));
  }

  /** Everything in a store, by key. */
  async all<T>(store: StoreName): Promise<[Key, T][]> {
    const read = this.#read(store);
    const [keys, values] = await Promise.all([settled(read.getAllKeys()), settled(read.getAll())]);
    return keys.map((key, at) => [key as Key, values[at] as T]);
  }

  async keys(store: StoreName): Promise<Key[]> {
    return (await settled(this.#read(store).getAllKeys())) as Key[];
  }

  #read(store: StoreName): IDBObjectStore {
    try {
      return this.#database.transaction(store, "readonly").objectStore(store);
    } catch (thrown) {
      throw lostOr(thrown);
    }
  }

  /** Writes all of these records or none; durable when it returns. */
  async write(records: Record[]): Promise<void> {
    if (records.length === 0) return;
    const names = [...new Set(records.map(({ store }) => store))];
    let transaction: IDBTransaction;
    try {
      transaction = this.#database.transaction(names, "readwrite", { durability: "strict" });
    } catch (thrown) {
      throw lostOr(thrown);
    }
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(failure(transaction.error ?? new DOMException("aborted", "AbortError")));
    });
    try {
      for (const { store, key, value } of records) {
        const objects = transaction.objectStore(store);
        if (value === undefined) objects.delete(key);
        else objects.put(value, key);
      }
      transaction.commit();
    } catch (thrown) {
      try {
        transaction.abort();
      } catch {
        // It had ended by itself.
      }
      await done.catch(() => {});
      throw lostOr(thrown);
    }
    await done;
  }

  /** Empties every store. */
  async clear(): Promise<void> {
    const transaction = this.#database.transaction([...STORES], "readwrite", { durability: "strict" });
    for (const name of STORES) transaction.objectStore(name).clear();
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(failure(transaction.error));
    });
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(lostOr(request.error));
  });
}

function unopened(error: DOMException | null): Failure {
  const known = failure(error);
  return known.code === "internal" ? new Failure("storage-lost", known.detail) : known;
}

/** The browser closed the database, or cannot read it. */
function lostOr(thrown: unknown): Failure {
  const lost = thrown instanceof DOMException && ["InvalidStateError", "UnknownError", "DataError", "NotFoundError"].includes(thrown.name);
  return lost ? new Failure("storage-lost", `${thrown.name}: ${thrown.message}`) : failure(thrown);
}
