import { randomBytes } from 'node:crypto'
import { SecretError, type StagedSecret } from '@rekey/secret'
import { STAGES } from '@rekey/secret/internal'
import { stagedSecret } from '../../stored-stages.ts'
import { advance, type StoreChange } from '../../transitions.ts'
import {
  isVaultReason,
  type JsonObject,
  objectOf,
  textsOf,
  vaultError,
  type VaultReason,
} from '../http/vault-answer.ts'
import type { VaultConnection } from '../http/vault-client.ts'
import { type KvDocument, NO_DOCUMENT, parseKvDocument, printKvDocument } from './kv-document.ts'
import { kvPath, type KvPlace } from './kv-path.ts'
import type { KvLocator } from './kv-place.ts'

/** Where documents are, and what is read from those that are not ours. */
export interface KvAccess {
  readonly connection: VaultConnection
  readonly locator: KvLocator
  readonly field: string
}

/** A document with the facts that Vault adds. */
interface ReadDocument extends KvDocument {
  /** The version of the document, for `cas`. */
  readonly cas: number
  /** When Vault will delete it, by `delete_version_after`. */
  readonly deletedAt?: Date
}

/**
 * Reads one secret.
 *
 * @throws {SecretError} `missing` (absent, deleted, destroyed), `forbidden`, `unreachable`, `malformed`
 */
export async function readKvSecret(access: KvAccess, name: string): Promise<StagedSecret> {
  const place = await access.locator.locate()
  try {
    return stagedByKv(name, await readKvDocument(access, kvPath(place, 'data', name), name, place))
  } catch (error) {
    // Another engine may have been mounted there.
    if (isVaultReason(error, 'absent', 'wrong-path')) access.locator.forget()
    throw error
  }
}

/** Lists the names of the documents there, also of those that Rekey did not write. */
export async function listKvSecrets(
  { connection, locator }: KvAccess,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const path = kvPath(await locator.locate(), 'metadata')
  try {
    const request = { method: 'LIST', path, ...(signal && { signal }) } as const
    const { data = {} } = await connection.request(request)
    return textsOf(data['keys']).filter((key) => !key.endsWith('/'))
  } catch (error) {
    if (isVaultReason(error, 'absent')) return []
    throw error
  }
}

/** Reads a document at one path of the API. */
async function readKvDocument(
  { connection, field }: KvAccess,
  path: string,
  name: string,
  { mount }: KvPlace,
): Promise<ReadDocument> {
  const { data = {} } = await connection.request({ method: 'GET', path })
  if (mount.version === 1) return { ...parseKvDocument(data, name, field), cas: 0 }
  const metadata = objectOf(data['metadata'])
  const content = objectOf(data['data'])
  const version = metadata?.['version']
  if (content === undefined || typeof version !== 'number') {
    throw vaultError('wrong-path', `GET ${path}`)
  }
  return { ...parseKvDocument(content, name, field), cas: version, ...expiry(metadata) }
}

/** In the future it is a date on which the version will go; it is live until then. */
function expiry(metadata: JsonObject | undefined): { deletedAt?: Date } {
  const text = metadata?.['deletion_time']
  const time = new Date(typeof text === 'string' ? text : NaN)
  return Number.isNaN(time.getTime()) ? {} : { deletedAt: time }
}

/** The versions of a document as every reader gets them. */
function stagedByKv(
  name: string,
  { stages, deletedAt }: Pick<ReadDocument, 'stages' | 'deletedAt'>,
): StagedSecret {
  const secret = stagedSecret(name, stages, 'create it first', { kind: 'store', store: 'vault' })
  if (deletedAt === undefined) return secret
  const expiring = STAGES.flatMap((stage) => {
    const version = secret[stage]
    return version === undefined ? [] : [[stage, { ...version, expiresAt: deletedAt }]]
  })
  return { ...secret, ...(Object.fromEntries(expiring) as Partial<StagedSecret>) }
}

const WRITE_BYTES = 12
/** After these the write may have been made; after a mismatch too, if something on the way sent it twice. */
const UNSURE: readonly VaultReason[] = [
  'cas-mismatch',
  'cut',
  'timeout',
  'server-error',
  'too-large',
  'encoded',
  'not-json',
]

/**
 * Makes one change to one secret by check-and-set. Each write bears a random mark, so that after a lost answer the next
 * reading shows whether it was made, also if another write came in between.
 *
 * @throws {SecretError} `conflict`, also if another writer was faster; `unreachable` if it is unknown whether it was made;
 * `refused` for a document that is not ours, and for KV version 1, which has no check-and-set
 */
export async function changeKvSecret(access: KvAccess, wanted: StoreChange): Promise<StagedSecret> {
  const { name } = wanted
  const place = await access.locator.locate()
  const path = kvPath(place, 'data', name)
  checkVersion(place, name)
  const before = await readKvDocument(access, path, name, place).catch(ifNotThere)
  const stages = advance(before.stages, wanted)
  const isDone = STAGES.every((stage) => stages[stage] === before.stages[stage])
  if (isDone) return stagedByKv(name, before)
  if (!before.isOurs) throw notOurs(name)
  const write = randomBytes(WRITE_BYTES).toString('base64url')
  const body = {
    options: { cas: before.cas },
    data: printKvDocument(stages, write, before.rest),
  }
  try {
    await access.connection.request({ method: 'POST', path, body })
  } catch (error) {
    const written = { name, path: `${path}?version=${before.cas + 1}`, write, place }
    if (!(await wasWritten(access, written, error))) throw error
  }
  return stagedByKv(name, { stages })
}

/** The versions of deleted documents go on counting. */
function ifNotThere(error: unknown): ReadDocument {
  if (!isVaultReason(error, 'absent', 'deleted', 'destroyed')) throw error
  const version = (error as SecretError).details['version']
  return { ...NO_DOCUMENT, cas: typeof version === 'number' ? version : 0 }
}

/** Whether a write whose answer was an error, or was lost, is there all the same. */
async function wasWritten(
  access: KvAccess,
  { name, path, write, place }: { name: string; path: string; write: string; place: KvPlace },
  error: unknown,
): Promise<boolean> {
  if (!isVaultReason(error, ...UNSURE)) return false
  try {
    return (await readKvDocument(access, path, name, place)).write === write
  } catch (reading) {
    if (reading instanceof SecretError) return false
    throw reading
  }
}

function checkVersion({ mount }: KvPlace, name: string): void {
  if (mount.version === 2) return
  throw new SecretError(
    'refused',
    `${name} cannot be written: ${mount.path} is a KV engine of version 1, which has no check-and-set: upgrade it with "vault kv enable-versioning"`,
    { reason: 'no-cas', mount: mount.path },
  )
}

function notOurs(name: string): SecretError {
  return new SecretError(
    'refused',
    `${name} cannot be written: the document in Vault is not one of Rekey's, and others read it: create the secret under another name or prefix`,
    { reason: 'plain-document', name },
  )
}
