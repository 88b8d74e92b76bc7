import { resolve } from 'node:path'
import type { ConsoleOptions } from '../console/open-console.ts'
import { Secret } from '@rekey/secret'
import { fileError, readRegularFile } from '@rekey/secret/internal/files'
import { createEnvSource } from '@rekey/config-loader/store'
import type { CliContext } from './cli-context.ts'

/** The variable with the client secret of a console, or with `_FILE` the one that names its file. */
const CLIENT_SECRET = 'REKEY_CONSOLE_CLIENT_SECRET'

/** The options of a console that come from its login file. The login closes when disposed. */
interface Entrance extends AsyncDisposable {
  readonly options: Pick<ConsoleOptions, 'login' | 'tls'>
}

const CLOSED = { options: {}, [Symbol.asyncDispose]: () => Promise.resolve() }

/**
 * Opens the login that a file describes; without one the console has none. The client secret is read anew for each login.
 *
 * @throws {SecretError} for a file that cannot be read or is none, and a client secret that is missing
 */
export async function openEntrance(
  path: string | undefined,
  { cwd, env }: Pick<CliContext, 'cwd' | 'env'>,
): Promise<Entrance> {
  if (path === undefined) return CLOSED
  // The library of OpenID Connect is loaded where it is used.
  const { openOperatorLogin, parseLoginSettings } = await import('../console/login/index.ts')
  const file = resolve(cwd, path)
  const settings = parseLoginSettings(await read(file), path)
  const source = createEnvSource({ env })
  const clientSecret = async () => (await source.read(CLIENT_SECRET)).current.value
  if (settings.clientAuthentication !== 'none') await clientSecret()
  const tls = settings.tls && {
    certificate: await read(resolve(cwd, settings.tls.certificateFile)),
    key: Secret.of(await read(resolve(cwd, settings.tls.keyFile)), 'the key of the console'),
  }
  const login = await openOperatorLogin({ settings, clientSecret })
  return {
    options: { login, ...(tls && { tls }) },
    [Symbol.asyncDispose]: () => login[Symbol.asyncDispose](),
  }
}

async function read(file: string): Promise<string> {
  return readRegularFile(file).catch((error: unknown) => {
    throw fileError(error, file)
  })
}
