/** Rules a terminal (ECMA-48), or turns the direction of what follows (UAX #9), or ends a line (UAX #14). A tab does none of it. */
const RULING = /(?!\t)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** Matches a word that POSIX shells leave as it is (POSIX.1-2024, XCU 2.2). */
const PLAIN_WORD = /^[\w@%+=:,./-]+$/

/**
 * Writes a name of foreign origin so that it stays on its line: each control character and each one that turns the direction of
 * text as its code point, `\u{1b}`.
 */
export function printableLine(text: string): string {
  return text.replaceAll(RULING, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`)
}

/** Like {@link printableLine}, for a text of several lines. */
export function printableText(text: string): string {
  return text.split('\n').map(printableLine).join('\n')
}

/** Writes a word of a command that people copy into a POSIX shell: in single quotes, unless no shell would read it otherwise. */
export function shellWord(word: string): string {
  const line = printableLine(word)
  return PLAIN_WORD.test(line) ? line : `'${line.replaceAll("'", String.raw`'\''`)}'`
}
