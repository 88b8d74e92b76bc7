import { type StagedSecret, STAGES } from '@rekey/secret'
import { stagedSecret } from '../stored-stages.ts'
import { type KvDocument, parseKvDocument } from './kv-document.ts'
import { type KvLocator, kvPath, type KvPlace } from './kv-mount.ts'
import { type JsonObject, objectOf, textsOf } from './read-answer.ts'
import type { VaultConnection } from './vault-connection.ts'
import { isVaultReason, vaultError } from './vault-failure.ts'

/** Where documents are, and what is read from those that are not ours. */
export interface KvAccess {
  readonly connection: VaultConnection
  readonly locator: KvLocator
  readonly field: string
}

/** A document with the facts that Vault adds. */
export interface ReadDocument extends KvDocument {
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
    // Somebody may have mounted another engine there.
    if (isVaultReason(error, 'absent', 'wrong-path')) access.locator.forget()
    throw error
  }
}

/** The names of the documents there, whoever wrote them. */
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
export async function readKvDocument(
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
export function stagedByKv(
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
