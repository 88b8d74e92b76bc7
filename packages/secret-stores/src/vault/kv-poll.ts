import { type Clock, SecretError } from '@rekey/secret'
import type { Wakeup } from '../watch-secret.ts'
import { type KvLocator, kvPath, type KvPlace } from './kv-mount.ts'
import { objectOf } from './read-answer.ts'
import type { VaultConnection } from './vault-connection.ts'
import { isVaultReason } from './vault-failure.ts'

/** What {@link pollKvVersions} asks for. */
export interface KvPollOptions {
  readonly connection: VaultConnection
  readonly locator: KvLocator
  readonly name: string
  readonly pollMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

const ABSENT = 'absent'

/**
 * Notifies `wakeup` when a secret may have changed, until the signal aborts. Asks for the document's metadata, so that no
 * value leaves Vault while nothing changes; where that is not allowed, or not known (KV version 1), every poll notifies. The
 * wait is rand[pollMs/2, pollMs], as in the caching clients of AWS Secrets Manager.
 */
export function pollKvVersions(wakeup: Wakeup, options: KvPollOptions): void {
  void poll(wakeup, options)
}

async function poll(wakeup: Wakeup, options: KvPollOptions): Promise<void> {
  const { pollMs, clock, signal } = options
  const mark = createMarkReader(options)
  let seen: string | undefined
  while (!signal.aborted) {
    try {
      await clock.sleep(pollMs * (0.5 + Math.random() / 2), signal)
      const now = await mark()
      if (now === undefined || now !== seen) wakeup.notify()
      seen = now
    } catch (error) {
      // Out of reach: there is nothing to be read either.
      if (!(error instanceof SecretError) && !isAborted(signal)) throw error
    }
  }
}

const isAborted = (signal: AbortSignal) => signal.aborted

/** Answers with a text that changes when the document does; `undefined` if there is none to be had. */
function createMarkReader({ connection, locator, name, signal }: KvPollOptions) {
  let allowed = true
  return async (): Promise<string | undefined> => {
    const place = await locator.locate()
    if (place.mount.version === 1 || !allowed) return undefined
    try {
      return await readMark(connection, place, name, signal)
    } catch (error) {
      if (isVaultReason(error, 'absent')) return ABSENT
      if (!isVaultReason(error, 'forbidden')) throw error
      allowed = false
      return undefined
    }
  }
}

async function readMark(
  connection: VaultConnection,
  place: KvPlace,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const path = kvPath(place, 'metadata', name)
  const { data = {} } = await connection.request({ method: 'GET', path, signal })
  const current = data['current_version']
  return JSON.stringify([
    current,
    objectOf(data['versions'])?.[String(current)],
    data['created_time'],
  ])
}
