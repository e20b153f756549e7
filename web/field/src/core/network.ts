/** What the browser tells of the network. */

interface Connection {
  effectiveType?: string;
  saveData?: boolean;
  type?: string;
}

/** `isSlow`: on 2G, or where the person wants to save data. */
export function network(): { isSlow: boolean } {
  const { connection } = navigator as Navigator & { connection?: Connection };
  const isSlow = Boolean(connection?.saveData) || ["slow-2g", "2g"].includes(connection?.effectiveType ?? "");
  return { isSlow };
}
