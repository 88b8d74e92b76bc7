import { KEY_PROOF_PATH } from '@rekey/api-key-auth'
import { type Secret, SecretError, type SecretVersion } from '@rekey/secret'
import { acknowledgements, type Answer } from '../fleet.ts'
import type { StepContext } from '../rotation-kind.ts'
import { type ApiKeyLink, knows, nameOf } from './api-key-link.ts'

const PROOF_TIMEOUT_MS = 5_000

/**
 * A test call with the key itself to every receiver replica that there is, of which each must say that it knows the key, and
 * accept it. One that was restarted since it said so is waited for. Once the secret has leaked, one replica that accepts the
 * key is enough, and the others are named and left behind.
 *
 * @throws {SecretError} `rejected` if a receiver refuses a key that it knows; `unreachable` naming who is late when the deadline
 * passes
 */
export async function proveApiKey(
  link: ApiKeyLink,
  candidate: SecretVersion,
  context: StepContext,
): Promise<void> {
  const { clock, signal, compromised } = context
  const deadline = clock.now() + link.deadlineMs
  for (;;) {
    const { late, accepted } = await tryEverywhere(link, candidate, signal)
    if (late.length === 0) return
    const laggards = late.map(nameOf).join(', ')
    if (compromised && accepted > 0) {
      context.waiting(`went on without ${laggards}`)
      return
    }
    if (clock.now() >= deadline) {
      const message = `${link.secret}: no call with the key was accepted by ${laggards}: check that it is up and reads the same store`
      throw new SecretError('unreachable', message)
    }
    context.waiting(`${accepted}/${accepted + late.length} replicas: accepts a call with the key`)
    await clock.sleep(link.pollMs, signal, { keepAlive: true })
  }
}

async function tryEverywhere(
  link: ApiKeyLink,
  candidate: SecretVersion,
  signal: AbortSignal,
): Promise<{ late: Answer[]; accepted: number }> {
  const ask = () => acknowledgements({ ...link, service: link.receiver }, signal)
  const { fetch } = link
  const tried = await Promise.all(
    (await ask()).map(async (answer) => {
      // A key that it does not know would count against the address of the rotator.
      const { said, replica } = answer
      if (!knows(said, candidate)) return { answer, status: undefined }
      return { answer, status: await call(replica.url, candidate.value, { fetch, signal }) }
    }),
  )
  const refused = tried.filter(({ status }) => status === 401)
  const after = refused.length === 0 ? [] : await ask()
  for (const { answer } of refused) {
    const again = after.find(({ replica }) => replica.healthUrl === answer.replica.healthUrl)
    // A replica that was restarted between the two looks refuses what it does not know yet.
    const isSame = again?.said?.usage.since === answer.said?.usage.since
    if (!isSame || !knows(again?.said, candidate)) continue
    const message = `${answer.replica.url} refuses the new key: check that it reads the same store`
    throw new SecretError('rejected', message)
  }
  const late = tried.filter(({ status }) => status !== 200).map(({ answer }) => answer)
  return { late, accepted: tried.length - late.length }
}

/** How to call. */
interface ProofCall {
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
}

/** The status of the answer, or nothing if there was none. */
async function call(
  url: string,
  key: Secret,
  { fetch, signal }: ProofCall,
): Promise<number | undefined> {
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
    return undefined
  }
}
