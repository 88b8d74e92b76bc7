/** A sentence of a page, and its words. A stretch of code within it is one word. */
export interface Sentence {
  readonly text: string
  readonly words: readonly string[]
}

/** Stands for a stretch of code, which has no syllables. */
const CODE_WORD = '0code'

/** What is no prose, and what stands for it. */
const NO_PROSE: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/^---\n[^]*?\n---\n/, ''],
  [/^( *)```[^]*?^\1```$/gm, '\n'],
  [/^\*\*`[^`\n]+`\*\*$/gm, ''],
  [/^#+ .*$/gm, '\n'],
  [/^ *\|.*$/gm, '\n'],
  [/^\[[^\]]+\]: .*$/gm, '\n'],
  [/!\[[^\]]*\]\([^)]*\)/g, '\n\n'],
  [/`[^`]+`/g, CODE_WORD],
  [/\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, '$1'],
  [/<[^>]+>/g, '\n\n'],
  [/^> ?(?:\[![A-Z]+\])?/gm, ''],
  [/^ *(?:[-*]|\d+\.) +/gm, '\n'],
]

/** Finds the sentences of a page. Headings, tables, blocks and file names are none. */
export function sentencesOf(page: string): Sentence[] {
  const prose = NO_PROSE.reduce(
    (text, [pattern, instead]) => text.replaceAll(globally(pattern), instead),
    page,
  )
  return prose
    .split(/\n\s*\n/)
    .flatMap((paragraph) =>
      paragraph
        .replaceAll(/\s+/g, ' ')
        .trim()
        .split(/(?<=[.!?][*_)"]*) /),
    )
    .flatMap((text) => {
      // A host, a path and a version are one word each.
      const words = text.match(/[\p{L}\p{N}](?:[\p{L}\p{N}.'’,:/-]*[\p{L}\p{N}])?/gu) ?? []
      return words.length === 0 ? [] : [{ text, words }]
    })
}

function globally(pattern: RegExp): RegExp {
  return new RegExp(pattern, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`)
}

/**
 * Measures how easily a text is read: 60 to 70 is plain English, below 50 is difficult.
 *
 * Source: R. Flesch, "A new readability yardstick", Journal of Applied Psychology 32 (1948), 221–233
 */
export function readingEase(sentences: readonly Sentence[]): number {
  const words = sentences.flatMap((sentence) => sentence.words)
  const spoken = words.filter((word) => word !== CODE_WORD)
  const syllables = spoken.reduce((sum, word) => sum + countSyllables(word), 0)
  return 206.835 - 1.015 * (words.length / sentences.length) - 84.6 * (syllables / spoken.length)
}

/** Endings whose vowel is silent. */
const SILENT = /(?:[^laeiouy]|[aeiouy]l)es?$|[^aeioutd]ed$/
/** Vowels side by side that are two syllables. */
const APART = /i(?:a|o(?!n)|um|et)|[^qg]ua(?!r)|[aeio]ing|[^tcs]ier|[td]ied/g
/** Sounded endings that look silent. */
const SOUNDED = /(?:[scxz]|[^s]sh|ch|g)es$/

/** Counts the syllables of an English word by its letters. A number is one. */
export function countSyllables(word: string): number {
  const parts = word.toLowerCase().split(/[^a-z]+/)
  return Math.max(
    1,
    parts.reduce((sum, part) => sum + (part === '' ? 0 : countInPart(part)), 0),
  )
}

function countInPart(part: string): number {
  const groups = part.match(/[aeiouy]+/g)?.length ?? 0
  const apart = part.match(APART)?.length ?? 0
  const silent = SILENT.test(part) && !SOUNDED.test(part) ? 1 : 0
  return Math.max(1, groups + apart - silent)
}
