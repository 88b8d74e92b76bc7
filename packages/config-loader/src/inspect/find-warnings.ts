import { SecretError, within } from '@rekey/secret'
import {
  type InspectContext,
  type LeafSource,
  leavesOf,
  type LocatedWarning,
} from './inspect-secret.ts'

/** Whose the names are that may lie in a source. */
export interface KnownNames {
  /** Of the secrets of the service. */
  readonly own: readonly string[]
  /** Of its settings. */
  readonly settings: readonly string[]
  /** The secrets of other services, with the service that each belongs to. */
  readonly others: ReadonlyMap<string, string>
}

/** Warnings about the sources of a service, and what could not be found out. */
export interface FoundWarnings {
  readonly warnings: readonly LocatedWarning[]
  readonly notes: readonly string[]
}

/** Sources that were handed to this process alone, so that no other service's secret belongs there. */
const HANDED_OVER = /^(?:env$|mount:)/

/** Looks at each source that is asked for a secret of the service. */
export async function findWarnings(
  known: KnownNames,
  context: InspectContext,
): Promise<FoundWarnings> {
  const leaves = new Map<LeafSource, string[]>()
  for (const name of known.own) {
    for (const leaf of leavesOf(context.source, name)) {
      leaves.set(leaf, [...(leaves.get(leaf) ?? []), name])
    }
  }
  const found = await Promise.all(
    Array.from(leaves, ([leaf, names]) => inspectLeaf(leaf, names, known, context)),
  )
  return {
    warnings: found.flatMap(({ warnings }) => warnings),
    notes: found.flatMap(({ notes }) => notes),
  }
}

async function inspectLeaf(
  leaf: LeafSource,
  names: readonly string[],
  known: KnownNames,
  context: InspectContext,
): Promise<FoundWarnings> {
  const source = leaf.locator
  const notes: string[] = []
  const ask = async <T>(what: string, answer: (signal: AbortSignal) => Promise<T> | undefined) => {
    try {
      return await within({ ...context, what: `the answer of ${source}` }, async (signal) =>
        answer(signal),
      )
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      notes.push(`could not ${what} ${source} (${error.code}): ${error.message}`)
      return undefined
    }
  }
  const own = await ask('check', (signal) => leaf.warnings?.(names, signal))
  const listed = await ask('list', (signal) => leaf.list?.(signal))
  const odd = listed?.flatMap((name) => judgeName(name, source, names, known)) ?? []
  const warnings = [...(own ?? []), ...odd].map((warning) => ({ ...warning, source }))
  return { warnings, notes }
}

/** @param names what the service takes from this source */
function judgeName(
  name: string,
  source: string,
  names: readonly string[],
  { own, settings, others }: KnownNames,
) {
  if (names.includes(name)) return []
  const owner = own.includes(name) ? undefined : others.get(name)
  if (owner !== undefined) {
    const message = `this service can read it, but it belongs to ${owner}: remove it here`
    return HANDED_OVER.test(source) ? [{ rule: 'foreign', name, message }] : []
  }
  if (source === 'env' && !own.includes(name)) return []
  if (settings.includes(name) || name.startsWith('REKEY_')) return []
  const message = own.includes(name)
    ? 'another source provides it: remove it here'
    : 'no known service uses it: remove it, or correct its name'
  return [{ rule: 'unused', name, message }]
}
