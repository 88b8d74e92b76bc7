import { dirname, resolve } from 'node:path'
import { SecretError, type SecretSource, type StagedSecret } from '@rekey/secret'
import type { SecretPolicy } from '@rekey/secret/internal'
import { firstOf } from '../first-of.ts'
import type { ComposedSource } from '../inspectable.ts'
import { readTextFile } from '../read-text-file.ts'
import { type Locator, openPlace } from './open-place.ts'
import { importVault, type Opening, openSession } from './opening.ts'
import {
  type LoginEntry,
  parseSourcesFile,
  type SecretRule,
  type SourceEntry,
  type SourcesFile,
} from './parse-sources-file.ts'

/** The source and the policies of a sources file. */
export interface FileSource extends ComposedSource {
  policyFor(name: string): SecretPolicy
}

const MAX_BYTES = 256 * 1024

/**
 * Opens the sources that a sources file names, and the one source that asks them. Paths in it are relative to it. The file
 * is read once: a change of it takes a restart.
 *
 * @throws {SecretError} `malformed` with all that is wrong with the file, `missing`, `forbidden`, and what a source throws
 */
export async function openSourcesFile(path: string, opening: Opening): Promise<FileSource> {
  const { text } = await readTextFile(path, MAX_BYTES)
  const file = parseSourcesFile(text, path, opening.options.stores)
  const opened = new Map<string, SecretSource>()
  for (const [name, entry] of file.sources) {
    opened.set(name, await openEntry(name, entry, { file, opening, directory: dirname(path) }))
  }
  const composed = composeRules(file, opened)
  const find = (name: string) => ruleFor(file, name)
  const source = createRoutedSource({
    locator: `file:${resolve(path)}`,
    sources: [...opened.values()],
    sourceOf(name) {
      const source = composed.get(find(name) ?? file.default)
      if (source !== undefined) return source
      throw new SecretError('missing', `${path} does not name ${name}: name it there`)
    },
  })
  const policyFor = (name: string) => ({ ...file.default?.policy, ...find(name)?.policy })
  return Object.assign(source, { policyFor })
}

/** The source of each rule, made once, so that what one source has is read together. */
function composeRules(
  { default: byDefault, rules }: SourcesFile,
  opened: ReadonlyMap<string, SecretSource>,
): ReadonlyMap<SecretRule | undefined, SecretSource> {
  const made = new Map<string, SecretSource>()
  const compose = (rule: SecretRule): [SecretRule, SecretSource][] => {
    const names = rule.sources.length > 0 ? rule.sources : (byDefault?.sources ?? [])
    const sources = names.flatMap((name) => opened.get(name) ?? [])
    const [only] = sources
    if (only === undefined) return []
    const key = names.join(' ')
    const source = made.get(key) ?? (sources.length === 1 ? only : firstOf(sources))
    made.set(key, source)
    return [[rule, source]]
  }
  return new Map([...rules, ...(byDefault ? [byDefault] : [])].flatMap(compose))
}

/** The rule with that very name, else the one with the longest beginning. */
function ruleFor({ rules }: SourcesFile, name: string): SecretRule | undefined {
  const exact = rules.find(({ pattern }) => pattern === name)
  if (exact !== undefined) return exact
  return rules
    .filter(({ pattern }) => pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1)))
    .sort((a, b) => b.pattern.length - a.pattern.length)[0]
}

interface EntryContext {
  readonly file: SourcesFile
  readonly opening: Opening
  readonly directory: string
}

async function openEntry(
  name: string,
  entry: SourceEntry,
  { file, opening, directory }: EntryContext,
): Promise<SecretSource> {
  if ('credentials' in entry) {
    const secrets = file.rules.filter(({ sources }) => sources.includes(name))
    return openLogins(entry, secrets, opening)
  }
  return openPlace(beside(directory, entry.locator), opening, entry)
}

const PATHS: readonly string[] = ['dotenv', 'mount']

function beside(directory: string, { store, place }: Locator): Locator {
  return { store, place: PATHS.includes(store.scheme) ? resolve(directory, place) : place }
}

async function openLogins(
  { credentials, url }: LoginEntry,
  secrets: readonly SecretRule[],
  opening: Opening,
): Promise<SecretSource> {
  const [, mount = '', kind, role = ''] =
    /^(.+)\/((?:static-)?creds)\/([^/]+)$/s.exec(credentials) ?? []
  const login = { mount, role, url, static: kind === 'static-creds' }
  const logins = Object.fromEntries(secrets.map(({ pattern }) => [pattern, login]))
  const { openVaultDatabaseSource } = await importVault()
  const session = await opening.session(openSession)
  const { clock, onEvent } = opening.options
  const source = await openVaultDatabaseSource({
    session,
    logins,
    ...(clock && { clock }),
    ...(onEvent && { onEvent }),
  })
  return opening.own(source, 'database logins of Vault')
}

/** Which source a secret comes from. */
interface SourceRoutes {
  readonly locator: string
  /** Every source there is. */
  readonly sources: readonly SecretSource[]
  /** @throws {SecretError} `missing` for a secret that comes from nowhere */
  readonly sourceOf: (name: string) => SecretSource
}

/**
 * One source that asks another for each secret. It can be watched, or read at once, if all of them can; at once means at one
 * instant of each source.
 */
function createRoutedSource({ locator, sources, sourceOf }: SourceRoutes): ComposedSource {
  const routed: ComposedSource = {
    locator,
    sourcesOf: (name) => [sourceOf(name)],
    read: async (name, signal) => sourceOf(name).read(name, signal),
    released: async (name, version) => sourceOf(name).released?.(name, version),
    rejected: async (name, version) => sourceOf(name).rejected?.(name, version),
  }
  if (sources.every((source) => source.readAll !== undefined)) {
    routed.readAll = (names, signal) => readBySource(names, sourceOf, signal)
  }
  if (sources.every((source) => source.watch !== undefined)) {
    routed.watch = (name, signal) => watchOf(sourceOf(name), name, signal)
  }
  return routed
}

function watchOf(
  source: SecretSource,
  name: string,
  signal: AbortSignal,
): AsyncIterable<StagedSecret> {
  if (source.watch !== undefined) return source.watch(name, signal)
  throw new TypeError(`${source.locator} could be watched and now cannot`)
}

async function readBySource(
  names: readonly string[],
  sourceOf: SourceRoutes['sourceOf'],
  signal: AbortSignal | undefined,
): Promise<Map<string, StagedSecret | SecretError>> {
  const answers = new Map<string, StagedSecret | SecretError>()
  const groups = new Map<SecretSource, string[]>()
  for (const name of names) {
    try {
      const source = sourceOf(name)
      groups.set(source, [...(groups.get(source) ?? []), name])
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      answers.set(name, error)
    }
  }
  const reading = Array.from(groups, async ([source, group]) => {
    const found = await source.readAll?.(group, signal).catch((error: unknown) => {
      if (error instanceof SecretError) return new Map(group.map((name) => [name, error]))
      throw error
    })
    for (const [name, answer] of found ?? []) answers.set(name, answer)
  })
  await Promise.all(reading)
  return answers
}
