import { type Clock, type SecretSource, systemClock } from '@rekey/secret'
import type { z } from 'zod'
import type { SecretSpecs, ServiceDefinition } from './define-service.ts'
import { type Environment, type EnvironmentVariables, parseEnvironment } from './environment.ts'
import { loadSecrets, type LoadedSecret } from './load-secrets.ts'
import { openSource } from './open-source.ts'
import { parseSettings } from './parse-settings.ts'
import { ProblemReport } from './problem-report.ts'
import { createService, type Service } from './service.ts'

/** What {@link loadService} may be given. */
export interface LoadOptions {
  /** `process.env`, handed over by `main.ts`. */
  readonly env: EnvironmentVariables
  /** Used instead of the source that `REKEY_SECRETS` names. */
  readonly source?: SecretSource
  readonly clock?: Clock
  /** How long reading and probing one secret may take. Default 10,000. */
  readonly probeTimeoutMs?: number
  /** How often a source that cannot watch is read. Default 30,000. */
  readonly pollMs?: number
}

/**
 * Loads what a service needs and proves it: settings by their schema, each secret read, parsed and really tried against its
 * far side. Await it before a port opens.
 *
 * @throws {StartupError} with every problem found, in one report
 */
export async function loadService<Settings extends z.ZodObject, Specs extends SecretSpecs>(
  definition: ServiceDefinition<Settings, Specs>,
  options: LoadOptions,
): Promise<Service<ServiceDefinition<Settings, Specs>>> {
  const { env, clock = systemClock, pollMs = 30_000, probeTimeoutMs = 10_000 } = options
  const report = new ProblemReport(definition.name)
  const environment = await report.collect(
    { key: 'REKEY_ENVIRONMENT', rule: 'development, test or production', source: 'env' },
    () => parseEnvironment(env),
  )
  const { settings, problems } = parseSettings(definition.settings, env)
  report.add(problems)
  const source = environment && (await collectSource(options, environment, report))
  let secrets: LoadedSecret[] = []
  if (environment && source) {
    const context = { source, environment, settings, probeTimeoutMs }
    secrets = await loadSecrets(definition, context, report)
  }
  report.throwIfAny()
  if (!environment || !source || !settings) throw new TypeError('a failed attempt left no problem')
  return createService(definition, { source, environment, settings, secrets, clock, pollMs })
}

function collectSource(options: LoadOptions, environment: Environment, report: ProblemReport) {
  const rule = 'a source of secrets that this environment allows'
  return report.collect(
    { key: 'REKEY_SECRETS', rule, source: 'env' },
    () => options.source ?? openSource(options.env, environment),
  )
}
