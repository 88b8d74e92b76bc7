import { type Clock, SecretError, type SecretSpec, systemClock, within } from '@rekey/secret'
import type { StoreDefinition } from '@rekey/secret/internal'
import type { ServiceDefinition } from '../define-service.ts'
import {
  type EnvironmentVariables,
  openEnvironmentSource,
  parseEnvironment,
} from '../environment.ts'
import { parseSettings } from '../load-service.ts'
import { ProblemReport } from '../startup-error.ts'
import {
  type InspectContext,
  type InspectedSecret,
  inspectSecret,
  type LeafSource,
  leavesOf,
  type LocatedWarning,
  type ServiceInspection,
} from './inspect-secret.ts'

/** Options of {@link inspectService}. */
export interface InspectOptions {
  /** The variables of the service, as it will have them. */
  readonly env: EnvironmentVariables
  /** Stores that `REKEY_SECRETS` may name, beside the built-in ones. */
  readonly stores?: readonly StoreDefinition[] | undefined
  /** Other services, to distinguish their secrets from unused ones. */
  readonly others?: readonly ServiceDefinition[]
  /** Also tries each secret against its far side, for which the settings of the service must be sound. */
  readonly probe?: boolean
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** How long each question to a source or a far side may take. Default 10,000. */
  readonly timeoutMs?: number
  /** Ends the inspection. */
  readonly signal?: AbortSignal
}

const NEVER = new AbortController().signal

/**
 * Finds out, without starting a service, where each of its secrets comes from, whether it is sound, what it takes to read it,
 * and what is odd about the places. Opens the source that `REKEY_SECRETS` names, and disposes it.
 *
 * @throws {StartupError} if nothing can be found out: `REKEY_ENVIRONMENT` or `REKEY_SECRETS` is wrong, or, with `probe`, a
 *   setting
 */
export async function inspectService(
  definition: ServiceDefinition,
  options: InspectOptions,
): Promise<ServiceInspection> {
  const { env, clock = systemClock, timeoutMs: limitMs = 10_000, signal = NEVER } = options
  const report = new ProblemReport(definition.name)
  const environment = await report.collect(
    { key: 'REKEY_ENVIRONMENT', rule: 'development, test or production', source: 'env' },
    () => parseEnvironment(env),
  )
  const { settings, problems } = parseSettings(definition.settings, env)
  if (options.probe) report.add(problems)
  const rule = 'a source of secrets that this environment allows'
  const source =
    environment &&
    (await report.collect({ key: 'REKEY_SECRETS', rule, source: 'env' }, () =>
      openEnvironmentSource(env, environment, { stores: options.stores }),
    ))
  try {
    report.throwIfAny()
    if (!environment || !source) throw new TypeError('a failed attempt left no problem')
    const probeWith = options.probe ? settings : undefined
    const policyFor = (name: string) => source.policyFor(name)
    const context = { source, environment, clock, limitMs, signal, policyFor, probeWith }
    return await inspectAll(definition, options.others ?? [], context)
  } finally {
    await source?.[Symbol.asyncDispose]()
  }
}

async function inspectAll(
  definition: ServiceDefinition,
  others: readonly ServiceDefinition[],
  context: InspectContext,
): Promise<ServiceInspection> {
  const specs = namesOf(definition)
  const inspected = await Promise.all(
    Array.from(specs, ([name, spec]) => inspectSecret(spec, name, context)),
  )
  const known: KnownNames = {
    own: [...specs.keys()],
    settings: Object.keys(definition.settings.shape),
    others: new Map(
      others.flatMap((other) => [...namesOf(other).keys()].map((n) => [n, other.name])),
    ),
  }
  const { warnings, notes } = await findWarnings(known, context)
  return {
    service: definition.name,
    environment: context.environment,
    source: context.source.locator,
    secrets: inspected.map(({ secret }) => secret),
    warnings: [...inspected.flatMap(warningsOf), ...warnings],
    notes,
  }
}

function namesOf({ name, secrets }: ServiceDefinition): ReadonlyMap<string, SecretSpec> {
  return new Map(Object.values(secrets).map((spec) => [spec.nameFor(name), spec]))
}

function warningsOf({ secret, leftOut, excess }: InspectedSecret) {
  const { name, source, shadowed } = secret
  const below = shadowed.map((where) => {
    const message = `${source} provides it first: remove one of them`
    return { rule: 'shadowed', name, source: where, message }
  })
  const beyond = excess.map((message) => ({ rule: 'excess', name, source, message }))
  if (leftOut === undefined) return [...below, ...beyond]
  const message = `one of its versions cannot be used (${leftOut.code}): ${leftOut.message}`
  return [...below, ...beyond, { rule: 'left-out', name, source, message }]
}

/** Whose the names are that may lie in a source. */
interface KnownNames {
  /** Of the secrets of the service. */
  readonly own: readonly string[]
  /** Of its settings. */
  readonly settings: readonly string[]
  /** The secrets of other services, with the service that each belongs to. */
  readonly others: ReadonlyMap<string, string>
}

/** Warnings about the sources of a service, and what could not be found out. */
interface FoundWarnings {
  readonly warnings: readonly LocatedWarning[]
  readonly notes: readonly string[]
}

/** Sources that were handed to this process alone, so that no other service's secret belongs there. */
const HANDED_OVER = /^(?:env$|mount:)/

/** Looks at each source that is asked for a secret of the service. */
async function findWarnings(known: KnownNames, context: InspectContext): Promise<FoundWarnings> {
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
