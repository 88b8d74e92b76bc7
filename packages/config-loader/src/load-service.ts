import type { z } from 'zod'
import type { SecretSpecs, ServiceDefinition } from './define-service.ts'
import { parseEnvironment } from './environment.ts'
import type { LoadOptions } from './load-options.ts'
import { loadSecrets } from './load-secrets.ts'
import { parseSettings } from './parse-settings.ts'
import { ProblemReport } from './problem-report.ts'
import { createService, type Service } from './service.ts'
import { openLoader } from './service-loader.ts'

/**
 * Loads what a service needs and proves it: settings by their schema, each secret read, parsed and really tried against its
 * far side. Await it before a port opens.
 *
 * @throws {StartupError} with every problem found, in one report
 *
 * @example
 * ```ts
 * await using service = await loadService(definition, { env: process.env })
 * service.secrets.database.current
 * ```
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
    const secrets = loader && (await loadSecrets(definition, loader, settings, report))
    report.throwIfAny()
    if (!loader || !secrets || !settings) throw new TypeError('a failed attempt left no problem')
    return createService(definition, loader, settings, secrets)
  } catch (error) {
    await loader?.dispose()
    throw error
  }
}
