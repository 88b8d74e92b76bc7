import { KEY_PROOF_PATH } from '@rekey/api-key-auth'
import { type Secret, SecretError } from '@rekey/secret'

const PROOF_TIMEOUT_MS = 5_000

/**
 * A test call with the key itself to one receiver replica.
 *
 * @throws {SecretError} `rejected` if the receiver refuses the key, `unreachable` if it gives no such answer
 */
export async function proveApiKey(
  url: string,
  key: Secret,
  { fetch, signal }: ProofCall,
): Promise<void> {
  const status = await call(url, key, { fetch, signal })
  if (status === 200) return
  if (status === 401) {
    throw new SecretError(
      'rejected',
      `${url} refuses the new key: check that it reads the same store`,
    )
  }
  throw new SecretError('unreachable', `${url} did not judge the new key: check that it is up`, {
    status,
  })
}

/** How to call. */
interface ProofCall {
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
}

async function call(url: string, key: Secret, { fetch, signal }: ProofCall): Promise<number> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PROOF_TIMEOUT_MS)])
  try {
    const response = await fetch(new URL(KEY_PROOF_PATH, url), {
      headers: { authorization: `Bearer ${key.expose()}` },
      redirect: 'error',
      signal: limit,
    })
    await response.body?.cancel()
    return response.status
  } catch {
    signal.throwIfAborted()
    throw new SecretError('unreachable', `${url} does not answer: check that it is up`)
  }
}
