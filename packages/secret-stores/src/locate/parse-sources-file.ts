import { SecretError } from '@rekey/secret'
import { type Complaints, entriesOf, fieldsOf } from './json-fields.ts'
import { parseRule, type SecretRule } from './parse-rule.ts'
import { parseSourceEntry, type SourceEntry } from './parse-source-entry.ts'

/** A sources file that is sound: every source that a rule names is there. */
export interface SourcesFile {
  /** By the names that the file gives them. */
  readonly sources: ReadonlyMap<string, SourceEntry>
  /** What holds for secrets that no rule names. */
  readonly default: SecretRule | undefined
  readonly rules: readonly SecretRule[]
}

const raw = (value: unknown) => value
const readFile = fieldsOf({ $schema: raw, sources: raw, default: raw, secrets: raw })

/**
 * Reads the text of a sources file.
 *
 * @param path what errors call it
 * @throws {SecretError} `malformed` with everything that is wrong, and nothing of what is written there
 */
export function parseSourcesFile(text: string, path: string): SourcesFile {
  const found: string[] = []
  const complaints: Complaints = {
    add: (where, what) => {
      found.push(`${where}: ${what}`)
    },
  }
  const fields = readFile(parseJson(text, path), 'the file', complaints) ?? {}
  const sources = parseSources(fields.sources, complaints)
  const byDefault =
    fields.default === undefined
      ? undefined
      : parseRule(fields.default, { where: 'default', pattern: '*', sources, complaints })
  const rules = parseRules(fields.secrets, sources, complaints)
  if (byDefault === undefined && rules.some((rule) => rule.sources.length === 0)) {
    complaints.add('default', 'write one, since some secrets do not say from which source they are')
  }
  if (byDefault === undefined && rules.length === 0) {
    complaints.add('the file', 'give it a default, or secrets, or both')
  }
  if (found.length === 0) return { sources, default: byDefault, rules }
  throw new SecretError('malformed', describe(path, found), { path, problems: found.length })
}

function parseRules(
  value: unknown,
  sources: SourcesFile['sources'],
  complaints: Complaints,
): SecretRule[] {
  const entries = entriesOf(value ?? {}, 'secrets', complaints) ?? []
  return entries.map(([pattern, rule], index) => {
    const where = `secrets.${isPattern(pattern) ? pattern : index + 1}`
    if (!isPattern(pattern)) complaints.add(where, 'name a secret, or a prefix and *, as in TLS_*')
    return parseRule(rule, { where, pattern, sources, complaints })
  })
}

function parseSources(value: unknown, complaints: Complaints): Map<string, SourceEntry> {
  const entries = entriesOf(value ?? {}, 'sources', complaints) ?? []
  if (entries.length === 0) complaints.add('sources', 'name at least one')
  return new Map(
    entries.flatMap(([name, entry], index) => {
      const isName = /^[a-z][a-z0-9-]{0,40}$/.test(name)
      const where = `sources.${isName ? name : index + 1}`
      if (!isName) complaints.add(where, 'give it a name of small letters, digits and hyphens')
      const source = parseSourceEntry(entry, where, complaints)
      return isName ? [[name, source] as const] : []
    }),
  )
}

/** The name of a secret, or the beginning of some and a `*`. */
function isPattern(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]{0,99}\*?$/.test(text)
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new SecretError('malformed', `${path} is no JSON: check it with a JSON linter`, { path })
  }
}

function describe(path: string, found: readonly string[]): string {
  const count = found.length === 1 ? '1 problem' : `${found.length} problems`
  return [`${path} has ${count}`, ...found].join('; ')
}
