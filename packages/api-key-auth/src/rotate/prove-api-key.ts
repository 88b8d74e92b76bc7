import { parseSecureUrl, type Secret, SecretError, type SecretVersion, within } from '@rekey/secret'
import {
  type Answer,
  acknowledges,
  lookUntil,
  nameOf,
  requireNoRejection,
  timedOut,
} from '@rekey/secret/internal/kind'
import type { StepContext } from '@rekey/secret/kind'
import { KEY_PROOF_ANSWER, KEY_PROOF_PATH } from '../use/key-proof.ts'
import type { ApiKeyLink, Look } from './api-key-link.ts'

const PROOF_TIMEOUT_MS = 5_000

const TOO_MANY = 'it was restarted or has refused too many keys from here: wait'
const REMEDIES: ReadonlyMap<number, string> = new Map([
  [401, TOO_MANY],
  [429, TOO_MANY],
  [403, 'it refuses the client certificate of the sender: see its log'],
])

/** The outcome of the key at one receiver replica. */
interface Attempt {
  readonly answer: Answer
  /** The status of its answer to the call; absent if it was not called or did not answer. */
  readonly status?: number | undefined
}

/**
 * Calls `GET /api-key/proof` with the key itself at every receiver replica that there is, of which each must report that it knows
 * the key, and accept it. One that was restarted since it reported so is waited for. Once the secret has leaked, one replica that
 * accepts the key is enough, and the others are named and left behind, those that refuse it included.
 *
 * @throws {SecretError} `rejected` if a receiver rejects the version, or refuses a key that it has loaded; `unreachable` naming who is late, and what it answered,
 * when the deadline passes
 */
export async function proveApiKey(
  link: ApiKeyLink,
  candidate: SecretVersion,
  context: StepContext,
): Promise<void> {
  const { clock, signal, compromised } = context
  const deadline = clock.elapsed() + link.deadlineMs
  for (;;) {
    const times = { deadline, pollMs: link.pollMs }
    const tried = await lookUntil(() => tryEverywhere(link, candidate, context), times, context)
    const late = tried.filter(({ status }) => status !== KEY_PROOF_ANSWER.status)
    const accepted = tried.length - late.length
    if (late.length === 0) return
    if (compromised && accepted > 0) {
      context.waiting(`went on without ${late.map(({ answer }) => nameOf(answer)).join(', ')}`)
      return
    }
    const answers = late.map(({ answer }) => answer)
    await requireNoRefusal(link, { candidate, late }, context)
    requireNoRejection(answers, candidate)
    const reasons = late.map((attempt) => describe(attempt, candidate)).join('; ')
    if (clock.elapsed() >= deadline) {
      const message = `${link.secret}: the new key is not proven at every receiver: ${reasons}`
      throw timedOut(message, answers)
    }
    const progress = `waiting for ${late.length} of ${accepted + late.length} replicas to accept a call with the key`
    context.waiting(`${progress}; ${reasons}`)
    await clock.sleep(link.pollMs, signal, { keepAlive: true })
  }
}

/** Why a replica has not accepted the key, and what to do about it. */
function describe({ answer, status }: Attempt, candidate: SecretVersion): string {
  const name = nameOf(answer)
  if (answer.ack === undefined) return `${name} gives no health report: check that it is up`
  if (!acknowledges(answer.ack, candidate)) {
    return `${name} has not loaded the key: check that it reads the same store`
  }
  const call = `GET ${new URL(KEY_PROOF_PATH, answer.replica.url).href}`
  if (status === undefined) return `${name} did not answer ${call}: check that it is up`
  const remedy = REMEDIES.get(status) ?? 'let apiKeyAuth of @rekey/api-key-auth handle that path'
  return `${name} answered ${call} with ${status} instead of ${KEY_PROOF_ANSWER.status}: ${remedy}`
}

async function tryEverywhere(
  link: ApiKeyLink,
  candidate: SecretVersion,
  look: Look,
): Promise<Attempt[]> {
  const { fetch } = link
  const { signal } = look
  return Promise.all(
    (await askReceivers(link, look)).map(async (answer): Promise<Attempt> => {
      // A key that it has not loaded would count against the address of the rotator.
      const { ack, replica } = answer
      if (!acknowledges(ack, candidate)) return { answer }
      return { answer, status: await call(replica.url, candidate.value, { fetch, signal }) }
    }),
  )
}

export function askReceivers(
  link: ApiKeyLink,
  { signal, leftBehind: known = new Map() }: Look,
): Promise<Answer[]> {
  return link.fleet.acknowledgements({ ...link, service: link.receiver, known }, signal)
}

/** Ends the proof where a replica refuses the key that it has loaded, and still has. @throws {SecretError} `rejected` */
async function requireNoRefusal(
  link: ApiKeyLink,
  { candidate, late }: { candidate: SecretVersion; late: readonly Attempt[] },
  look: Look,
): Promise<void> {
  const refused = late.filter(({ status }) => status === 401)
  const after = refused.length === 0 ? [] : await askReceivers(link, look)
  for (const { answer } of refused) {
    const again = after.find(({ replica }) => replica.healthUrl === answer.replica.healthUrl)
    // A replica that was restarted between the two looks refuses what it has not loaded yet.
    const isSame = again?.ack?.usage.since === answer.ack?.usage.since
    if (!isSame || !acknowledges(again?.ack, candidate)) continue
    const proof = new URL(KEY_PROOF_PATH, answer.replica.url).href
    const message = `${nameOf(answer)} has loaded the new key and answered GET ${proof} with 401: check that it reads the same store`
    throw new SecretError('rejected', message)
  }
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
  const target = new URL(KEY_PROOF_PATH, parseSecureUrl(url, 'the url of a replica'))
  const limit = { what: `the proof of a key at ${url}`, limitMs: PROOF_TIMEOUT_MS, signal }
  try {
    return await within(limit, async (limited) => {
      const response = await fetch(target, {
        headers: { authorization: `Bearer ${key.expose()}` },
        redirect: 'error',
        signal: limited,
      })
      await response.body?.cancel()
      return response.status
    })
  } catch (error) {
    signal.throwIfAborted()
    // The call was not made: the sender has no identity that could make it.
    if (error instanceof SecretError && error.code === 'refused') throw error
    return undefined
  }
}
