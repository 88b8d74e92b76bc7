import { type Clock, type SecretSpec, systemClock } from '@rekey/secret'
import type { StoreDefinition } from '@rekey/secret/internal'
import type { ServiceDefinition } from '../define-service.ts'
import {
  type EnvironmentVariables,
  openEnvironmentSource,
  parseEnvironment,
} from '../environment.ts'
import { parseSettings } from '../load-service.ts'
import { ProblemReport } from '../startup-error.ts'
import { findWarnings, type KnownNames } from './find-warnings.ts'
import {
  type InspectContext,
  type InspectedSecret,
  inspectSecret,
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
