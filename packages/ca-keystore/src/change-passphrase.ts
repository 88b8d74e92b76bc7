import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile, takeProcessLock } from '@rekey/secret/internal/files'
import { recordLife } from './biography.ts'
import { openEnvelope, replaceSlot } from './envelope/index.ts'
import { explained } from './file-errors.ts'
import {
  FILES,
  type PassphraseVersion,
  readKeystore,
  SERVICE_SLOT,
  unlockFailed,
} from './keystore-files.ts'
import { bytesOf, type SecretText } from './passphrase.ts'
import { checkNewPassphrase } from './passphrase-strength.ts'

/** A new passphrase for a CA key. */
export interface PassphraseChange {
  readonly directory: string
  /** Opens the key now. */
  readonly passphrase: PassphraseVersion
  /** Opens the key from then on. */
  readonly replacement: SecretText
}

/**
 * Changes the passphrase of a CA key: encrypts its data key anew and leaves the key itself as it is. The new file is opened before
 * it takes the place of the old one in one step, so one of the two passphrases opens the keystore whenever the process is killed.
 * Backups, and a copy of the old file, still open with the old passphrase.
 *
 * @throws {SecretError} `rejected` for a wrong passphrase or a damaged key, `malformed` for a weak replacement, `conflict` if another
 *   process changes it at this moment, and what `openCaKeystore` throws for unsafe or broken files
 *
 * @example
 * ```ts
 * await changePassphrase({ directory, passphrase, replacement })
 * ```
 */
export async function changePassphrase(change: PassphraseChange): Promise<void> {
  await checkNewPassphrase(change.replacement)
  const { directory } = await readKeystore(change)
  const path = join(directory, FILES.key)
  const release = await takeProcessLock(join(directory, 'ca.lock')).catch((error: unknown) => {
    throw explained(directory, error)
  })
  using present = bytesOf(change.passphrase.value)
  using next = bytesOf(change.replacement)
  const opening = { slot: SERVICE_SLOT, passphrase: present.expose() }
  const replacement = { slot: SERVICE_SLOT, passphrase: next.expose() }
  try {
    await removeDrafts(directory)
    // Read again under the lock: another process may have changed it before.
    const { envelope, identity } = await readKeystore(change)
    const text = await replaceSlot(envelope, opening, replacement)
    const opened = text === undefined ? undefined : await openEnvelope(text, replacement)
    opened?.pkcs8.fill(0)
    if (text === undefined || opened === undefined) throw unlockFailed(directory)
    await recordLife({ directory, identity }, { action: 'change-passphrase' })
    await replaceFile(path, text)
  } finally {
    await release()
  }
}

/** Removes what a process that was killed while it changed the file has left. */
async function removeDrafts(directory: string): Promise<void> {
  const left = (await readdir(directory)).filter((name) => /^ca\.key\.[0-9a-f]+\.tmp$/.test(name))
  for (const name of left) await rm(join(directory, name), { force: true })
}
