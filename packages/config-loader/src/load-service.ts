import type { z } from 'zod/v4'
import type { SecretSpecs, ServiceDefinition } from './define-service.ts'
import { type EnvironmentVariables, parseEnvironment } from './environment.ts'
import type { LoadOptions } from './load-options.ts'
import { loadSecrets } from './load-secrets.ts'
import { type Problem, ProblemReport } from './startup-error.ts'
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
  options: LoadOptions<Specs, z.output<Settings>>,
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

/** Settings, or everything that is wrong with them. */
type SettingsResult<T> =
  | { readonly settings: T; readonly problems: readonly [] }
  | { readonly settings: undefined; readonly problems: readonly Problem[] }

/**
 * Reads the settings out of the environment by their schema. Zod's issues hold no input unless asked (`reportInput`), and
 * it is not asked, so the problems hold no values.
 */
export function parseSettings<Schema extends z.ZodObject>(
  schema: Schema,
  env: EnvironmentVariables,
): SettingsResult<z.output<Schema>> {
  const result = schema.safeParse(env)
  if (result.success) return { settings: result.data, problems: [] }
  return { settings: undefined, problems: result.error.issues.map((i) => toProblem(i, env)) }
}

function toProblem(issue: z.core.$ZodIssue, env: EnvironmentVariables): Problem {
  const key = issue.path.map(String).join('.')
  const absent = env[key] === undefined
  return {
    key,
    code: absent ? 'missing' : 'malformed',
    rule: absent ? 'required' : issue.message,
    source: 'env',
    remedy: absent ? `set ${key}` : `correct ${key}`,
  }
}
