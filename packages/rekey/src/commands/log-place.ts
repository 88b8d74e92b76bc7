import { readRegularFile } from '@rekey/secret/internal/files'
import { resolve } from 'node:path'
import { apiKeyTo, withApiKey } from '@rekey/api-key-auth'
import { createLiveSecret } from '@rekey/secret/internal'
import {
  type LiveSecret,
  parseSecureUrl,
  Secret,
  SecretError,
  type SecretSpec,
  type SecretVersion,
} from '@rekey/secret'
import { createTlsFetch, tlsIdentity } from '@rekey/tls-identity'
import { createLogClient, type LogClient } from '@rekey/audit-log/transparency'
import type { Command } from 'commander'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'

/** Flags of a command that reads a log from the service that has it. */
export interface LogPlaceFlags {
  readonly url?: string
  readonly trust?: string
  readonly serverName?: string
  readonly identityVariable?: string
  readonly keyVariable?: string
}

/** Adds the flags of {@link LogPlaceFlags}. */
export function addLogPlace(command: Command, purpose: string): Command {
  return command
    .option('--url <url>', purpose)
    .option(
      '--trust <file>',
      'with --url: PEM of the CAs that issue the certificate of the service',
    )
    .option('--server-name <name>', 'with --url: the name in that certificate; default: its host')
    .option(
      '--identity-variable <variable>',
      'with --url: which environment variable holds the identity to show, key and certificates; default: the one TLS_…',
    )
    .option(
      '--key-variable <variable>',
      'with --url: which environment variable holds the API key to show; default: the one API_KEY_…_SERVER',
    )
}

/** A client of a log, with its connections. */
export interface ServedLog extends AsyncDisposable {
  readonly client: LogClient
  readonly url: string
  /** Authenticates the service and the caller. */
  readonly fetch: typeof fetch
}

/**
 * Opens a log that a service has, with the identity and the key of one that may read it, as `rekey run` puts them into the environment.
 *
 * @throws {UsageError} for a flag or variable that is missing
 * @throws {SecretError} `refused` for an address of clear text; `malformed` for an identity or a key that is none
 */
export async function openServedLog(flags: LogPlaceFlags, context: CliContext): Promise<ServedLog> {
  const { url = '', trust } = flags
  const { origin, hostname } = parseSecureUrl(url, '--url')
  const { serverName = hostname } = flags
  if (trust === undefined) {
    throw new UsageError('--url needs --trust, a file with the CAs that issue its certificate')
  }
  const calls = createTlsFetch({
    trust: await readRegularFile(resolve(context.cwd, trust)),
    name: serverName,
    identity: fromEnvironment(
      tlsIdentity(),
      flags.identityVariable ?? onlyVariable('TLS_', '', '--identity-variable', context),
      context,
    ),
  })
  const receiver = serverName.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
  const keyVariable =
    flags.keyVariable ?? onlyVariable('API_KEY_', `_${receiver}`, '--key-variable', context)
  const key = fromEnvironment(apiKeyTo(serverName), keyVariable, context)
  const fetch = withApiKey(key, { origins: [origin] })(calls.fetch)
  return {
    ...{ client: createLogClient({ url, fetch }), url, fetch },
    [Symbol.asyncDispose]: () => calls.close(),
  }
}

/** @throws {UsageError} unless exactly one variable is set whose name begins and ends so */
function onlyVariable(begin: string, end: string, flag: string, { env }: CliContext): string {
  const found = Object.keys(env).filter(
    (name) => name.startsWith(begin) && name.endsWith(end) && env[name],
  )
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const which = found.length === 0 ? `no ${begin}…${end} is set` : `${found.join(' and ')} are set`
  const remedy = 'run the command by `rekey run SERVICE -- rekey ...`, or name the variable'
  throw new UsageError(`${flag} is missing, and ${which}: ${remedy}`)
}

/** @throws {SecretError} what `spec` throws, with the name of the variable */
function fromEnvironment<T>(spec: SecretSpec<T>, name: string, { env }: CliContext): LiveSecret<T> {
  const text = env[name]
  if (!text) {
    const remedy = 'run the command by `rekey run SERVICE -- rekey ...`, or name another'
    throw new UsageError(`${name} is not set: ${remedy}`)
  }
  const { value, sensitive } = parseVariable(spec, name, text)
  const current: SecretVersion<T> = {
    ...{ name, version: 'environment', stage: 'current', value: Secret.of(value, name) },
    sensitive: sensitive.map((each) => Secret.of(each, name)),
  }
  return createLiveSecret({ name, revision: 'environment', current })
}

function parseVariable<T>(spec: SecretSpec<T>, name: string, text: string) {
  try {
    return spec.parse(text)
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    throw new SecretError(error.code, `${name}: ${error.message}`, error.details)
  }
}
