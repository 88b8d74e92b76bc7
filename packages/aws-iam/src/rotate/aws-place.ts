import { importPeer } from '@rekey/secret/internal'
import { SecretError, within } from '@rekey/secret'
import { unanswered } from '@rekey/secret/internal/kind'
import type { AccessKey } from '../spec/aws-access-key.ts'

/** Where AWS is asked. */
export interface AwsPlace {
  readonly region: string
  /** Default: that of AWS. */
  readonly endpoint?: string | undefined
}

/** The answers of AWS to a request that is signed with a key that it does not accept. */
export const REFUSED: ReadonlySet<string> = new Set([
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
])
const TIMEOUT_MS = 10_000
const CODE = /^\w{1,64}$/

/** Names a place for messages. */
export function hostOf({ endpoint }: AwsPlace): string {
  return endpoint === undefined ? 'AWS' : new URL(endpoint).host
}

/** The options of a client of the SDK. */
interface ClientOptions {
  readonly region: string
  readonly endpoint?: string
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly maxAttempts: number
}

/** Creates a client of the SDK that signs with a key, or with what the SDK finds by itself. */
export function createClient<C>(
  Client: new (options: ClientOptions) => C,
  { region, endpoint }: AwsPlace,
  key: AccessKey | undefined,
): C {
  const credentials = key && { accessKeyId: key.id, secretAccessKey: key.secret.expose() }
  const at = endpoint === undefined ? {} : { endpoint }
  return new Client({ region, ...at, ...(credentials && { credentials }), maxAttempts: 1 })
}

/**
 * Makes a request of the SDK within ten seconds.
 *
 * @param expected errors of the codes that the caller has an answer to
 * @throws {SecretError} of `expected`; else `unreachable`
 */
export async function askAws<T>(
  place: AwsPlace,
  work: (abortSignal: AbortSignal) => Promise<T>,
  {
    signal,
    expected,
  }: { signal: AbortSignal; expected: (code: string) => SecretError | undefined },
): Promise<T> {
  const host = hostOf(place)
  try {
    return await within({ what: `an answer of ${host}`, limitMs: TIMEOUT_MS, signal }, work)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SecretError) throw error
    const reason = codeOf(error)
    const remedy = 'check the region, the endpoint and the network'
    throw expected(reason) ?? unanswered({ host, reason }, remedy)
  }
}

/** Whether AWS accepts a key, by `GetCallerIdentity` of STS, which needs no right. */
export async function isAccepted(
  key: AccessKey,
  place: AwsPlace,
  signal: AbortSignal,
): Promise<boolean> {
  const { STSClient, GetCallerIdentityCommand } = await importPeer(
    peer('@aws-sdk/client-sts'),
    () => import('@aws-sdk/client-sts'),
  )
  const client = createClient(STSClient, place, key)
  const refusal = new SecretError('rejected', `${hostOf(place)} refuses the access key`)
  const expected = (code: string) => (REFUSED.has(code) ? refusal : undefined)
  try {
    const ask = (abortSignal: AbortSignal) =>
      client.send(new GetCallerIdentityCommand({}), { abortSignal })
    await askAws(place, ask, { signal, expected })
    return true
  } catch (error) {
    if (error === refusal) return false
    throw error
  }
}

/** The peer of a name, as `importPeer` takes it. */
export function peer(name: string) {
  return { url: import.meta.url, of: '@rekey/aws-iam', name, need: 'the rotation at AWS IAM' }
}

/** The code of an answer, or of what kept one from coming; never its words. */
function codeOf(error: unknown): string {
  const { Code, code, name } = error as Record<'Code' | 'code' | 'name', unknown>
  const isCode = (each: unknown): each is string => typeof each === 'string' && CODE.test(each)
  return [Code, code, name].find(isCode) ?? 'unknown'
}
