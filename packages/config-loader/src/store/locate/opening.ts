import { type Clock, type DisposalStack, Secret, SecretError } from '@rekey/secret'
import type { StoreDefinition } from '@rekey/secret/internal'
import { installCommand } from '@rekey/secret/internal'
import { errnoOf, fileError, readRegularFile } from '@rekey/secret/internal/files'
import type { AuthMethod } from '../vault/session/auth-methods.ts'
import type { VaultSession } from '../vault/session/vault-session.ts'

/** Environment variables, as in `process.env`. */
type Variables = Readonly<Record<string, string | undefined>>

/** The options of `openSource` and `openStore`. */
export interface LocateOptions {
  /** The conventional variables of the stores (`VAULT_ADDR`, `AWS_REGION`, `KUBECONFIG`, …), and for `env` the secrets. */
  readonly env: Variables
  /** Stores whose locators are opened too, beside the built-in ones. */
  readonly stores?: readonly StoreDefinition[] | undefined
  /** Default: the machine's own. */
  readonly clock?: Clock
  /** Refuses sources that are for development, also inside a sources file. Default false. */
  readonly production?: boolean
  /** Called for what a store does by itself, such as logins and renewals. */
  readonly onEvent?: (event: { readonly type: string }) => void
  /** The first login to Vault comes after a random part of this. Default 1,000. */
  readonly startJitterMs?: number
}

/** One act of opening a source, and the stack of what belongs to it. */
export class Opening {
  readonly options: LocateOptions
  readonly #stack: DisposalStack
  #session: Promise<VaultSession> | undefined

  constructor(options: LocateOptions, stack: DisposalStack) {
    this.options = options
    this.#stack = stack
  }

  /** Disposes `resource` together with all that is opened here, in the reverse order. */
  own<T extends object>(resource: T, name: string): T {
    return isDisposable(resource) ? this.#stack.use(resource, name) : resource
  }

  /** The one session that all sources in Vault share. */
  session(open: (options: LocateOptions) => Promise<VaultSession>): Promise<VaultSession> {
    this.#session ??= open(this.options).then((session) => this.own(session, 'session of Vault'))
    return this.#session
  }
}

function isDisposable(resource: object): resource is AsyncDisposable {
  return Symbol.asyncDispose in resource
}

const NOT_FOUND: readonly unknown[] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']

/**
 * Imports an adapter whose driver is an optional peer.
 *
 * @param peer the npm package of the driver
 * @throws {SecretError} `unreachable` if it is not installed, with the command that installs it in a version that fits
 */
export async function importAdapter<T>(peer: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if (!(error instanceof Error) || !NOT_FOUND.includes(errnoOf(error))) throw error
    if (!error.message.includes(`'${peer}'`)) throw error
    const command = installCommand(import.meta.url, '@rekey/config-loader', peer)
    throw new SecretError(
      'unreachable',
      `the package ${peer} is needed for that source and not installed: ${command}`,
      { package: peer },
    )
  }
}

/** The adapter of Vault. @throws {SecretError} if its driver is not installed */
export const importVault = () => importAdapter('node-vault', () => import('../vault/internal.ts'))

type Vault = Awaited<ReturnType<typeof importVault>>
type ReadAuth = (vault: Vault, env: Variables) => AuthMethod

/** The values of `REKEY_VAULT_AUTH`. */
const METHODS: Readonly<Record<string, ReadAuth>> = {
  token: ({ tokenAuth }, env) => {
    const [token, file] = [env['VAULT_TOKEN'], env['VAULT_TOKEN_FILE']]
    if (token) return tokenAuth({ token: Secret.of(token, 'VAULT_TOKEN') })
    if (file) return tokenAuth({ file })
    throw new SecretError('malformed', 'set VAULT_TOKEN_FILE, VAULT_TOKEN or REKEY_VAULT_AUTH')
  },
  approle: ({ appRoleAuth }, env) => {
    const [secretIdFile, wrappedBy] = [env['VAULT_SECRET_ID_FILE'], env['REKEY_VAULT_WRAPPED_BY']]
    const roleId = env['VAULT_ROLE_ID']
    return appRoleAuth({
      roleId: roleId
        ? Secret.of(roleId, 'VAULT_ROLE_ID')
        : { file: required(env, 'VAULT_ROLE_ID_FILE') },
      ...(secretIdFile && { secretIdFile }),
      ...(wrappedBy && { wrappedBy }),
      ...mountIn(env),
    })
  },
  kubernetes: ({ kubernetesAuth }, env) => {
    const jwtFile = env['REKEY_VAULT_JWT_FILE']
    const role = required(env, 'REKEY_VAULT_ROLE')
    return kubernetesAuth({ role, ...(jwtFile && { jwtFile }), ...mountIn(env) })
  },
}

/**
 * Opens a session with the Vault that the variables name: `VAULT_ADDR`, `VAULT_NAMESPACE`, `VAULT_CACERT`, and for the login
 * `REKEY_VAULT_AUTH` (`token`, `approle` or `kubernetes`).
 *
 * @throws {SecretError} `malformed` if a variable is missing or wrong, and what the login throws
 */
export async function openSession(options: LocateOptions): Promise<VaultSession> {
  const { env, clock, onEvent, startJitterMs } = options
  const vault = await importVault()
  const [namespace, caCertFile] = [env['VAULT_NAMESPACE'], env['VAULT_CACERT']]
  const client = vault.createVaultClient({
    address: required(env, 'VAULT_ADDR'),
    ...(namespace && { namespace }),
    ...(caCertFile && { caCert: await readPem(caCertFile) }),
    ...(clock && { clock }),
  })
  return vault.openVaultSession({
    client,
    auth: readAuth(vault, env),
    ...(clock && { clock }),
    ...(onEvent && { onEvent }),
    ...(startJitterMs !== undefined && { startJitterMs }),
  })
}

function readAuth(vault: Vault, env: Variables): AuthMethod {
  const name = env['REKEY_VAULT_AUTH'] ?? 'token'
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
  if (method !== undefined) return method(vault, env)
  const known = Object.keys(METHODS).join(', ')
  throw new SecretError('malformed', `set REKEY_VAULT_AUTH to one of ${known}`)
}

function mountIn(env: Variables): { mount?: string } {
  const mount = env['REKEY_VAULT_AUTH_MOUNT']
  return mount ? { mount } : {}
}

function required(env: Variables, variable: string): string {
  const value = env[variable]
  if (value) return value
  throw new SecretError('malformed', `set ${variable}, which Vault needs`, { variable })
}

async function readPem(path: string): Promise<string> {
  return readRegularFile(path).catch((error: unknown) => {
    throw fileError(error, path)
  })
}
