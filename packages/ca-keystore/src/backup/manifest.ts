import { createHash, type KeyObject } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { z } from 'zod'
import { readSignedJson, signStatement } from '../signed-statement.ts'
import type { Signer } from '../signer.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const manifest = z.strictObject({
  format: z.literal(1),
  created: z.iso.datetime(),
  key: z.strictObject({
    id: z.uuid(),
    generation: z.number().int().positive(),
    purpose: z.enum(['root', 'issuing']),
    /** SHA-256 of the `SubjectPublicKeyInfo`, hexadecimal. */
    spki: digest,
  }),
  /** The ways to open it. */
  opens: z
    .array(z.enum(['passphrase', 'escrow']))
    .min(1)
    .readonly(),
  /** Number of the last revocation list, decimal; absent for a CA that has issued none. */
  crl: z
    .string()
    .regex(/^[1-9]\d{0,49}$/)
    .exactOptional(),
  /** End of the biography: an anchor for the log of the keystore. */
  biography: z.strictObject({ seq: z.number().int().positive(), hash: digest }),
  /** Every other file, with its SHA-256. */
  files: z.record(z.string(), digest),
})

/** The table of contents of a backup, signed by the CA. */
export type BackupManifest = z.output<typeof manifest>

export const MANIFEST_FILE = 'manifest.json'
const KIND = 'backup manifest'

/** The files that a backup has from the keystore as they are; the key is encrypted anew. Anything else has no place in it. */
const KEPT =
  /^(?:ca\.crt|crl\.(?:number|state)|escrow\.json|drill\.json|rotation\.json|ca\.clock|log-checkpoint|biography\.(?:log|head)|issued-[0-9a-f]{40}\.crt)$/
/**
 * Of no use after the process: locks, drafts, and the cut end of a log. Each later generation is a keystore with backups of its own, and the
 * log has the certificates of the record.
 */
const LEFT_OUT =
  /(?:^record$|^weak-keys\.bin$|^escrow\.json\.next$|\.lock|\.lock\.[^/]*|\.tmp|\.torn|^\.generation-\d+\.new-\w+|^generation-\d+)$/

/**
 * Whether a file of a keystore belongs in its backup.
 *
 * @throws {SecretError} `refused` for a file that is none of a keystore: it may be a passphrase
 */
export function isKept(directory: string, name: string): boolean {
  if (KEPT.test(name)) return true
  if (name === 'ca.key' || LEFT_OUT.test(name)) return false
  const message = `${directory} has a file that is none of a keystore, which could be a passphrase: ${name}; move it away, then make the backup`
  throw new SecretError('refused', message, { reason: 'unknown-file', file: name })
}

/** The files that a backup must have, whatever its manifest lists. */
export function requiredFiles({ crl, opens }: Pick<BackupManifest, 'crl' | 'opens'>): string[] {
  return [
    'ca.key',
    'ca.crt',
    'biography.log',
    'biography.head',
    ...(crl === undefined ? [] : ['crl.number', 'crl.pem', 'revocations.json']),
    ...(opens.includes('escrow') ? ['escrow.json'] : []),
    ...(opens.includes('passphrase') ? ['recovery.pem'] : []),
  ]
}

/** SHA-256 in hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Writes a manifest with the signature of the CA. */
export function signManifest(content: BackupManifest, signer: Signer): Promise<string> {
  return signStatement(KIND, JSON.stringify(content), signer)
}

/** Reads a manifest. @throws {SecretError} `rejected` if the CA did not sign it */
export function readManifest(text: string, publicKey: KeyObject): BackupManifest {
  const read = readSignedJson({ kind: KIND, schema: manifest }, text, publicKey)
  if (read !== undefined) return read
  const message = `${MANIFEST_FILE} is not signed by the CA of the backup, or is damaged; take another backup`
  throw new SecretError('rejected', message, { reason: 'manifest' })
}
