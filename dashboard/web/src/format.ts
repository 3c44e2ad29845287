// How instants, durations and numbers are written in the chosen language.

import { settings } from "./settings";

const LOCALES = { en: "en-GB", it: "it-IT" } as const;

export function locale(): string {
  return LOCALES[settings.language];
}

// Making a format costs far more than using it, and pages that tick use hundreds of them a second.
const formats = new Map<string, unknown>();

function kept<T>(kind: string, options: object, make: () => T): T {
  const key = `${kind} ${settings.language} ${JSON.stringify(options)}`;
  let found = formats.get(key) as T | undefined;
  if (found === undefined) formats.set(key, (found = make()));
  return found;
}

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return kept("date", options, () => new Intl.DateTimeFormat(locale(), options));
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** "3 minutes ago", "in 2 hours"; below five seconds "now". */
export function relative(instant: string | number, style: "long" | "short" = "long"): string {
  const seconds = Math.round((new Date(instant).getTime() - settings.now) / 1000);
  const format = kept("relative", { style }, () => new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style }));
  if (Math.abs(seconds) < 5) return format.format(0, "second");
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) < size) continue;
    // A day is 24 hours here: which date "tomorrow" is depends on the zone, and 47 hours from now are not tomorrow.
    const spoken = unit === "day" ? kept("relative", { style, numeric: "always" }, () => new Intl.RelativeTimeFormat(locale(), { style })) : format;
    return spoken.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

/** Date and time to the second in a zone, with the zone's name. */
export function exact(instant: string | number, zone?: string): string {
  return dates({
    dateStyle: "medium",
    timeStyle: "medium",
    timeZone: known(zone),
  }).format(new Date(instant)) + (zone ? ` (${zone})` : "");
}

/** Hours and minutes in a zone. */
export function clock(instant: string | number, zone?: string): string {
  return dates({ hour: "2-digit", minute: "2-digit", timeZone: known(zone) }).format(
    new Date(instant),
  );
}

/** "10:42", and the day behind it when that is long ago or far ahead: for sentences that say "at", "since" or "until". */
export function moment(instant: string | number, zone?: string): string {
  const far = Math.abs(new Date(instant).getTime() - settings.now) > 43_200_000;
  return clock(instant, zone) + (far ? ` (${day(instant, zone)})` : "");
}

/** "Tue 10 Mar" in a zone. */
export function day(instant: string | number, zone?: string): string {
  return dates({
    weekday: "short",
    day: "numeric",
    month: "short",
    timeZone: known(zone),
  }).format(new Date(instant));
}

/** What clocks in a zone show at an instant, as the instant at which they show it in UTC; in milliseconds. */
export function wallClock(at: number, zone: string): number {
  const fields = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" } as const;
  const options = { ...fields, calendar: "gregory", numberingSystem: "latn", hourCycle: "h23", timeZone: known(zone) } as const;
  const parts = kept("wall", options, () => new Intl.DateTimeFormat("en", options)).formatToParts(at);
  const part = (type: string): number => Number(parts.find((each) => each.type === type)?.value ?? 0);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
}

function known(zone: string | undefined): string | undefined {
  if (!zone) return undefined;
  return (
    kept("zone", { zone }, () => {
      try {
        new Intl.DateTimeFormat("en", { timeZone: zone });
        return zone;
      } catch {
        return "";
      }
    }) || undefined
  );
}

/** "1 h 05 min", "42 s", "0.4 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 10_000) return `${number(Math.round(milliseconds / 100) / 10)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

export function number(value: number): string {
  return kept("number", {}, () => new Intl.NumberFormat(locale())).format(value);
}

/** A share of 0 to 1 as percent; never rounded up to 100 when something failed. */
export function percent(share: number): string {
  const shown = share < 1 ? Math.min(share, 0.999) : 1;
  const options = { style: "percent", maximumFractionDigits: 1 } as const;
  return kept("percent", {}, () => new Intl.NumberFormat(locale(), options)).format(shown);
}

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  const units = ["kB", "MB", "GB"];
  let size = value / 1000;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${number(Math.round(size * 10) / 10)} ${units[unit]}`;
}

/** A duration as resources write it (`1h30m`), in words: "1 h 30 min". */
export function interval(text: string): string {
  const words = { h: "h", m: "min", s: "s", ms: "ms" } as Record<string, string>;
  return [...text.matchAll(/([0-9.]+)(ms|h|m|s)/g)].map(([, n, unit]) => `${n} ${words[unit!]}`).join(" ") || text;
}
