// The app's storage as text, to be written into a page or read out of it; tests/fixtures/phone says how it looks. Each
// of these runs in the page and leans on nothing outside of itself.

/** Makes the database that a fixture describes. */
export async function putStore({ version, stores }) {
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const read = async (told) => {
    if ("bytes" in told) return bytes(told.bytes);
    if ("text" in told) return new TextEncoder().encode(told.text);
    if ("key" in told) return crypto.subtle.importKey("raw", bytes(told.key), "AES-GCM", true, ["encrypt", "decrypt"]);
    if (!("object" in told)) return told.value;
    const made = {};
    for (const [name, value] of Object.entries(told.object)) made[name] = await read(value);
    return made;
  };
  const records = [];
  for (const [store, all] of Object.entries(stores)) for (const [key, told] of all) records.push([store, key, await read(told)]);
  const open = indexedDB.open("samruat", version);
  open.onupgradeneeded = () => Object.keys(stores).forEach((store) => open.result.createObjectStore(store));
  const database = await new Promise((done, fail) => {
    open.onsuccess = () => done(open.result);
    open.onerror = () => fail(open.error);
  });
  const transaction = database.transaction(Object.keys(stores), "readwrite");
  for (const [store, key, value] of records) transaction.objectStore(store).put(value, key);
  await new Promise((done, fail) => {
    transaction.oncomplete = done;
    transaction.onabort = () => fail(transaction.error);
  });
  database.close();
}

/** Every record of the database, as fixtures have them. */
export async function storeText() {
  const base64 = (bytes) => {
    let text = "";
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return btoa(text);
  };
  const told = async (value, store) => {
    if (value instanceof Uint8Array && store === "forms") return { text: new TextDecoder().decode(value) };
    if (value instanceof Uint8Array) return { bytes: base64(value) };
    if (value instanceof CryptoKey) return { key: base64(new Uint8Array(await crypto.subtle.exportKey("raw", value))) };
    if (value === null || typeof value !== "object") return { value };
    const made = {};
    for (const [name, part] of Object.entries(value)) made[name] = await told(part, store);
    return { object: made };
  };
  const got = (request) => new Promise((done, fail) => ((request.onsuccess = () => done(request.result)), (request.onerror = () => fail(request.error))));
  const database = await got(indexedDB.open("samruat"));
  const stores = {};
  for (const store of database.objectStoreNames) {
    const objects = database.transaction(store).objectStore(store);
    const [keys, values] = await Promise.all([got(objects.getAllKeys()), got(objects.getAll())]);
    stores[store] = await Promise.all(keys.map(async (key, at) => [key, await told(values[at], store)]));
  }
  database.close();
  return stores;
}
