import { isVaried } from './random-text.ts'

/** Words that mark a text as a placeholder; the short ones stand alone, since random text has them too. */
const PLACEHOLDER_WORDS =
  /example|placeholder|change[-_ ]?(?:me|it|this)|replace|insert[-_ ]|redacted|(?<![a-z])(?:your|dummy|fake|todo|fixme|none|null|undefined|lorem|here)(?![a-z])|^your/i
/** Places that are filled in elsewhere: `${VAR}`, `$(VAR)`, `{{ value }}`, `%s`, `<token>`, `$VAR`, `%VAR%`, `#{x}`, `[text]`, `…`. */
const FILLED_IN =
  /\$[{(]|\{\{|#\{|^\{.*\}$|<[\w -]+>|^%.*%$|%[sd](?![\da-f])|^\$[A-Za-z_]+$|^\[.*\]$|^\(.*\)$|\.{3}|…|\*{3}|•{2}|x{6}/
/** The same few characters, over and over. */
const REPEATED = /(.)\1{7,}|^(.{1,4})\2{2,}$/

/** Whether `text` only shows where a secret would stand. */
export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER_WORDS.test(text) || isFilledIn(text)
}

/** Whether something is put in the place of `text`, or it repeats the same few characters. */
export function isFilledIn(text: string): boolean {
  return FILLED_IN.test(text) || REPEATED.test(text)
}

/** Whether `text` shows what a secret of some form looks like, and was not drawn by its issuer. */
export function isMadeUp(text: string): boolean {
  return /example/i.test(text) || REPEATED.test(text) || !isVaried(text)
}
