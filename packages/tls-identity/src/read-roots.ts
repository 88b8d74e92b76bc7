import { readFile } from 'node:fs/promises'
import { SecretError } from '@rekey/secret'
import { fileError } from '@rekey/secret/files'
import { parseCertificates } from './parse-certificates.ts'

/**
 * Reads the certificates of the CAs that a service trusts, as PEM.
 *
 * @throws {SecretError} if the file cannot be read; `malformed` if it holds no certificate, or one that is not that of a CA
 */
export async function readRoots(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw fileError(error, path)
  })
  const roots = parseCertificates(text)
  if (roots.length > 0 && roots.every(({ ca }) => ca)) return text
  const problem = roots.length === 0 ? 'no certificate' : 'a certificate that is not that of a CA'
  throw new SecretError('malformed', `${path} holds ${problem}: put the roots there`)
}
