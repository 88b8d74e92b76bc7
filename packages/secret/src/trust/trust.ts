import { X509Certificate } from 'node:crypto'
import { SecretError } from '../errors.ts'
import { fileError } from '../files/file-errors.ts'
import { readRegularFile } from '../files/read-regular-file.ts'
import { z } from 'zod/v4'

/** The schema of `trust` in a family: the roots that a client trusts, no others. */
export const trustEntry = z
  .union([
    z.string().startsWith('-----BEGIN '),
    z.strictObject({ file: z.string().min(1).describe('a file of PEM') }),
  ])
  .describe('the roots that clients trust: PEM, or { "file": PATH }')

/** PEM of roots, or the file that holds them. */
export type Trust = z.output<typeof trustEntry>

const MAX_CHARS = 1024 * 1024
const BEGIN = '-----BEGIN '
const END = '-----END CERTIFICATE-----'

/**
 * Reads the roots that a client trusts. A file may hold several, with comments between them, and nothing secret.
 *
 * @returns PEM of the certificates alone
 * @throws {SecretError} `missing`, `forbidden` or `malformed` with the path; `refused` for a file with a private key
 */
export async function readTrust(trust: Trust): Promise<string> {
  if (typeof trust === 'string') return certificatesIn(trust, 'trust')
  const text = await readRegularFile(trust.file).catch((error: unknown) => {
    throw fileError(error, trust.file)
  })
  return certificatesIn(text, trust.file)
}

function certificatesIn(text: string, where: string): string {
  if (text.length > MAX_CHARS) throw malformed(where, `is longer than ${MAX_CHARS} characters`)
  const blocks = text.split(BEGIN).slice(1)
  if (blocks.some((block) => /^[A-Z ]*PRIVATE KEY-----/.test(block))) {
    const message = `${where} holds a private key: keep the certificates of the roots alone in it`
    throw new SecretError('refused', message, { where })
  }
  const certificates = blocks
    .filter((block) => block.startsWith('CERTIFICATE-----'))
    .map((block) => readable(BEGIN + block.slice(0, block.indexOf(END) + END.length), where))
  if (certificates.length > 0) return certificates.join('')
  throw malformed(where, 'holds no certificate: write the PEM of the roots into it')
}

function readable(pem: string, where: string): string {
  try {
    return new X509Certificate(pem).toString()
  } catch {
    throw malformed(where, 'holds a certificate that cannot be read: write it again, whole')
  }
}

function malformed(where: string, problem: string): SecretError {
  return new SecretError('malformed', `${where} ${problem}`, { where })
}
