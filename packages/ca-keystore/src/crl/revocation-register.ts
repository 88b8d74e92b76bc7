import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { replaceFile } from '@rekey/secret/internal/files'
import { z } from 'zod'
import type { CaCertificate } from '../ca-certificate.ts'
import type { Issuer } from '../issuer.ts'
import { readIfPresent } from '../protected-files.ts'
import { readSignedJson, signStatement } from '../signed-statement.ts'
import { REASONS, type RevokedCertificate } from './revoked-certificate.ts'

/** A certificate that is revoked, and how long it would have been valid. */
export interface RegisteredRevocation extends RevokedCertificate {
  readonly notAfter: Date
}

/** The revocations of a CA, and the number of the last list that they were put on. */
export interface RevocationRegister {
  readonly number: bigint
  readonly revoked: readonly RegisteredRevocation[]
}

const FILE = 'revocations.json'
/** 100,000 revocations of 150 characters, twice. */
const MAX_BYTES = 32 * 1024 * 1024
/** 20 octets in decimal, and a line feed. */
const MAX_NUMBER_BYTES = 50
const KIND = 'revocation register'

const date = z.iso.datetime().transform((text) => new Date(text))

/** The content of a register as it is stored. */
export const registerSchema = z.strictObject({
  number: z
    .string()
    .regex(/^[1-9]\d{0,47}$/)
    .transform((text) => BigInt(text)),
  revoked: z.array(
    z
      .tuple([z.string(), date, z.enum(REASONS).nullable(), date])
      .transform(([serial, revokedAt, reason, notAfter]): RegisteredRevocation => ({
        serial,
        revokedAt,
        notAfter,
        ...(reason !== null && { reason }),
      })),
  ),
})

/**
 * Reads the register in `directory`: one line of JSON, and the signature of the CA over it.
 *
 * @returns `undefined` if there is none
 * @throws {SecretError} `rejected` if the CA did not sign it; `refused` for an unsafe file; `malformed`, `forbidden`, `unreachable`
 */
export async function readRegister(
  directory: string,
  { ca }: Issuer,
): Promise<RevocationRegister | undefined> {
  const text = await readRegisterText(directory)
  return text === undefined ? undefined : parseRegister(text, ca, join(directory, FILE))
}

/** The text of the register in `directory`, unverified. @throws {SecretError} as {@link readRegister} */
export function readRegisterText(directory: string): Promise<string | undefined> {
  return readIfPresent(join(directory, FILE), 'key', MAX_BYTES)
}

/**
 * Verifies and reads the text of a register.
 *
 * @param path names it in the error
 * @throws {SecretError} `rejected` if the CA did not sign it
 */
export function parseRegister(
  text: string,
  ca: Pick<CaCertificate, 'publicKey'>,
  path: string = FILE,
): RevocationRegister {
  const register = readSignedJson({ kind: KIND, schema: registerSchema }, text, ca.publicKey)
  if (register === undefined) throw notSigned(path, 'register')
  return register
}

/** The content of a register, as JSON values. */
export function registerContent({ number, revoked }: RevocationRegister) {
  const rows = revoked.map(({ serial, revokedAt, reason, notAfter }) => [
    serial,
    revokedAt.toISOString(),
    reason ?? null,
    notAfter.toISOString(),
  ])
  return { number: number.toString(), revoked: rows }
}

/** Signs a register. @returns the text of its file */
export function signRegister(
  register: RevocationRegister,
  { signer }: Pick<Issuer, 'signer'>,
): Promise<string> {
  return signStatement(KIND, JSON.stringify(registerContent(register)), signer)
}

/** Replaces the register in one step by the text that {@link signRegister} gave. @throws {SecretError} `forbidden` or `unreachable` */
export async function writeRegister(directory: string, text: string): Promise<void> {
  await replaceFile(join(directory, FILE), text)
}

/** A file of the keystore's own directory: numbers do not start again, though all lists are lost. */
const NUMBER_FILE = 'crl.number'

/** Records the number of the last list beside the key. @throws {SecretError} `forbidden` or `unreachable` */
export async function recordNumber({ directory }: Issuer, number: bigint): Promise<void> {
  await replaceFile(join(directory, NUMBER_FILE), `${number}\n`)
}

/** The number recorded last; 0 for a CA that has issued no list. @throws {SecretError} for anything but a definite answer */
export async function readNumber({ directory }: Pick<Issuer, 'directory'>): Promise<bigint> {
  const path = join(directory, NUMBER_FILE)
  const text = await readIfPresent(path, 'key', MAX_NUMBER_BYTES)
  if (text === undefined) return 0n
  if (/^[1-9]\d*\n$/.test(text)) return BigInt(text)
  const message = `${path} is not the number of a revocation list; write that of the list published last there, or restore it from a backup`
  throw new SecretError('malformed', message, { path, reason: 'crl-number' })
}

/** The error for a record of revocations without the signature of the CA. */
export function notSigned(path: string, reason: string): SecretError {
  const message =
    `${path} is not signed by the key of this CA: it is damaged, was edited, or is that of another CA; restore it from a backup, or ` +
    'remove it if crl.pem is the list published last'
  return new SecretError('rejected', message, { path, reason })
}
