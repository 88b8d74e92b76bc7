import { describeBrokenJson, type SecretNeed, type SecretPolicy } from '@rekey/secret/internal'
import { jsonIn, SecretError } from '@rekey/secret'
import { z } from 'zod/v4'
import { type Locator, parseLocator } from './open-place.ts'
import type { LocateOptions } from './opening.ts'

/** A sources file that is sound: every source that a rule names exists. */
export interface SourcesFile {
  /** By the names that the file gives them. */
  readonly sources: ReadonlyMap<string, SourceEntry>
  /** Applies to secrets that no rule names. */
  readonly default: SecretRule | undefined
  readonly rules: readonly SecretRule[]
}

/** One named source of a sources file. */
export type SourceEntry = PlaceEntry | LoginEntry

/** A source that a locator names. */
interface PlaceEntry {
  readonly locator: Locator
  /** Only for a mounted directory: whether a newline at the end of a file is part of the value. */
  readonly trailingNewline?: 'strip' | 'keep'
}

/** Logins that Vault makes (`database/creds/ROLE`) or keeps (`database/static-creds/ROLE`). */
export interface LoginEntry {
  readonly credentials: string
  /** The database of the logins, `postgresql://HOST:PORT/NAME`, without user and password. */
  readonly url: string
}

/** Where one secret, or every secret with one prefix, comes from. */
export interface SecretRule {
  /** The name of a secret, or a prefix and a `*`. */
  readonly pattern: string
  /** The sources to ask, in order. Empty: those of the default. */
  readonly sources: readonly string[]
  readonly policy: SecretPolicy
}

const UNITS_MS = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
])
const NEEDS = ['required', 'stale-ok', 'optional'] as const satisfies readonly SecretNeed[]
const SOURCE_NAME = /^[a-z][a-z0-9-]{0,40}$/
const PATTERN = /^[A-Za-z][A-Za-z0-9_]{0,99}\*?$/
const CREDENTIALS = /^[^/].*\/(?:static-)?creds\/[^/]+$/

/** An error shows so many sources of a file at most. */
const MAX_SHOWN = 20

const OBJECT = 'write an object, as in { … }'
const TEXT = 'write a text in double quotes'
const TEXTS = 'write a list of texts, as in ["a", "b"]'
const DURATION = 'write a whole number up to 9999 and ms, s, min, h or d, as in "30 s"'

// Every schema has an error of its own: those of zod show names and values that are written in the file.
const text = z.string(TEXT).min(1, TEXT)
const word = <const T extends string>(words: readonly T[]) =>
  z.enum(words, `write one of ${words.join(', ')}`)
const duration = z
  .string(DURATION)
  .regex(/^\d{1,4} ?(?:ms|s|min|h|d)$/, DURATION)
  .transform(
    (written) => parseInt(written, 10) * (UNITS_MS.get(written.replace(/^\d+ ?/, '')) ?? NaN),
  )

/** Lets a check run beside the problems of an object's fields, so that all of them are reported at once. */
const beside = {
  when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null,
}

/** Counted from 1, in the order of the file. */
function positionsIn(object: unknown): ReadonlyMap<string, number> {
  return new Map(Object.keys(Object(object ?? {}) as object).map((name, n) => [name, n + 1]))
}

/** An object with these fields alone. An unknown one is named by its position. */
function fields<const S extends z.core.$ZodShape>(shape: S) {
  return z.strictObject(shape, {
    error: ({ code, input, ...issue }) => {
      if (code !== 'unrecognized_keys') return OBJECT
      const places = positionsIn(input)
      const positions = (issue as { keys: string[] }).keys.map((key) => places.get(key))
      return `its field ${positions.join(' and ')} is not known: the fields are ${Object.keys(shape).join(', ')}`
    },
  })
}

/** An object by names of the author's choice. */
const named = <T extends z.ZodType>(name: RegExp, rule: string, entry: T) =>
  z
    .record(z.string().regex(name), entry, {
      error: ({ code }) => (code === 'invalid_key' ? rule : OBJECT),
    })
    .prefault({})

/** A text stands for an object with that one field. */
const orText = <T extends z.ZodType>(field: string, schema: T) =>
  z.preprocess((written) => (typeof written === 'string' ? { [field]: written } : written), schema)

/** Reports a problem at a place below the one that is checked. */
type Report = (problem: string, ...path: readonly string[]) => void

const reportTo =
  (context: z.RefinementCtx): Report =>
  (message, ...path) => {
    context.addIssue({ code: 'custom', message, path: [...path] })
  }

const source = (stores: LocateOptions['stores']) =>
  orText(
    'locator',
    fields({
      locator: text.optional(),
      trailingNewline: word(['strip', 'keep']).optional(),
      credentials: text.optional(),
      url: text.optional(),
    }).transform(({ locator, trailingNewline, credentials, url }, context): SourceEntry => {
      const report = reportTo(context)
      if (locator !== undefined && credentials === undefined && url === undefined) {
        return placeEntry(() => parseLocator(locator, stores), trailingNewline, report)
      }
      if (locator !== undefined || trailingNewline !== undefined || !credentials || !url) {
        report('write a locator; or credentials and url, for logins that Vault makes')
        return z.NEVER
      }
      if (!CREDENTIALS.test(credentials)) {
        report('write MOUNT/creds/ROLE or MOUNT/static-creds/ROLE', 'credentials')
      }
      if (!isUrlWithoutLogin(url)) {
        report('write postgresql://HOST:PORT/NAME without user and password', 'url')
      }
      return { credentials, url }
    }),
  )

function placeEntry(
  read: () => Locator,
  trailingNewline: 'strip' | 'keep' | undefined,
  report: Report,
): PlaceEntry {
  try {
    const locator = read()
    const { scheme } = locator.store
    if (scheme === 'file') report('a sources file cannot name another one')
    else if (trailingNewline !== undefined && scheme !== 'mount') {
      report('trailingNewline goes with mount: only')
    }
    return { locator, ...(trailingNewline && { trailingNewline }) }
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    report(error.message)
    return z.NEVER
  }
}

function isUrlWithoutLogin(written: string): boolean {
  if (!URL.canParse(written)) return false
  const { protocol, username, password } = new URL(written)
  return /^postgres(?:ql)?:$/.test(protocol) && username === '' && password === ''
}

const rule = orText(
  'from',
  fields({
    from: text.optional(),
    firstOf: z.array(text, TEXTS).min(1, TEXTS).optional(),
    ttl: duration.optional(),
    maxStale: duration.optional(),
    negativeTtl: duration.optional(),
    need: word(NEEDS).optional(),
  })
    .refine(({ from, firstOf }) => from === undefined || firstOf === undefined, {
      error: 'write from or firstOf, not both',
      ...beside,
    })
    .refine(({ ttl, maxStale }) => !(Number(maxStale) < Number(ttl)), {
      error: 'is shorter than ttl: make it as long at least',
      path: ['maxStale'],
      ...beside,
    }),
)
type WrittenRule = z.infer<typeof rule>

const fileFields = (stores: LocateOptions['stores']) =>
  fields({
    $schema: z.unknown().optional(),
    sources: named(
      SOURCE_NAME,
      'give it a name of small letters, digits and hyphens',
      source(stores),
    ).refine((sources) => Object.keys(sources).length > 0, {
      error: 'name at least one',
      ...beside,
    }),
    default: rule.optional(),
    secrets: named(PATTERN, 'name a secret, or a prefix and *, as in TLS_*', rule),
  })

/** Checks the rules against the sources. It runs beside other problems, so that any part may be absent or unsound. */
function checkReferences(
  file: Partial<z.infer<ReturnType<typeof fileFields>>>,
  context: z.RefinementCtx,
): void {
  const { sources, secrets, default: byDefault } = file
  const report = reportTo(context)
  const rules = Object.entries(objectOr(secrets)).filter(([pattern]) => PATTERN.test(pattern))
  const known = new Map(
    Object.entries(objectOr(sources)).filter(([name]) => SOURCE_NAME.test(name)),
  )
  if (byDefault !== undefined) checkSources(byDefault, '*', known, ['default'], report)
  for (const [pattern, written] of rules) {
    checkSources(written, pattern, known, ['secrets', pattern], report)
  }
  if (byDefault !== undefined) return
  if (rules.some(([, written]) => sourcesOf(written).length === 0)) {
    report('write one, since some secrets name no source', 'default')
  }
  if (rules.length === 0) report('give it a default, or secrets, or both')
}

function checkSources(
  written: WrittenRule,
  pattern: string,
  known: ReadonlyMap<string, SourceEntry>,
  path: readonly string[],
  report: Report,
): void {
  const wanted = sourcesOf(written)
  if (!wanted.every((name) => known.has(name))) {
    const shown = [...known.keys()].slice(0, MAX_SHOWN).join(', ')
    report(
      `name only sources of this file: ${shown}${known.size > MAX_SHOWN ? ', …' : ''}`,
      ...path,
    )
  }
  if (new Set(wanted).size < wanted.length) report('name each source once', ...path)
  const isLogin = wanted.some((name) => 'credentials' in objectOr(known.get(name)))
  if (isLogin && pattern.endsWith('*')) {
    report('a login is for one secret: write its whole name under secrets', ...path)
  }
}

/** The value as an object, even if it is not one. */
const objectOr = <T extends object>(value: T | undefined) => Object(value ?? {}) as T

/** The sources that a rule names; of a rule that is unsound, those that can be made out. */
function sourcesOf(written: WrittenRule): readonly string[] {
  const { from, firstOf } = Object(written) as WrittenRule
  if (Array.isArray(firstOf)) return firstOf
  return typeof from === 'string' ? [from] : []
}

/**
 * Reads the text of a sources file.
 *
 * @param path what errors call the file
 * @param stores those of the caller, beside the built-in ones
 * @throws {SecretError} `malformed` with every problem, and nothing of what is written there
 */
export function parseSourcesFile(
  written: string,
  path: string,
  stores?: LocateOptions['stores'],
): SourcesFile {
  const json = jsonIn(written)
  if (json === undefined) {
    throw new SecretError('malformed', `${path} is ${describeBrokenJson(written)}`, { path })
  }
  const { success, data, error } = fileFields(stores)
    .superRefine(checkReferences, beside)
    .safeParse(json)
  if (!success) throw unsound(path, describe(error.issues, json))
  return {
    sources: new Map(Object.entries(data.sources)),
    default: data.default && ruleFor('*', data.default),
    rules: Object.entries(data.secrets).map(([pattern, entry]) => ruleFor(pattern, entry)),
  }
}

function ruleFor(pattern: string, written: WrittenRule): SecretRule {
  const { ttl, maxStale, negativeTtl, need } = written
  const policy = {
    ...(ttl !== undefined && { ttlMs: ttl }),
    ...(maxStale !== undefined && { maxStaleMs: maxStale }),
    ...(negativeTtl !== undefined && { negativeTtlMs: negativeTtl }),
    ...(need !== undefined && { need }),
  }
  return { pattern, sources: sourcesOf(written), policy }
}

/** In the order of the file. A name that is none is shown as its position, since anything may be written there. */
function describe(issues: readonly z.core.$ZodIssue[], json: unknown): string[] {
  const entries = Object(json ?? {}) as Readonly<Record<PropertyKey, unknown>>
  const positions = new Map(
    ['sources', 'secrets'].map((part) => [part, positionsIn(entries[part])]),
  )
  const places = issues.map(({ path: [part = 'the file', name, field], message }) => {
    const position = positions.get(String(part))?.get(String(name)) ?? 0
    const isSound =
      part === 'default' || (part === 'sources' ? SOURCE_NAME : PATTERN).test(String(name))
    const shown = name === undefined ? [] : [isSound ? name : position]
    const where = [part, ...shown, ...(field === undefined ? [] : [field])].join('.')
    const order = ['the file', 'sources', 'default', 'secrets'].indexOf(String(part))
    return {
      order: order * 1e9 + (part === 'default' ? 0 : position),
      line: `${where}: ${message}`,
    }
  })
  return places.toSorted((a, b) => a.order - b.order).map(({ line }) => line)
}

function unsound(path: string, problems: readonly string[]): SecretError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  const message = [`${path} has ${count}`, ...problems].join('; ')
  return new SecretError('malformed', message, { path, problems: problems.length })
}
