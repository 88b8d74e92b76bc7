import { SecretError, type SecretSource, type StagedSecret } from '@rekey/secret'
import type { ComposedSource } from './inspectable.ts'
import { Wakeup, watchSecret } from './watched-reads.ts'

/**
 * One source made of several: a secret comes, with all its stages, from the first one that has it. Only `missing` falls
 * through to the next. A source that refuses or does not answer ends the search with its error, or else an outage would
 * bring back an old value from further down.
 *
 * It can be watched, or read at once, if all of them can; at once means at one instant of each source. The sources stay
 * their owner's to dispose.
 *
 * @throws {SecretError} `malformed` without a source
 */
export function firstOf(sources: readonly SecretSource[]): ComposedSource {
  if (sources.length === 0) throw new SecretError('malformed', 'firstOf needs a source: name one')
  const locator = `firstOf(${sources.map((source) => source.locator).join(', ')})`
  const handedOut = new Map<string, string>()
  const note = (staged: StagedSecret) => {
    handedOut.set(staged.name, staged.revision)
    return staged
  }
  const composed: ComposedSource = {
    locator,
    sourcesOf: () => sources,
    read: async (name, signal) => note(await readFirst(sources, name, signal)),
    async released(name, version) {
      await Promise.all(sources.map(async (source) => source.released?.(name, version)))
    },
    async rejected(name, version) {
      await Promise.all(sources.map(async (source) => source.rejected?.(name, version)))
    },
  }
  if (sources.every(canReadAll)) {
    composed.readAll = async (names, signal) => {
      const answers = await readAllFirst(sources, names, signal)
      for (const answer of answers.values()) if (!(answer instanceof SecretError)) note(answer)
      return answers
    }
  }
  if (sources.every(canWatch)) {
    composed.watch = (name, signal) => {
      const read = () => readFirst(sources, name)
      return watchFirst(sources, { name, signal, since: handedOut.get(name), read })
    }
  }
  return composed
}

const canReadAll = (source: SecretSource) => source.readAll !== undefined
const canWatch = (source: SecretSource) => source.watch !== undefined

async function readFirst(
  sources: readonly SecretSource[],
  name: string,
  signal?: AbortSignal,
): Promise<StagedSecret> {
  for (const source of sources) {
    try {
      return await source.read(name, signal)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
  throw missingEverywhere(sources, name)
}

async function readAllFirst(
  sources: readonly SecretSource[],
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, StagedSecret | SecretError>> {
  const found = new Map<string, StagedSecret | SecretError>()
  let left = names
  for (const [index, source] of sources.entries()) {
    const answers = await source.readAll?.(left, signal).catch((error: unknown) => {
      if (index === 0 || !(error instanceof SecretError)) throw error
      return new Map(left.map((name) => [name, error]))
    })
    const without: string[] = []
    for (const name of left) {
      const answer = answers?.get(name)
      if (answer === undefined || isMissing(answer)) without.push(name)
      else found.set(name, answer)
    }
    left = without
    if (left.length === 0) break
  }
  for (const name of left) found.set(name, missingEverywhere(sources, name))
  return found
}

function isMissing(answer: unknown): boolean {
  return answer instanceof SecretError && answer.code === 'missing'
}

function missingEverywhere(sources: readonly SecretSource[], name: string): SecretError {
  const places = sources.map((source) => source.locator).join(', ')
  return new SecretError('missing', `${name} is in none of ${places}: put it into one of them`)
}

/** Options of {@link watchFirst}. */
interface FirstWatchOptions {
  readonly name: string
  readonly signal: AbortSignal
  /** The revision that the caller already has. */
  readonly since: string | undefined
  readonly read: () => Promise<StagedSecret>
}

/**
 * Watches one secret in all sources at once: any change in one of them leads to a read over all. Fails as soon as one of
 * the watches fails, since a change could then be missed.
 */
async function* watchFirst(
  sources: readonly SecretSource[],
  { name, signal, since, read }: FirstWatchOptions,
): AsyncGenerator<StagedSecret> {
  const ended = new AbortController()
  const either = AbortSignal.any([signal, ended.signal])
  const wakeup = new Wakeup()
  const failures: unknown[] = []
  const watches = sources.map(async (source) => {
    try {
      const changes = source.watch?.(name, either)[Symbol.asyncIterator]()
      while ((await changes?.next())?.done === false) wakeup.notify()
    } catch (error) {
      failures.push(error)
      ended.abort()
    }
  })
  try {
    yield* watchSecret({ read, since, wakeup, signal: either })
  } finally {
    ended.abort()
    await Promise.all(watches)
  }
  if (failures.length > 0) throw failures[0]
}
