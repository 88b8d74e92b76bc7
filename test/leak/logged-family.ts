import { randomBytes } from 'node:crypto'
import {
  apiKeyFrom,
  apiKeyTo,
  createKeyring,
  issueApiKey,
  KEY_PROOF_PATH,
} from '@rekey/api-key-auth'
import { KEY_PROOF_ANSWER } from '@rekey/api-key-auth/internal'
import { apiKeyKind } from '@rekey/api-key-auth/internal/rotate'
import { defineService, loadService, type Service } from '@rekey/config-loader'
import { postgresLogin } from '@rekey/db-pool-rotator'
import { createFleet, createMemoryJournal, rotate } from '@rekey/rekey/engine'
import { type Clock, createFakeClock, Secret, type SecretSource } from '@rekey/secret'
import { type FakeClock, liveVersions } from '@rekey/secret/internal'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { RotationKind } from '@rekey/secret/kind'
import { z } from 'zod'
import { SpellingLogger } from './spelling-logger.ts'

const [KEY, LOGIN] = ['API_KEY_ALPHA_BETA', 'DATABASE_ALPHA']
const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
/** Between two rotations of a secret. */
const PAUSE_MS = 3 * MINUTE_MS
const TTL_MS = 30 * SECOND_MS
/** Less than the ten minutes for which a value that is gone is masked, by the time that a replica takes to see that it is. */
const LATE_LINES_MS = 9 * MINUTE_MS

const newKey = () => issueApiKey({ environment: 'test' }).text.expose()
const newLogin = () =>
  `postgresql://alpha:dev-${randomBytes(24).toString('base64url')}@db.example:5432/alpha`

/** Two replicas of a sender, a receiver and a rotator, each with a logger of its own, in virtual time. */
export interface LoggedFamily {
  readonly clock: FakeClock
  readonly loggers: readonly SpellingLogger[]
  /** Each value that was replaced, and when. */
  readonly retired: ReadonlyMap<string, number>
  /** Why rotations have ended. */
  readonly failures: readonly unknown[]
  /** Has the senders and the rotator log each text that lives, or went up to nine minutes ago. */
  logAll(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens a family in which the real engine rotates an API key and a login again and again, as time goes on. A new value is logged by the rotator
 * before it is in the store; the receiver logs each key that it is shown.
 *
 * @param isInformed - whether the redactors of its loggers take the secrets that are made or loaded
 */
export async function openLoggedFamily(isInformed: boolean): Promise<LoggedFamily> {
  const clock = createFakeClock()
  const store = createMemoryStore({ [KEY]: newKey(), [LOGIN]: newLogin() }, { clock })
  const { senders, receiver } = await loadServices(store, clock)
  const open = (services: readonly Service[]) => new SpellingLogger({ services, clock, isInformed })
  const [atReceiver, atRotator] = [open([receiver]), open([])]
  const talkers = [...senders.map((sender) => open([sender])), atRotator]
  const keyring = createKeyring(receiver.secrets, { clock })
  const accepts = (key: string) => {
    atReceiver.log(key)
    return keyring.verify(key).ok
  }

  const retired = new Map<string, number>()
  const failures: unknown[] = []
  async function rotateOn(kind: RotationKind): Promise<void> {
    const journal = createMemoryJournal(clock)
    const generate: RotationKind['generate'] = async (...inputs) => {
      const born = await kind.generate(...inputs)
      atRotator.log(born.expose())
      return born
    }
    for (;;) {
      const { current } = await store.read(kind.name)
      await rotate({ ...kind, generate }, { store, journal, clock })
      retired.set(current.value.expose(), clock.elapsed())
      await clock.sleep(PAUSE_MS)
    }
  }
  for (const kind of [keyKind(senders, receiver, accepts), loginKind()]) {
    rotateOn(kind).catch((error: unknown) => failures.push(error))
  }

  return {
    ...{ clock, retired, failures, loggers: [...talkers, atReceiver] },
    async logAll() {
      const all = await Promise.all([KEY, LOGIN].map((name) => store.read(name)))
      const live = all.flatMap(liveVersions).map(({ value }) => value.expose())
      const late = [...retired].filter(([, at]) => clock.elapsed() - at < LATE_LINES_MS)
      for (const logger of talkers) {
        // eslint-disable-next-line @rekey/no-secret-in-logs -- the test is about what comes of that
        for (const text of [...live, ...late.map(([text]) => text)]) logger.log(text)
      }
    },
    async close() {
      for (const service of [...senders, receiver]) await service.close()
      for (const { redactor } of [...talkers, atReceiver]) redactor.close()
    },
  }
}

async function loadServices(source: SecretSource, clock: Clock) {
  const load = { env: { REKEY_ENVIRONMENT: 'test' }, source, clock, policy: { ttlMs: TTL_MS } }
  const settings = z.object({})
  const login = { ...postgresLogin(), probe: () => Promise.resolve() }
  const sender = { name: 'alpha', settings, secrets: { beta: apiKeyTo('beta'), login } }
  const secrets = { alpha: apiKeyFrom('alpha') }
  return {
    senders: [
      await loadService(defineService(sender), load),
      await loadService(defineService(sender), load),
    ],
    receiver: await loadService(defineService({ name: 'beta', settings, secrets }), load),
  }
}

function keyKind(
  senders: readonly Service[],
  receiver: Service,
  accepts: (key: string) => boolean,
): RotationKind {
  const members = [...senders, receiver].map((service, n) => ({ service, host: `member-${n}` }))
  const answer: typeof fetch = (input, init) => {
    const { url, headers } = new Request(input, { ...init, signal: null })
    const { hostname, pathname } = new URL(url)
    if (pathname === KEY_PROOF_PATH) {
      const isAccepted = accepts(headers.get('authorization')?.slice('Bearer '.length) ?? '')
      return Promise.resolve(new Response(null, isAccepted ? KEY_PROOF_ANSWER : { status: 401 }))
    }
    const asked = members.find(({ host }) => host === hostname)
    return Promise.resolve(Response.json(asked?.service.health()))
  }
  const replicas = members.map(({ service, host }) => {
    const url = `https://${host}`
    return { service: service === receiver ? 'beta' : 'alpha', url, healthUrl: url }
  })
  return apiKeyKind.rotation({
    ...{ sender: 'alpha', receiver: 'beta', environment: 'test', fetch: answer },
    ...{ validationMs: 10 * SECOND_MS, deadlineMs: 2 * MINUTE_MS, pollMs: 5 * SECOND_MS },
    fleet: createFleet(replicas, { fetch: answer }),
  })
}

/** A login of a server that is not there. */
function loginKind(): RotationKind {
  const nothing = () => Promise.resolve()
  return {
    ...{ kind: 'database', name: LOGIN, admit: nothing, prove: nothing, abort: nothing },
    plan: () => Promise.reject(new TypeError('a plan is not asked for')),
    generate: () => Promise.resolve(Secret.of(newLogin(), LOGIN)),
    confirm: (_, { clock, signal }) => clock.sleep(TTL_MS, signal),
    attestsItself: true,
    revoke: ({ previous: { version } }, context) =>
      context.attest({ version, evidence: 'dropped' }),
  }
}
