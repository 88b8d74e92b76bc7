import { createKeyring, issueApiKey, type Keyring, withApiKey } from '@rekey/api-key-auth'
import { loadService } from '@rekey/config-loader'
import {
  createFakeClock,
  Secret,
  SecretError,
  type SecretVersion,
  type StagedSecret,
} from '@rekey/secret'
import { liveVersions, type SecretHealth } from '@rekey/secret/internal'
import type { Answer } from '@rekey/secret/internal/kind'
import { ALPHA, answerBy, BETA, env } from './key-replicas.ts'
import type { Random } from './random.ts'

const KEY = 'API_KEY_ALPHA_BETA'
const STAGES = ['current', 'pending', 'previous'] as const
const MAX_STALE_MS = 60_000

/** The keys of one pair of services, each a version. */
export function createKeys(count: number): readonly SecretVersion[] {
  return Array.from({ length: count }, (_, n): SecretVersion => {
    const value = issueApiKey({ environment: 'test' }).text
    return { name: KEY, version: `v${n}`, stage: 'current', value, sensitive: [] }
  })
}

/** These keys in the order current, pending, previous. */
export function stagedAs(keys: readonly SecretVersion[]): StagedSecret {
  const placed = STAGES.flatMap((stage, n) => {
    const key = keys[n]
    return key === undefined ? [] : [[stage, { ...key, stage }] as const]
  })
  const revision = keys.map(({ version }) => version).join(' ')
  return { name: KEY, revision, ...Object.fromEntries(placed) } as unknown as StagedSecret
}

/** One to three of these keys, each in any stage. */
export function someOf(keys: readonly SecretVersion[], random: Random): StagedSecret {
  const left = [...keys]
  const count = random.between(1, 3)
  const taken = Array.from({ length: count }, () =>
    left.splice(random.between(0, left.length - 1), 1),
  )
  return stagedAs(taken.flat())
}

/** How a replica is made. */
interface Held {
  readonly name: string
  readonly staged: StagedSecret
  /** Its store has not answered for longer than it may serve what it holds. */
  readonly isExpired: boolean
  /** It does not answer the question for its report. */
  readonly isSilent: boolean
}

/** A store of which one replica sees what is set, or nothing at all. */
function createSource(staged: StagedSecret) {
  let seen: StagedSecret | undefined = staged
  return {
    show(next: StagedSecret | undefined) {
      seen = next
    },
    source: {
      locator: 'model',
      read: () =>
        seen === undefined
          ? Promise.reject(new SecretError('unreachable', 'the store does not answer'))
          : Promise.resolve(seen),
    },
  }
}

async function expire(
  { isExpired }: Held,
  store: ReturnType<typeof createSource>,
  clock: ReturnType<typeof createFakeClock>,
): Promise<void> {
  if (!isExpired) return
  store.show(undefined)
  await clock.advance(2 * MAX_STALE_MS)
}

function answerOf(service: string, held: Held, health: SecretHealth | undefined): Answer {
  const url = `https://${held.name}`
  const replica = { service, url, healthUrl: url }
  const ack = health && !held.isSilent ? { ...health, replica: held.name } : undefined
  return { replica, ack }
}

const policy = { ttlMs: 30_000, maxStaleMs: MAX_STALE_MS }

/** A replica of beta: a service of the loader, its keyring, and the adapter that answers with it. */
export async function openReceiver(held: Held) {
  const clock = createFakeClock()
  const store = createSource(held.staged)
  const service = await loadService(BETA, { env, source: store.source, clock, policy })
  const keyring: Keyring = createKeyring(service.secrets, { clock })
  await expire(held, store, clock)
  const answer = answerOf('beta', held, service.health().secrets[0])
  /** Has it read the store again, where the version is gone; of its last one, a key that no caller has takes the place. */
  const revoke = async (version: string) => {
    const left = liveVersions(held.staged).filter((each) => each.version !== version)
    const staged = stagedAs(left.length > 0 ? left : createKeys(1).map(renamed))
    if (!held.isExpired) store.show(staged)
    await clock.advance(policy.ttlMs)
  }
  return { held, answer, revoke, handle: answerBy(keyring), close: () => service.close() }
}

function renamed(key: SecretVersion): SecretVersion {
  return { ...key, version: 'unknown', value: Secret.of(key.value.expose(), KEY) }
}

type Receiver = Awaited<ReturnType<typeof openReceiver>>

/** A replica of alpha, which calls with `withApiKey`. Its store does not answer any more, so it goes on with what it holds. */
export async function openSender(held: Held) {
  const clock = createFakeClock()
  const store = createSource(held.staged)
  const service = await loadService(ALPHA, { env, source: store.source, clock, policy })
  await expire(held, store, clock)
  store.show(undefined)
  const answer = answerOf('alpha', held, service.health().secrets[0])
  /** One call: its status, and how many requests it took. */
  const call = async ({ held: { name }, handle }: Receiver) => {
    let requests = 0
    const through: typeof fetch = (input, init) => {
      requests += 1
      return Promise.resolve(handle(new Request(input, init), held.name))
    }
    const url = `https://${name}`
    const send = withApiKey(service.secrets.beta, { origins: [url] })(through)
    const status = await send(url).then(
      (response) => response.status,
      () => undefined,
    )
    return { isAnswered: status === 200, requests }
  }
  return { held, answer, call, close: () => service.close() }
}
