import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the corpus lies: `RULE/ng.GROUP/TITLE.ts` must be reported by RULE, `RULE/ok.GROUP/TITLE.ts` must not. */
export const CORPUS = fileURLToPath(new URL('corpus/', import.meta.url))

/** A piece of code of the corpus. The comments that begin with `// @` at its top say what is special about it. */
export interface Snippet {
  readonly rule: string
  /** `ng.values/through-a-variable` */
  readonly title: string
  readonly file: string
  /** With fresh random values where it says RANDOM. */
  readonly code: string
  readonly isLeak: boolean
  /** `// @typed`: only types can tell. */
  readonly needsTypes: boolean
  /** `// @known`: the rule is wrong here, and its page says so. */
  readonly isKnown: boolean
  /** `// @reports ID…`: the messages it must give, where one of any kind is not enough. */
  readonly reports: readonly string[] | undefined
}

/** The rules that have snippets. */
export function corpusRules(): string[] {
  return foldersIn(CORPUS)
}

/** The options of the rule for its snippets: the array in `RULE/options.json`, if there is one. */
export function corpusOptions(rule: string): readonly unknown[] {
  return (readJson(rule, 'options.json') ?? []) as readonly unknown[]
}

/** What `RULE/score.json` says the rule reaches over all its snippets, by mode; a change that gets better is written down there. */
export function corpusScore(rule: string): Readonly<Record<string, unknown>> {
  return (readJson(rule, 'score.json') ?? {}) as Readonly<Record<string, unknown>>
}

function readJson(rule: string, name: string): unknown {
  const file = join(CORPUS, rule, name)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** All snippets for `rule`. */
export function readCorpus(rule: string): Snippet[] {
  return foldersIn(join(CORPUS, rule)).flatMap((group) =>
    readdirSync(join(CORPUS, rule, group)).map((name) => readSnippet(rule, group, name)),
  )
}

function foldersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
}

function readSnippet(rule: string, group: string, name: string): Snippet {
  const file = join(CORPUS, rule, group, name)
  const text = readFileSync(file, 'utf8')
  const tag = (word: string) => new RegExp(`^// @${word}\\b ?(.*)$`, 'm').exec(text)?.[1]
  return {
    rule,
    title: `${group}/${name.replace(/\.\w+$/, '')}`,
    file,
    code: withRandomValues(text),
    isLeak: group.startsWith('ng.'),
    needsTypes: tag('typed') !== undefined,
    isKnown: tag('known') !== undefined,
    reports: tag('reports')?.split(' '),
  }
}

const ALPHABETS = {
  HEX: '0123456789abcdef',
  BASE64URL: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  ALNUM: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  UPPER: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  DIGITS: '0123456789',
} as const

/**
 * `text` with a fresh value in place of each `RANDOM_ALPHABET_LENGTH`, so that nothing that looks like a secret is ever
 * committed; `RANDOM_BASE64_BYTES` is the base64 of so many bytes.
 */
function withRandomValues(text: string): string {
  return text.replaceAll(/RANDOM_([A-Z\d]+)_(\d+)/g, (_whole, alphabet: string, length: string) => {
    const count = Number(length)
    if (alphabet === 'BASE64') return randomBytes(count).toString('base64')
    const characters = ALPHABETS[alphabet as keyof typeof ALPHABETS]
    return Array.from({ length: count }, () => characters[randomInt(characters.length)]).join('')
  })
}
