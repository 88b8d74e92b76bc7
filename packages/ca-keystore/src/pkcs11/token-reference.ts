import { verify } from 'node:crypto'
import { join } from 'node:path'
import { jsonIn, SecretError } from '@rekey/secret'
import { formatAfter, requireFormat } from '@rekey/secret/internal'
import { z } from 'zod'
import { algorithmOf } from '../algorithms.ts'
import type { CaCertificate } from '../ca-certificate.ts'
import { keyIdentitySchema } from '../envelope/index.ts'
import { TOKEN_FILE } from '../keystore-files.ts'
import { readProtectedFile } from '../protected-files.ts'
import type { Signer } from '../signer.ts'

const MAX_CHARS = 4096

const FORMAT = 'rekey ca-token '
const MAGIC = `${FORMAT}1`

const reference = z.strictObject({
  /** Of the token. */
  label: z.string().min(1).max(32),
  /** `CKA_ID` of both halves, hexadecimal. */
  object: z.string().regex(/^[0-9a-f]{32}$/),
  algorithm: z.enum(['ecdsa-p256', 'rsa-3072']),
  identity: keyIdentitySchema,
})

/** Names a key in a token, and binds its identity and policy to it. */
export type TokenReference = z.output<typeof reference>

/** Writes a reference: three lines, of which the last is the signature of the key itself over the others. */
export async function signReference(content: TokenReference, signer: Signer): Promise<string> {
  const signed = `${MAGIC}\n${JSON.stringify(content)}\n`
  const signature = await signer.sign(Buffer.from(signed))
  return `${signed}${signature.toString('base64')}\n`
}

/**
 * Reads the reference of a keystore, after checking that no other user can replace it.
 *
 * @throws {SecretError} `malformed`; `refused` if the key of the certificate did not sign it; and for the file
 */
export async function readReference(directory: string, ca: CaCertificate): Promise<TokenReference> {
  const path = join(directory, TOKEN_FILE)
  return parseReference(await readProtectedFile(path, 'certificate', MAX_CHARS), ca)
}

/**
 * Reads a reference. Since the key signed it, its policy is that of the day the CA was made; another key, or a change by hand, is
 * refused.
 *
 * @throws {SecretError} `malformed`; `refused` if the key of the certificate did not sign it
 */
function parseReference(text: string, { publicKey }: CaCertificate): TokenReference {
  const [magic, json = '', signature = '', ...rest] = text.split('\n')
  requireFormat('ca-token', formatAfter(FORMAT, magic))
  const content = reference.safeParse(jsonIn(json)).data
  const bytes = Buffer.from(signature, 'base64')
  const isWhole = magic === MAGIC && rest.length === 1 && rest[0] === ''
  if (!isWhole || content === undefined || bytes.toString('base64') !== signature) {
    const message = `${TOKEN_FILE} is not as rekey ca create --token wrote it; restore it from a backup`
    throw new SecretError('malformed', message, { reason: 'token-reference' })
  }
  const signed = Buffer.from(`${MAGIC}\n${json}\n`)
  if (verify(algorithmOf(publicKey).digest, signed, publicKey, bytes)) return content
  const message = `${TOKEN_FILE} was not signed by the key of ca.crt; restore both from one backup`
  throw new SecretError('refused', message, { reason: 'pair' })
}
