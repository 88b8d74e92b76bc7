import { Secret, SecretError } from '@rekey/secret'
import type { VaultConnection } from '../http/vault-client.ts'
import { isVaultReason } from '../http/vault-failure.ts'
import type { TellVault } from './vault-event.ts'

/** The context of one login. */
export interface LoginContext {
  readonly signal: AbortSignal
  readonly tell: TellVault
}

/**
 * A secret_id in an envelope that can be opened once (Vault's response wrapping), so that opening it proves that it was not
 * opened before. Each envelope is tried once: an answer that was lost has used it up as well.
 */
export class WrappedSecretId {
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
      context.tell('security-alarm', { path: this.#creationPath, error })
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
