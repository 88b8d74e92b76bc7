import { readFile } from 'node:fs/promises'
import { Secret, SecretError } from '@rekey/secret'
import { fileError } from '@rekey/secret/files'
import type { AuthMethod, VaultSession } from '../vault/index.ts'
import { importAdapter, type LocateOptions, type Variables } from './opening.ts'

/** The adapter of Vault. @throws {SecretError} if its driver is not installed */
export const importVault = () => importAdapter('node-vault', () => import('../vault/index.ts'))

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
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, path)
  })
}
