import { createHmac, randomBytes } from 'node:crypto'
import { onSecretBirth } from '@rekey/secret'

const KEY = randomBytes(32)

/** Digests a value under a key of this process. A lookup by it shows nothing of the value in its time, and keeps none. */
export function valueDigest(value: string): string {
  return createHmac('sha256', KEY).update(value).digest('base64')
}

/** The secrets that this process has had. */
export interface BornValues extends Disposable {
  /** The label of a secret with that value. */
  labelOf(value: string): string | undefined
}

const decoder = new TextDecoder()

/**
 * Remembers each secret that is made in this process from now on, as the rotator makes one of every credential that it uses: the token of its store's client,
 * the key of the replicas' reports.
 */
export function watchBornValues(): BornValues {
  const labels = new Map<string, string>()
  const stop = onSecretBirth((secret) => {
    const value = secret.expose()
    if (typeof value === 'string') labels.set(valueDigest(value), secret.label)
    if (value instanceof Uint8Array) labels.set(valueDigest(decoder.decode(value)), secret.label)
  })
  return { labelOf: (value) => labels.get(valueDigest(value)), [Symbol.dispose]: stop }
}
