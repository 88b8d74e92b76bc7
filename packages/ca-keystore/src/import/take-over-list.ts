import { resolve } from 'node:path'
import { SecretError } from '@rekey/secret'
import { checkUnchangeable } from '@rekey/secret/internal/files'
import { listFolderOf } from '../crl/published-lists.ts'
import { makeListFolder } from '../crl/revocation-lists.ts'
import {
  readRegister,
  recordNumber,
  signRegister,
  writeRegister,
} from '../crl/revocation-register.ts'
import type { Issuer } from '../issuer.ts'
import type { ForeignList } from './foreign-list.ts'

/**
 * Has the first list of an imported CA revoke what the last one of the old software does, under a greater number: writes the register of revocations in
 * the folder of the CA, and the number beside the key. Without the register no list is published then.
 *
 * @throws {SecretError} `conflict` if the folder has revocations of a later list; `missing`, `refused`, `unreachable` for the directory
 */
export async function takeOverList(
  issuer: Issuer,
  { number, revoked }: ForeignList,
  place: string,
): Promise<void> {
  const { ca, clock } = issuer
  const lists = resolve(place)
  await checkUnchangeable(lists)
  await makeListFolder(lists, ca)
  const folder = listFolderOf(lists, ca)
  // A list without a number counts as the first.
  const last = number > 0n ? number : 1n
  const registered = await readRegister(folder, issuer)
  if (registered !== undefined && registered.number > last) throw isOlder(folder)
  const [sinceMs, nowMs] = [ca.notBefore.getTime(), clock.now()]
  const entries = revoked.map((entry) => {
    // The certificate of the CA may have been renewed since, and the clock of the old software may have been ahead.
    const atMs = Math.max(sinceMs, Math.min(entry.revokedAt.getTime(), nowMs))
    return { ...entry, revokedAt: new Date(atMs), notAfter: ca.notAfter }
  })
  await writeRegister(folder, await signRegister({ number: last, revoked: entries }, issuer))
  await recordNumber(issuer, last)
}

function isOlder(folder: string): SecretError {
  const message = `${folder} has the revocations of a later list of this CA than the one to import; import that, or name another directory`
  return new SecretError('conflict', message, { path: folder, reason: 'older-list' })
}
