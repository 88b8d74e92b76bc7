import { readFileSync } from 'node:fs'
// eslint-disable-next-line @rekey/no-raw-env -- the files that the application itself reads
import { parseEnv } from 'node:util'
import { guardProcess } from '@rekey/log-redactor'
import { type LiveSecret, Secret } from '@rekey/secret'
import { errnoOf } from '@rekey/secret/internal/files'
import type { ServiceDefinition } from '../define-service.ts'
import type { EnvironmentVariables } from '../environment.ts'
import type { LoadOptions } from '../load-options.ts'
import type { Service } from '../service.ts'
import { StartupError } from '../startup-error.ts'
import { describeFailure, type Redact } from './describe-failure.ts'
import { writeEvents } from './run-service.ts'

/** An application that reads its secrets from its environment itself, as {@link adoptProcess} takes it. */
export interface AdoptOptions<
  D extends ServiceDefinition,
  Masks extends { readonly redact: Redact; add(secret: Secret): void },
> {
  /** Loads the service with its own definition: `loadService`. */
  readonly load: (options: Required<Pick<LoadOptions, 'env' | 'onEvent'>>) => Promise<Service<D>>
  /** Creates what masks the secrets in the output: `createRedactor` of `@rekey/log-redactor`. */
  readonly redactor: (secrets: readonly LiveSecret<unknown>[]) => Masks
  /** The variable that has each secret today, by the secret's name in a store. */
  readonly variables: Readonly<Record<string, string>>
  /** `.env` files that the application itself loads later, by their paths; those that do not exist are passed over. Default none. */
  readonly envFiles?: readonly string[]
  /** Whether the process ends with 1 where a secret or setting breaks its rule. Default false: the problems are printed, and it goes on. */
  readonly enforce?: boolean
}

/**
 * Masks the secrets of an application in all that its process prints, at once, and loads and proves them beside it. The application still
 * reads them from its environment, which is left as it is. It may be called anywhere, by code of any module system: what it returns need not be
 * awaited.
 *
 * @returns the service, once it is loaded; undefined where that failed and `enforce` is not set
 * @example
 * ```ts
 * export const service = adoptProcess(process, {
 *   load: (options) => loadService(definition, options),
 *   redactor: (secrets) => createRedactor({ secrets }),
 *   variables: { INTEGRATION_SHOP_STRIPE: 'STRIPE_API_KEY' },
 * })
 * ```
 */
export async function adoptProcess<
  D extends ServiceDefinition,
  Masks extends { readonly redact: Redact; add(secret: Secret): void },
>(
  process: Pick<NodeJS.Process, 'env' | 'exit' | 'stderr'>,
  { load, redactor, variables, envFiles = [], enforce = false }: AdoptOptions<D, Masks>,
): Promise<Service<D> | undefined> {
  const env = namedEnvironment({ ...readEnvFiles(envFiles), ...process.env }, variables)
  // From here on, each redactor that is created masks what the process prints.
  if (process === globalThis.process) guardProcess()
  const masks = redactor([])
  for (const name of Object.keys(variables)) {
    const value = env[name] ?? ''
    if (value !== '') masks.add(Secret.of(value, name))
  }
  try {
    const service = await load({ env, onEvent: writeEvents(process.stderr) })
    redactor(Object.values(service.secrets))
    return service
  } catch (error) {
    const redact = (text: string) => masks.redact(text)
    process.stderr.write(`${enforce ? refused(error, redact) : reported(error, redact)}\n`)
    if (enforce) process.exit(1)
    return undefined
  }
}

function refused(error: unknown, redact: Redact): string {
  return describeFailure(error, { production: true, redact })
}

/** Each problem as a start reports it, below another first line: this one goes on. */
function reported(error: unknown, redact: Redact): string {
  const head = 'goes on, since enforce is not set'
  if (!(error instanceof StartupError)) return `rekey ${head}: ${refused(error, redact)}`
  const [, ...problems] = error.message.split('\n')
  return redact(
    [`${error.service} ${head}, with what a later start refuses:`, ...problems].join('\n'),
  )
}

/** Adds each secret under its name in a store, where it is not there already. */
function namedEnvironment(
  env: EnvironmentVariables,
  variables: Readonly<Record<string, string>>,
): EnvironmentVariables {
  const named = Object.entries(variables).flatMap(([name, variable]) => {
    const value = env[name] ?? env[variable]
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  return { ...env, ...Object.fromEntries(named) }
}

/** The variables of files, the first of which counts, as for dotenv and Node.js. */
function readEnvFiles(paths: readonly string[]): EnvironmentVariables {
  return Object.assign({}, ...paths.toReversed().map(readEnvFile)) as EnvironmentVariables
}

function readEnvFile(path: string): EnvironmentVariables {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    // The application reports what it cannot read.
    if (errnoOf(error) !== undefined) return {}
    throw error
  }
}
