/**
 * Days and times in words: the Buddhist era in Thai and in English, the clock as `13.00 น.`.
 *
 * A day is text as it is stored, `2026-03-05` of the common era; a moment is milliseconds since 1970.
 */

export type Tongue = "th" | "en";

const MONTHS = {
  th: "มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม".split(" "),
  en: "January February March April May June July August September October November December".split(" "),
};
const SHORT = {
  th: "ม.ค. ก.พ. มี.ค. เม.ย. พ.ค. มิ.ย. ก.ค. ส.ค. ก.ย. ต.ค. พ.ย. ธ.ค.".split(" "),
  en: "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" "),
};
const WEEKDAYS = {
  th: "อาทิตย์ จันทร์ อังคาร พุธ พฤหัสบดี ศุกร์ เสาร์".split(" "),
  en: "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" "),
};
const WEEKDAYS_SHORT = {
  th: "อา จ อ พ พฤ ศ ส".split(" "),
  en: "Su Mo Tu We Th Fr Sa".split(" "),
};
const WORDS = {
  th: { today: "วันนี้", yesterday: "เมื่อวาน", now: "เมื่อสักครู่" },
  en: { today: "today", yesterday: "yesterday", now: "just now" },
};

/** Years between the Buddhist era and the common era. */
export const BUDDHIST = 543;

/** A day without a time; `month` from 1. */
export interface Day {
  year: number;
  month: number;
  day: number;
}

export function monthName(month: number, tongue: Tongue): string {
  return MONTHS[tongue][month - 1] ?? "";
}

export function monthShort(month: number, tongue: Tongue): string {
  return SHORT[tongue][month - 1] ?? "";
}

export function weekdayNames(tongue: Tongue): { short: string; long: string }[] {
  return WEEKDAYS[tongue].map((long, index) => ({ long, short: WEEKDAYS_SHORT[tongue][index] ?? "" }));
}

/** Reads `2026-03-05`, also with a time behind it; null if it is no day. */
export function readDay(text: unknown): Day | null {
  const parts = typeof text === "string" ? /^(\d{4})-(\d{2})-(\d{2})/.exec(text) : null;
  if (!parts) return null;
  const day = { year: Number(parts[1]), month: Number(parts[2]), day: Number(parts[3]) };
  const holds = day.month >= 1 && day.month <= 12 && day.day >= 1 && day.day <= daysIn(day.year, day.month);
  return holds ? day : null;
}

export function writeDay({ year, month, day }: Day): string {
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

export function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** 0 for a Sunday. */
export function weekdayOf({ year, month, day }: Day): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/** The day that this phone's clock shows at `at`. */
export function dayAt(at: number): Day {
  const date = new Date(at);
  return { year: date.getFullYear(), month: date.getMonth() + 1, day: date.getDate() };
}

export function addDays(day: Day, days: number): Day {
  const date = new Date(Date.UTC(day.year, day.month - 1, day.day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** `วันพฤหัสบดีที่ 5 มีนาคม 2569` */
export function longDay(day: Day, tongue: Tongue): string {
  const weekday = WEEKDAYS[tongue][weekdayOf(day)];
  const rest = `${day.day} ${monthName(day.month, tongue)} ${day.year + BUDDHIST}`;
  return tongue === "th" ? `วัน${weekday}ที่ ${rest}` : `${weekday} ${rest}`;
}

/** `5 มี.ค. 2569` */
export function shortDay(day: Day, tongue: Tongue): string {
  return `${day.day} ${monthShort(day.month, tongue)} ${day.year + BUDDHIST}`;
}

/** `13.05 น.` in Thai, `13:05` in English. */
export function clock(at: number, tongue: Tongue): string {
  const date = new Date(at);
  const [hour, minute] = [date.getHours(), two(date.getMinutes())];
  return tongue === "th" ? `${hour}.${minute}\u00a0น.` : `${hour}:${minute}`;
}

/** When something happened, as near as a person wants to know it: `วันนี้ 13.05 น.`, `5 มี.ค. 2569`. */
export function ago(at: number, now: number, tongue: Tongue): string {
  const words = WORDS[tongue];
  if (Math.abs(now - at) < 60_000) return words.now;
  const [day, today] = [writeDay(dayAt(at)), dayAt(now)];
  if (day === writeDay(today)) return `${words.today} ${clock(at, tongue)}`;
  if (day === writeDay(addDays(today, -1))) return `${words.yesterday} ${clock(at, tongue)}`;
  return `${shortDay(dayAt(at), tongue)} ${clock(at, tongue)}`;
}

/** A stored day as near as a person wants to know it. */
export function dayAgo(text: string, now: number, tongue: Tongue): string {
  const day = readDay(text);
  if (!day) return text;
  const today = dayAt(now);
  if (writeDay(day) === writeDay(today)) return WORDS[tongue].today;
  if (writeDay(day) === writeDay(addDays(today, -1))) return WORDS[tongue].yesterday;
  return shortDay(day, tongue);
}

export function two(number: number): string {
  return String(number).padStart(2, "0");
}
