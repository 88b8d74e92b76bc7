import { realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { SecretError } from '@rekey/secret'
import { explained } from './file-errors.ts'

/**
 * Checks that whoever gets a copy of the keystore does not get its passphrase along with it.
 *
 * @param location the file that the passphrase was read from
 * @throws {SecretError} `refused` if it lies in the keystore, itself or by a symbolic link
 */
export async function checkPassphraseLocation(directory: string, location: string): Promise<void> {
  const keystore = await resolved(directory)
  const paths = [resolve(location), await resolved(location)]
  if (!paths.some((path) => path.startsWith(keystore + sep))) return
  throw new SecretError(
    'refused',
    `the CA passphrase (${location}) lies beside the key that it opens; keep it in another directory, on another volume`,
    { reason: 'passphrase-beside-key', location },
  )
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    throw explained(path, error)
  }
}
