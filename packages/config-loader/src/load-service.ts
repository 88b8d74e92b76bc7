import type { Clock, SecretPolicy, SecretSource } from '@rekey/secret'
import type { z } from 'zod'
import type { SecretSpecs, ServiceDefinition } from './define-service.ts'
import { type EnvironmentVariables, parseEnvironment } from './environment.ts'
import type { TellEvent } from './follow/loader-event.ts'
import type { LastGoodOptions } from './last-good/last-good.ts'
import { parseSettings } from './parse-settings.ts'
import { ProblemReport } from './problem-report.ts'
import { createService, type Service } from './service.ts'
import { openLoader } from './service-loader.ts'

/** What {@link loadService} may be given. */
export interface LoadOptions<Specs extends SecretSpecs = SecretSpecs> {
  /** `process.env`, handed over by `main.ts`. */
  readonly env: EnvironmentVariables
  /** Used instead of the source that `REKEY_SECRETS` names. Whoever opened it disposes it. */
  readonly source?: SecretSource
  readonly clock?: Clock
  /** How long reading one secret may take, and as long again probing it. Default 10,000. */
  readonly probeTimeoutMs?: number
  /** How old secrets may be: of all of them, and by the service's names for them. A sources file has the last word. */
  readonly policy?: SecretPolicy
  readonly policies?: { readonly [Key in keyof Specs]?: SecretPolicy }
  /**
   * The source is opened after a random part of this, so that replicas that start together do not ask it together.
   * Default: what `REKEY_START_SPREAD_MS` says, or 0.
   */
  readonly startSpreadMs?: number
  /**
   * Keeps the last good values, sealed, for a start while the source is unreachable. Default: what `REKEY_LAST_GOOD` (a path)
   * and `REKEY_LAST_GOOD_KEY` or `REKEY_LAST_GOOD_KEY_FILE` say, or nothing.
   */
  readonly lastGood?: LastGoodOptions
  /** Told what happens to the secrets, already while they are loaded; must be quick and must not throw. */
  readonly onEvent?: TellEvent
  /** Gives numbers in [0, 1), for whatever is spread at random. Default `Math.random`. */
  readonly random?: () => number
}

/**
 * Loads what a service needs and proves it: settings by their schema, each secret read, parsed and really tried against its
 * far side. Await it before a port opens.
 *
 * @throws {StartupError} with every problem found, in one report
 */
export async function loadService<Settings extends z.ZodObject, Specs extends SecretSpecs>(
  definition: ServiceDefinition<Settings, Specs>,
  options: LoadOptions<Specs>,
): Promise<Service<ServiceDefinition<Settings, Specs>>> {
  const report = new ProblemReport(definition.name)
  const environment = await report.collect(
    { key: 'REKEY_ENVIRONMENT', rule: 'development, test or production', source: 'env' },
    () => parseEnvironment(options.env),
  )
  const { settings, problems } = parseSettings(definition.settings, options.env)
  report.add(problems)
  const context = environment && { definition, environment, options, report }
  const loader = context && (await openLoader(context))
  try {
    const secrets = await loader?.load(settings)
    report.throwIfAny()
    if (!loader || !secrets || !settings) throw new TypeError('a failed attempt left no problem')
    return createService(definition, loader, settings, secrets)
  } catch (error) {
    await loader?.dispose()
    throw error
  }
}
