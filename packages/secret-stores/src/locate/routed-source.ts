import { SecretError, type SecretSource, type StagedSecret } from '@rekey/secret'
import type { ComposedSource } from '../inspectable.ts'

/** Which source a secret comes from. */
export interface SourceRoutes {
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
export function createRoutedSource({ locator, sources, sourceOf }: SourceRoutes): ComposedSource {
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
