import { Secret, SecretError } from '@rekey/secret'
import { importPeer } from '@rekey/secret/internal'
import { forbiddenTo } from '@rekey/secret/internal/kind'
import type { AccessKey } from '../spec/aws-access-key.ts'
import { askAws, type AwsPlace, createClient, hostOf, peer, REFUSED } from './aws-place.ts'

/** The calls of IAM for the keys of one user. */
export interface IamCalls {
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
export interface IamCaller {
  /** Whose keys they are. */
  readonly user: string
  readonly administrator: () => Promise<AccessKey | undefined>
  readonly signal: AbortSignal
}

const FORBIDDEN: ReadonlySet<string> = new Set(['AccessDenied', ...REFUSED])
const RIGHTS =
  'iam:ListAccessKeys, CreateAccessKey, UpdateAccessKey, DeleteAccessKey and GetAccessKeyLastUsed'

/** Opens the calls of IAM, signed with the key of an administrator, or with what the SDK finds. */
export async function openIam(
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
