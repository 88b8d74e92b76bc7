import { Secret, SecretError, type StagedSecret } from '@rekey/secret'
import { importPeer, liveVersions } from '@rekey/secret/internal'
import type { FarSide, StepContext } from '@rekey/secret/kind'
import { type AccessKey, formatAccessKey, parseAccessKey } from '../spec/aws-access-key.ts'
import {
  askAws,
  type AwsPlace,
  createClient,
  hostOf,
  isAccepted,
  peer,
  REFUSED,
} from './aws-place.ts'
import { forbiddenTo } from '@rekey/secret/internal/kind'

/** The user of a service, and who changes its keys. */
export interface IamUser {
  readonly user: string
  readonly place: AwsPlace
  readonly administrator: () => Promise<AccessKey>
  readonly nonProduction: boolean
  /** How long a new key is given to reach all of AWS once it was accepted, in milliseconds. */
  readonly settleMs: number
}

/**
 * Creates the far side of an access key: a user has two at most, of which one is in use between two rotations. The journal keeps which keys
 * were there before one is made: one that a rotator made and died is deleted by the next, as long as it was not used.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
 */
export function createIamUser(options: IamUser): FarSide {
  const { user, place, administrator, nonProduction, settleMs } = options
  const asking = (signal: AbortSignal) => openIam(place, { user, administrator, signal })
  const remove = async (value: Secret, { signal }: Pick<StepContext, 'signal'>) =>
    (await asking(signal)).remove(idOf(value))
  const sweep = async (staged: StagedSecret, { signal }: Pick<StepContext, 'signal'>) => {
    const iam = await asking(signal)
    const held = liveVersions(staged).map(({ value }) => idOf(value))
    const listed = await iam.list()
    const left = listed.filter((id) => !held.includes(id))
    for (const id of left) await removeUnused(id, { iam, user })
    return left
  }
  return {
    ...{ name: 'AWS IAM', noun: 'access key', slots: 'two-secrets' },
    async plan({ current }, signal) {
      const used = idOf(current.value)
      const other = (await (await asking(signal)).list()).find((id) => id !== used)
      const full = other === undefined ? '' : `, which it refuses while there is ${other}`
      return {
        generate: `AWS makes a second key of ${user}${full}`,
        admit: `AWS has accepted it for ${settleMs} ms`,
        revoke: `${used} is deactivated, then deleted`,
      }
    },
    async choose({ value }, context) {
      const iam = await asking(context.signal)
      const before = keysIn(context.progress)
      const listed = await iam.list()
      // A rotator that died has asked for one whose secret is lost.
      const orphans = listed.filter((id) => before?.includes(id) === false && id !== idOf(value))
      for (const id of orphans) await removeUnused(id, { iam, user })
      await context.saveProgress({ keys: listed.filter((id) => !orphans.includes(id)) })
      return formatAccessKey({ ...(await iam.create()), nonProduction })
    },
    isMarked: (value) => parseAccessKey(value.expose()).nonProduction,
    async add({ pending }, context) {
      const { clock, signal } = context
      const key = parseAccessKey(pending.value.expose())
      // IAM reaches its regions one after the other: `prove` asks until it is accepted, and this is the time after that.
      if (!(await isAccepted(key, place, signal)))
        context.waiting('AWS does not know the new key yet')
      await clock.sleep(settleMs, signal, { keepAlive: true })
    },
    accepts: (value, signal) => isAccepted(parseAccessKey(value.expose()), place, signal),
    remove,
    withdraw: ({ pending }, context) => remove(pending.value, context),
    sweep,
  }
}

/** @throws {SecretError} `refused` for a key that is in use */
async function removeUnused(
  id: string,
  { iam, user }: { readonly iam: IamCalls; readonly user: string },
): Promise<void> {
  if (!(await iam.isUsed(id))) return iam.remove(id)
  const remedy = 'find who uses it, and delete it'
  const message = `${user} has another access key, ${id}, which is used and not in the store: ${remedy}`
  throw new SecretError('refused', message, { user, id })
}

function idOf(value: Secret): string {
  return parseAccessKey(value.expose()).id
}

function keysIn(progress: unknown): readonly string[] | undefined {
  const { keys } = (progress ?? {}) as { readonly keys?: readonly string[] }
  return Array.isArray(keys) ? keys : undefined
}

/** The calls of IAM for the keys of one user. */
interface IamCalls {
  /** Lists the ids of its keys. */
  list(): Promise<readonly string[]>
  /** Makes a key. AWS gives its secret once. @throws {SecretError} `refused` where the user has two */
  create(): Promise<Omit<AccessKey, 'nonProduction'>>
  /** Deactivates and deletes a key that may be there. */
  remove(id: string): Promise<void>
  /** Whether a key was ever used, as far as IAM knows: some minutes late. */
  isUsed(id: string): Promise<boolean>
}

/** On whose behalf IAM is asked. */
interface IamCaller {
  /** Whose keys they are. */
  readonly user: string
  readonly administrator: () => Promise<AccessKey>
  readonly signal: AbortSignal
}

const FORBIDDEN: ReadonlySet<string> = new Set(['AccessDenied', ...REFUSED])
const RIGHTS =
  'iam:ListAccessKeys, CreateAccessKey, UpdateAccessKey, DeleteAccessKey and GetAccessKeyLastUsed'

/** Opens the calls of IAM, signed with the key of an administrator. */
async function openIam(
  place: AwsPlace,
  { user, administrator, signal }: IamCaller,
): Promise<IamCalls> {
  const sdk = await importPeer(peer('@aws-sdk/client-iam'), () => import('@aws-sdk/client-iam'))
  const client = createClient(sdk.IAMClient, place, await administrator())
  const host = hostOf(place)
  const expected = (code: string) => {
    if (FORBIDDEN.has(code)) return forbiddenTo({ host, reason: code }, `allow it ${RIGHTS}`)
    if (code === 'LimitExceeded') return full(user)
    if (code !== 'NoSuchEntity') return undefined
    return new SecretError('missing', `${host} has no such user or key: ${user}`, { host, user })
  }
  const ask = <T>(work: (options: { abortSignal: AbortSignal }) => Promise<T>) =>
    askAws(place, (abortSignal) => work({ abortSignal }), { signal, expected })
  return {
    async list() {
      const command = new sdk.ListAccessKeysCommand({ UserName: user })
      const { AccessKeyMetadata: keys = [] } = await ask((options) => client.send(command, options))
      return keys.map(({ AccessKeyId = '' }) => AccessKeyId)
    },
    async create() {
      const command = new sdk.CreateAccessKeyCommand({ UserName: user })
      const { AccessKey: made } = await ask((options) => client.send(command, options))
      const { AccessKeyId: id = '', SecretAccessKey: secret = '' } = made ?? {}
      return { id, secret: Secret.of(secret, 'secret access key') }
    },
    async remove(id) {
      const key = { UserName: user, AccessKeyId: id }
      const deactivation = new sdk.UpdateAccessKeyCommand({ ...key, Status: 'Inactive' })
      try {
        await ask((options) => client.send(deactivation, options))
        await ask((options) => client.send(new sdk.DeleteAccessKeyCommand(key), options))
      } catch (error) {
        if (!(error instanceof SecretError) || error.code !== 'missing') throw error
      }
    },
    async isUsed(id) {
      const command = new sdk.GetAccessKeyLastUsedCommand({ AccessKeyId: id })
      const { AccessKeyLastUsed: last } = await ask((options) => client.send(command, options))
      return last?.LastUsedDate !== undefined
    },
  }
}

function full(user: string): SecretError {
  const remedy = 'delete the one that is not in the store, then run the rotation again'
  const message = `${user} has two access keys, and AWS allows no third: ${remedy}`
  return new SecretError('refused', message, { user })
}
