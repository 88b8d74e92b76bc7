import { Secret, SecretError } from '@rekey/secret'
import { readTextFile } from '../read-text-file.ts'

const MAX_BYTES = 64 * 1024

/**
 * A credential from a file, without the white space around it. Errors do not show the path: it may be the credential itself,
 * put there by mistake.
 *
 * @throws {SecretError} as {@link readTextFile}, `malformed` if nothing is left
 */
export async function readCredential(path: string, label: string): Promise<Secret> {
  const called = `the file of ${label}`
  const text = (await readTextFile(path, MAX_BYTES, called)).text.trim()
  if (text === '') throw new SecretError('malformed', `${called} is empty: put the ${label} there`)
  return Secret.of(text, label)
}
