import { randomBytes } from 'node:crypto'
import { SecretError, type StagedSecret, STAGES } from '@rekey/secret'
import { advance, type StoreChange } from '../transitions.ts'
import { NO_DOCUMENT, printKvDocument } from './kv-document.ts'
import { kvPath, type KvPlace } from './kv-mount.ts'
import { type KvAccess, type ReadDocument, readKvDocument, stagedByKv } from './read-kv-secret.ts'
import { isVaultReason, type VaultReason } from './vault-failure.ts'

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
 * reading tells whether it was made, also if another write came in between.
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
