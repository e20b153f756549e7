/** Numbers as people read them. What nobody told is a dash, which is not zero. */

export function count(number: number | null): string {
  return number === null ? "–" : number.toLocaleString("en-US");
}

/** Baht with separators; satang where there are some. */
export function money(baht: number | null): string {
  if (baht === null) return "–";
  const digits = Number.isInteger(baht) ? 0 : 2;
  return baht.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Reads a whole number that somebody typed, in Thai digits too, with separators or without; null for anything else. */
export function readNumber(text: string): number | null {
  const plain = text.replace(/[๐-๙]/g, (digit) => String(digit.charCodeAt(0) - 0x0e50)).replace(/[,\s]/g, "");
  return /^\d{1,12}$/.test(plain) ? Number(plain) : null;
}
