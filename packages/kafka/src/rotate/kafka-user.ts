import { randomBytes } from 'node:crypto'
import { NON_PRODUCTION_PREFIX, Secret, SecretError, type StagedSecret } from '@rekey/secret'
import { liveVersions } from '@rekey/secret/internal'
import type { FarSide, FarSidePlan, StepContext } from '@rekey/secret/kind'
import { parseLogin } from '../spec/kafka-login.ts'
import { type Ask, asAdministrator, type Cluster, verdictsOf } from './broker-connection.ts'
import { compareRights, copyRights, removeRights, wordsOf } from './broker-rights.ts'
import { addCredential, deleteCredentials, listUsers, requireUser } from './broker-users.ts'

/** The user of a service, and who changes it. */
export interface KafkaUser {
  /** The name of the secret in the store. */
  readonly name: string
  readonly cluster: Cluster
  readonly nonProduction: boolean
}

/** `shop_1f0c6a2b9d3e_0a1b2c3d`: all users of one secret have the middle part, from the first that was made for it on. */
const MADE = /^(.+)_([0-9a-f]{12})_[0-9a-f]{8}$/

const SETTLE_LIMIT_MS = 10_000
const SETTLE_POLL_MS = 50

/**
 * Creates the far side of a login of Kafka: a user has one password by mechanism, so each login has a user of its own, with the ACLs and quotas
 * of the one before. Kafka shows no sessions; those of the old user may do nothing more once its ACLs are deleted.
 */
export function createKafkaUser({ name, cluster, nonProduction }: KafkaUser): FarSide {
  const asking = <T>(signal: AbortSignal, work: (ask: Ask) => Promise<T>) =>
    asAdministrator(cluster, signal, work)
  const verdicts = (value: Secret, signal: AbortSignal) =>
    verdictsOf(parseLogin(value.expose()), cluster, signal)
  const agree = (wanted: boolean, value: Secret, context: StepContext) =>
    settled(context, async () =>
      (await verdicts(value, context.signal)).every((verdict) => verdict === wanted),
    )
  const close = (user: string, context: StepContext) =>
    asking(context.signal, (ask) => deleteUser(user, ask, context))
  const end = async (value: Secret, context: StepContext) => {
    await close(userOf(value), context)
    await agree(false, value, context)
  }
  return {
    ...{ name: 'Kafka', noun: 'login', slots: 'names' },
    plan: ({ current }) => Promise.resolve(planOf(userOf(current.value))),
    async choose({ value }, { signal }) {
      const before = userOf(value)
      // A cluster or an administrator with which no rotation could end refuses this, before there is anything to roll back.
      await asking(signal, (ask) => wordsOf(before, ask))
      const password = randomBytes(32).toString('base64url')
      const marked = nonProduction ? NON_PRODUCTION_PREFIX + password : password
      return Secret.of(`${userAfter(before)}:${marked}`, name)
    },
    isMarked: (value) =>
      parseLogin(value.expose()).password.expose().startsWith(NON_PRODUCTION_PREFIX),
    async add({ current, pending }, context) {
      const login = parseLogin(pending.value.expose())
      const before = userOf(current.value)
      await asking(context.signal, async (ask) => {
        await requireUser(before, ask)
        await addCredential(login, cluster, ask)
        await copyRights(before, login.user, ask)
        const isSame = async () => (await compareRights(login.user, before, ask)).length === 0
        await settled(context, isSame)
      })
      await agree(true, pending.value, context)
    },
    async accepts(value, signal) {
      const [first = false, ...others] = await verdicts(value, signal)
      if (others.every((verdict) => verdict === first)) return first
      throw disagreement()
    },
    remove: end,
    withdraw: ({ pending }, context) => end(pending.value, context),
    differences: (candidate, reference, signal) =>
      asking(signal, (ask) => compareRights(userOf(candidate), userOf(reference), ask)),
    accountOf: userOf,
    close,
    sweep: (staged, context) =>
      asking(context.signal, async (ask) => {
        const left = leftOf(staged, [...(await listUsers(ask)).keys()])
        for (const user of left) await deleteUser(user, ask, context)
        return left
      }),
  }
}

function planOf(user: string): FarSidePlan {
  return {
    generate: `a user ${baseOf(user)}_… with a random password`,
    admit: `it gets the ACLs and quotas of ${user}`,
    revoke: `the ACLs and credentials of ${user} are deleted`,
  }
}

/** Selects the users that were made for a secret, by the mark of the current one, and are of no version of it. */
function leftOf(staged: StagedSecret, users: readonly string[]): string[] {
  const [, base, mark] = MADE.exec(userOf(staged.current.value)) ?? []
  const held = liveVersions(staged).map(({ value }) => userOf(value))
  return users.filter((user) => {
    const [, ofBase, ofMark] = MADE.exec(user) ?? []
    return ofMark !== undefined && ofMark === mark && ofBase === base && !held.includes(user)
  })
}

/** Deletes the ACLs first, which end what open connections may do. @throws {SecretError} `unreachable` while some of it is there */
async function deleteUser(user: string, ask: Ask, context: StepContext): Promise<void> {
  await removeRights(user, ask)
  await deleteCredentials(user, ask)
  await settled(context, async () => {
    const isGone = !(await listUsers(ask)).has(user)
    return isGone && (await wordsOf(user, ask)).length === 0
  })
}

/** Waits until brokers have what the controller wrote. @throws {SecretError} `unreachable` if they have not after ten seconds */
async function settled(
  { clock, signal }: Pick<StepContext, 'clock' | 'signal'>,
  isSettled: () => Promise<boolean>,
): Promise<void> {
  const deadline = clock.elapsed() + SETTLE_LIMIT_MS
  while (!(await isSettled())) {
    if (clock.elapsed() >= deadline) throw disagreement()
    await clock.sleep(SETTLE_POLL_MS, signal, { keepAlive: true })
  }
}

function disagreement(): SecretError {
  return new SecretError('unreachable', 'the brokers do not agree yet: run it again')
}

function userOf(value: Secret): string {
  return parseLogin(value.expose()).user
}

/** Names the next user, with the mark of the one before. */
function userAfter(user: string): string {
  const mark = MADE.exec(user)?.[2] ?? randomBytes(6).toString('hex')
  return `${baseOf(user)}_${mark}_${randomBytes(4).toString('hex')}`
}

function baseOf(user: string): string {
  return MADE.exec(user)?.[1] ?? user
}
