// Texts in the chosen language. A text that is missing in one language does not compile.

import { settings } from "../settings";
import { en } from "./en";
import { it } from "./it";

export type Key = keyof typeof en;
export type Texts = Record<Key, string>;

const TEXTS: Record<string, Texts> = { en, it };

/** The text, with `{name}` replaced by the value of that name. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text = TEXTS[settings.language]![key];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** The text for a word that the server says, when there is one; else nothing. */
export function translated(prefix: string, word: string, values: Record<string, string> = {}): string | undefined {
  const key = `${prefix}.${word}`;
  return key in en ? t(key as Key, values) : undefined;
}

type Plural = { [K in Key]: K extends `${infer Stem}.one` ? Stem : never }[Key];

/** The text for a number of things: `stem.one` or `stem.other`. */
export function tn(stem: Plural, n: number, values: Record<string, string> = {}): string {
  return t(`${stem}.${n === 1 ? "one" : "other"}` as Key, { ...values, n: new Intl.NumberFormat(settings.language).format(n) });
}

/** A type of data in words; types that a profile has made up keep their name. */
export function typeName(type: string): string {
  return translated("type", type) ?? type.charAt(0).toUpperCase() + type.slice(1).replaceAll("-", " ");
}
