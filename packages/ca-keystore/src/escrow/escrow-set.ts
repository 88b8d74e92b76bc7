import { createHash, type KeyObject, sign } from 'node:crypto'
import { SecretError } from '@rekey/secret'
import { z } from 'zod'
import { x25519PublicKey } from '../envelope/index.ts'
import type { Issuer } from '../issuer.ts'
import { readStatement, requireStatedFormat, signStatement } from '../signed-statement.ts'
import { deriveSigningKey, publicKeyFrom, spkiOf, verifierOf } from './derived-key.ts'
import { MAX_HOLDER_BYTES } from './share-text.ts'

const base64 = z.base64().min(1)
const authority = z.strictObject({
  /** Of the CA key: its id, its generation, and its `SubjectPublicKeyInfo`. */
  id: z.uuid(),
  generation: z.number().int().positive(),
  spki: base64,
  /** X25519 key that backups are encrypted to. */
  recipient: base64,
  /** Ed25519 key that signs each set of shares. */
  verifier: base64,
})
const custodian = z.strictObject({
  index: z.number().int().positive(),
  holder: z.string().min(1),
  /** SHA-256 of the share. */
  commitment: z.string().regex(/^[0-9a-f]{64}$/),
  /** Ed25519 key that is derived from the share, and signs that it was checked. */
  verifier: base64,
})
const shareSet = z.strictObject({
  set: z.string().regex(/^[0-9a-f]{16}$/),
  threshold: z.number().int().min(2),
  created: z.iso.datetime(),
  custodians: z.array(custodian).min(2).readonly(),
})

/** The public half of an escrow, signed by the CA once. */
type EscrowAuthority = z.output<typeof authority>

/** The public description of an escrow: `escrow.json`. It shows no share. */
export interface EscrowSet extends z.output<typeof shareSet> {
  readonly authority: EscrowAuthority
}

export const MAX_ESCROW_CHARS = 64 * 1024
/** The file of an escrow in a keystore and in each backup. */
export const ESCROW_FILE = 'escrow.json'
/** The slot of a backup that the shares of the escrow open. */
export const ESCROW_SLOT = 'escrow'

const [AUTHORITY, SET] = ['escrow authority', 'escrow set'] as const
const VERIFIER_INFO = 'rekey escrow 1: verifier'

/** The line of {@link EscrowAuthority} with the signature of the CA. */
export async function signAuthority(
  { identity: { id, generation }, signer }: Pick<Issuer, 'identity' | 'signer'>,
  secret: Buffer,
): Promise<string> {
  const content: EscrowAuthority = {
    id,
    generation,
    spki: spkiOf(signer.publicKey),
    recipient: x25519PublicKey(secret).toString('base64'),
    verifier: verifierOf(verifierKey(secret)),
  }
  return signStatement(AUTHORITY, JSON.stringify(content), signer)
}

/** The line of a set of shares with the signature of the escrow: who has the secret can make a new set without the CA key. */
export async function signSet(content: z.output<typeof shareSet>, secret: Buffer): Promise<string> {
  const key = verifierKey(secret)
  const signer = { sign: (data: Buffer) => Promise.resolve(sign(null, data, key)) }
  return signStatement(SET, JSON.stringify(content), signer)
}

/**
 * Reads `escrow.json` and verifies both signatures. It proves itself alone: compare `authority.spki` with a CA that you trust.
 *
 * @throws {SecretError} `rejected` for a text that the CA and its escrow did not sign
 */
export function parseEscrowSet(text: string): EscrowSet {
  const signedAuthority = authorityText(text)
  const stated = parseAuthority(signedAuthority)
  requireStatedFormat(SET, text.slice(signedAuthority.length))
  return strictly(() => {
    const signedSet = text.slice(signedAuthority.length)
    const content = readStatement(SET, signedSet, publicKeyFrom(stated.verifier))
    return content && { ...shareSet.parse(JSON.parse(content)), authority: stated }
  })
}

/** Reads the first two lines of `escrow.json`. @throws {SecretError} `rejected` */
export function parseAuthority(text: string): EscrowAuthority {
  requireStatedFormat(SET, text)
  return strictly(() => {
    const stated = authority.parse(JSON.parse(text.split('\n')[0] ?? ''))
    const signed = readStatement(AUTHORITY, text, publicKeyFrom(stated.spki))
    return signed === undefined ? undefined : stated
  })
}

/** The error of a parser may show what it read. */
function strictly<T>(read: () => T | undefined | ''): T {
  try {
    const value = read()
    if (value !== undefined && value !== '') return value
  } catch {
    // Thrown below.
  }
  throw notSigned()
}

/** The first two lines of `escrow.json`, for a new set. */
export function authorityText(text: string): string {
  return `${text.split('\n').slice(0, 2).join('\n')}\n`
}

/** SHA-256 of the public key of the CA, hexadecimal. */
export function spkiDigest({ authority: { spki } }: Pick<EscrowSet, 'authority'>): string {
  return createHash('sha256').update(Buffer.from(spki, 'base64')).digest('hex')
}

/** SHA-256 of the text of `escrow.json`, hexadecimal: the biography records it. */
export function escrowDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Checks the names of custodians and the threshold. @throws {SecretError} `refused` */
export function checkCustodians(threshold: number, holders: readonly string[]): void {
  const isNamed = holders.every(
    (one) =>
      /^\P{Cc}+$/u.test(one) && one.trim() === one && Buffer.byteLength(one) <= MAX_HOLDER_BYTES,
  )
  if (!isNamed || new Set(holders).size !== holders.length) {
    throw refused(`names each custodian once, by at most ${MAX_HOLDER_BYTES} bytes on one line`)
  }
  if (!Number.isInteger(threshold) || threshold < 2 || holders.length < threshold) {
    throw refused('needs 2 or more custodians to recover, and no more than there are')
  }
  if (holders.length > MAX_CUSTODIANS) throw refused(`has at most ${MAX_CUSTODIANS} custodians`)
}

/** All subsets are proved: 924 of 6 of 12. */
const MAX_CUSTODIANS = 12

function verifierKey(secret: Buffer): KeyObject {
  return deriveSigningKey(secret, VERIFIER_INFO)
}

function notSigned(): SecretError {
  const message = `${ESCROW_FILE} is not signed by the CA and its escrow, or is damaged; take it from the newest backup or from another custodian`
  return new SecretError('rejected', message, { reason: 'escrow-set' })
}

function refused(rule: string): SecretError {
  return new SecretError('refused', `an escrow ${rule}; correct the custodians`, {
    reason: 'custodians',
  })
}
