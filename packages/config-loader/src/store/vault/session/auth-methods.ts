import { Secret, SecretError } from '@rekey/secret'
import { readTextFile } from '../../read-text-file.ts'
import { isVaultReason, readLogin, type VaultLogin } from '../http/vault-answer.ts'
import type { VaultConnection } from '../http/vault-client.ts'
import type { EmitVaultEvent } from './vault-event.ts'

/**
 * A way to get a token: `tokenAuth`, `appRoleAuth`, `kubernetesAuth`. Called anew at each login; whatever comes from a file is
 * read anew then.
 */
export interface AuthMethod {
  /** Where it logs in: `auth/approle`. */
  readonly path: string
  /** Whether each login makes a token of its own, which is then revoked with the session. */
  readonly ownsToken: boolean
  /** @throws {SecretError} */
  login(connection: VaultConnection, context: LoginContext): Promise<VaultLogin>
}

/** Logs in at `auth/MOUNT/login`. Not repeated: a secret_id may be good for few logins. */
async function logInAt(
  path: string,
  body: Readonly<Record<string, unknown>>,
  connection: VaultConnection,
  { signal }: LoginContext,
): Promise<VaultLogin> {
  const { auth } = await connection.request({
    method: 'POST',
    path: `${path}/login`,
    body,
    token: 'none',
    repeatable: false,
    signal,
  })
  if (auth === undefined) {
    throw new SecretError('malformed', `${path}: the answer holds no token: is it an auth method?`)
  }
  return auth
}

/** How a machine logs in. */
export interface AppRoleAuthOptions {
  /** The role_id, or the file that holds it. */
  readonly roleId: Secret | { readonly file: string }
  /** Absent for a role with `bind_secret_id=false`. */
  readonly secretIdFile?: string
  /**
   * If the file holds a wrapping token: the path that must have made what is wrapped, such as
   * `auth/approle/role/frontend/secret-id`.
   */
  readonly wrappedBy?: string
  /** Default: `approle`. */
  readonly mount?: string
}

/**
 * Logs in with a role_id and a secret_id, both read at each login. A wrapped secret_id is unwrapped once; if it was made
 * elsewhere or was unwrapped before, the event `security-alarm` is emitted, and only another file is tried.
 */
export function appRoleAuth(options: AppRoleAuthOptions): AuthMethod {
  const { roleId, secretIdFile, wrappedBy, mount = 'approle' } = options
  const path = `auth/${mount}`
  const wrapped = wrappedBy === undefined ? undefined : new WrappedSecretId(wrappedBy)
  return {
    path,
    ownsToken: true,
    async login(connection, context) {
      const role = 'file' in roleId ? await readCredential(roleId.file, 'VAULT_ROLE_ID') : roleId
      const body: Record<string, string> = { role_id: role.expose() }
      if (secretIdFile !== undefined) {
        const found = await readCredential(secretIdFile, 'VAULT_SECRET_ID')
        const secretId = (await wrapped?.unwrap(found, connection, context)) ?? found
        body['secret_id'] = secretId.expose()
      }
      return logInAt(path, body, connection, context)
    },
  }
}

/** How a pod logs in. */
export interface KubernetesAuthOptions {
  /** Vault's role that is bound to the pod's service account. */
  readonly role: string
  /** Default: where Kubernetes mounts the token of the service account. */
  readonly jwtFile?: string
  /** Default: `kubernetes`. */
  readonly mount?: string
}

const JWT_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/**
 * Logs in with the token of the pod's service account. The kubelet replaces that file within the hour, so it is read at each
 * login.
 */
export function kubernetesAuth(options: KubernetesAuthOptions): AuthMethod {
  const { role, jwtFile = JWT_FILE, mount = 'kubernetes' } = options
  const path = `auth/${mount}`
  return {
    path,
    ownsToken: true,
    async login(connection, context) {
      const jwt = await readCredential(jwtFile, 'KUBERNETES_JWT')
      return logInAt(path, { role, jwt: jwt.expose() }, connection, context)
    },
  }
}

/** A token, or the file that holds it, such as the sink of a Vault Agent. */
export type TokenAuthOptions = { readonly token: Secret } | { readonly file: string }

/**
 * Uses a token that was made elsewhere. It is renewed but never revoked, since it is not ours; a file is read anew when
 * the token in hand ends.
 *
 * Its term is read from `auth/token/lookup-self`, which the policy `default` allows.
 */
export function tokenAuth(options: TokenAuthOptions): AuthMethod {
  return {
    path: 'auth/token',
    ownsToken: false,
    async login(connection, { signal }) {
      const token =
        'token' in options ? options.token : await readCredential(options.file, 'VAULT_TOKEN')
      const path = 'auth/token/lookup-self'
      const { data = {} } = await connection.request({ method: 'GET', path, token, signal })
      return readLogin(token, data)
    },
  }
}

const MAX_BYTES = 64 * 1024

/**
 * A credential from a file, without the white space around it. Errors do not show the path: it may be the credential itself,
 * put there by mistake.
 *
 * @throws {SecretError} as {@link readTextFile}, `malformed` if nothing is left
 */
async function readCredential(path: string, label: string): Promise<Secret> {
  const called = `the file of ${label}`
  const text = (await readTextFile(path, MAX_BYTES, called)).text.trim()
  if (text === '') throw new SecretError('malformed', `${called} is empty: put the ${label} there`)
  return Secret.of(text, label)
}

/** The context of one login. */
interface LoginContext {
  readonly signal: AbortSignal
  readonly emit: EmitVaultEvent
}

/**
 * A secret_id in an envelope that can be opened once (Vault's response wrapping), so that opening it proves that it was not
 * opened before. Each envelope is tried once: an answer that was lost has used it up as well.
 */
class WrappedSecretId {
  readonly #creationPath: string
  #tried: Secret | undefined
  #secretId: Secret | undefined

  /** @param creationPath the path that must have made what is inside */
  constructor(creationPath: string) {
    this.#creationPath = creationPath
  }

  /**
   * Unwraps the content, from Vault for a new envelope and from memory for the last one.
   *
   * @throws {SecretError} `refused` with an alarm if the envelope is not as it must be, `unreachable` before it was opened
   */
  async unwrap(
    envelope: Secret,
    connection: VaultConnection,
    context: LoginContext,
  ): Promise<Secret> {
    if (this.#tried?.expose() === envelope.expose()) return this.#secretId ?? raise('spent')
    this.#secretId = undefined
    try {
      await this.#checkOrigin(envelope, connection, context)
      this.#tried = envelope
      this.#secretId = await open(envelope, connection, context)
      return this.#secretId
    } catch (error) {
      if (isVaultReason(error, ...SURELY_NOT_DONE)) this.#tried = undefined
      const isAlarm = this.#tried === envelope || isAlarming(error)
      if (!isAlarm || !(error instanceof SecretError)) throw error
      this.#tried = envelope
      context.emit('security-alarm', { path: this.#creationPath, error })
      throw error
    }
  }

  /** Checks before opening that the expected path made the envelope: opening a foreign one would use a foreign secret_id. */
  async #checkOrigin(
    envelope: Secret,
    connection: VaultConnection,
    { signal }: LoginContext,
  ): Promise<void> {
    const { data = {} } = await connection.request({
      method: 'POST',
      path: 'sys/wrapping/lookup',
      body: { token: envelope.expose() },
      token: 'none',
      repeatable: true,
      signal,
    })
    if (data['creation_path'] !== this.#creationPath) raise('foreign')
  }
}

/** After these an envelope is as it was. */
const SURELY_NOT_DONE = ['not-connected', 'throttled', 'replica-behind', 'sealed'] as const

const PROBLEMS = {
  spent: 'it was tried before: have a new one issued, and find out who opened the last one',
  foreign: 'it was not made by the expected path: find out who put it there',
  empty: 'it holds no secret_id: find out who put it there',
} as const

function raise(reason: keyof typeof PROBLEMS): never {
  throw new SecretError('refused', `the wrapped secret_id: ${PROBLEMS[reason]}`, {
    reason: `wrapping-${reason}`,
  })
}

function isAlarming(error: unknown): boolean {
  const isOurs = error instanceof SecretError && error.code === 'refused'
  return isOurs || isVaultReason(error, 'wrapping-token-gone', 'bad-request', 'dead-token')
}

async function open(
  envelope: Secret,
  connection: VaultConnection,
  { signal }: LoginContext,
): Promise<Secret> {
  const { data = {} } = await connection.request({
    method: 'POST',
    path: 'sys/wrapping/unwrap',
    token: envelope,
    repeatable: false,
    signal,
  })
  const { secret_id: secretId } = data
  return typeof secretId === 'string' ? Secret.of(secretId, 'VAULT_SECRET_ID') : raise('empty')
}
