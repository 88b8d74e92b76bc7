import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { errnoOf, syncDirectory, writeNewFile } from '@rekey/secret/files'
import { explained } from './file-errors.ts'

const NAME_CHARS = 40

/**
 * Keeps the certificate of a CA in the keystore of the one that issued it, in a file named after its subject. Since a file is
 * created once, two CAs of one subject cannot be issued, by two processes at the same moment neither.
 *
 * @throws {SecretError} `conflict` if a CA of that subject was issued; `forbidden` or `unreachable` for I/O
 */
export async function recordAuthority(
  directory: string,
  subject: Buffer,
  certificate: string,
): Promise<void> {
  const digest = createHash('sha256').update(subject).digest('hex').slice(0, NAME_CHARS)
  const path = join(directory, `issued-${digest}.crt`)
  try {
    await writeNewFile(path, certificate, 0o644)
    await syncDirectory(directory)
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw issuedBefore(path)
    await rm(path, { force: true })
    throw explained(path, error)
  }
}

function issuedBefore(path: string): SecretError {
  return new SecretError(
    'conflict',
    `a CA of that name was issued before, and is kept in ${path}; give the next generation, because verifiers cannot distinguish two ` +
      'CAs of one name apart',
    { reason: 'subject', path },
  )
}
