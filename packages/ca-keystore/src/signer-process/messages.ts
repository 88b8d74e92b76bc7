import { SecretError } from '@rekey/secret'
import type { SecretErrorCode } from '@rekey/secret/internal'
import { z } from 'zod'
import { keyIdentitySchema } from '../envelope/index.ts'
import { type CertificateOrder, PROFILE_NAMES, type Profile } from '../issuer.ts'
import { REASON_CODES, type RevocationReason } from '../crl/revoked-certificate.ts'
import type { ListOrder } from '../crl/list-state.ts'
import { registerSchema } from '../crl/revocation-register.ts'

const PROFILES = PROFILE_NAMES as [Profile, ...Profile[]]
const REASONS = Object.keys(REASON_CODES) as [RevocationReason, ...RevocationReason[]]

const id = z.number().int().nonnegative()
const date = z.iso.datetime().transform((text) => new Date(text))

/** One request to the signer process. It has no place for an issuer, an extension, a serial or bytes to be signed. */
export const requestSchema = z.discriminatedUnion('order', [
  z.strictObject({ id, order: z.literal('ping') }),
  z.strictObject({
    id,
    order: z.literal('certificate'),
    certificate: z.strictObject({
      csr: z.string(),
      profile: z.enum(PROFILES),
      subject: z.strictObject({
        commonName: z.string(),
        organization: z.string().exactOptional(),
        organizationalUnit: z.string().exactOptional(),
      }),
      subjectAltNames: z.array(
        z.strictObject({ kind: z.enum(['email', 'dns', 'uri', 'ip']), value: z.string() }),
      ),
      validityMs: z.number(),
      isRepeatable: z.boolean().exactOptional(),
    }) satisfies z.ZodType<CertificateOrder>,
  }),
  z.strictObject({
    id,
    order: z.literal('crl'),
    crl: z.strictObject({
      number: z
        .string()
        .regex(/^\d{1,50}$/)
        .transform((text) => BigInt(text)),
      revoked: z.array(
        z.strictObject({
          serial: z.string(),
          revokedAt: date,
          reason: z.enum(REASONS).exactOptional(),
          notAfter: date.exactOptional(),
        }),
      ),
      validityMs: z.number().exactOptional(),
    }) satisfies z.ZodType<ListOrder>,
  }),
  z.strictObject({
    id,
    order: z.literal('lists'),
    known: z.strictObject({
      register: z.string().exactOptional(),
      list: z.string().exactOptional(),
    }),
  }),
])

/** A request as the signer process reads it. */
export type SignerRequest = z.output<typeof requestSchema>

/** The parts of a request that every one has. */
export const requestHeadSchema = z.looseObject({ id })

const CODES: readonly [SecretErrorCode, ...SecretErrorCode[]] = [
  'missing',
  'forbidden',
  'unreachable',
  'unwritable',
  'malformed',
  'conflict',
  'rejected',
  'refused',
  'disposed',
]

export const failureSchema = z.strictObject({
  code: z.enum(CODES),
  message: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
})

/** A failure as it crosses to another process. */
export type Failure = z.output<typeof failureSchema>

/** Everything of an error that may cross to another process. Of an error that is not ours, nothing. */
export function failureMessage(error: unknown): Failure {
  const { code, message, details } =
    error instanceof SecretError
      ? error
      : new SecretError('unreachable', 'the signer process failed in an unknown way; restart it')
  return { code, message, details }
}

/** The error of another process. */
export function errorOf({ code, message, details }: Failure): SecretError {
  return new SecretError(code, message, details)
}

const version = {
  stage: z.enum(['pending', 'current', 'previous']),
  version: z.string(),
  createdAt: date.exactOptional(),
}

/** The first answer of the signer process: the CA that it holds, or why it holds none. */
export const openedSchema = z.union([
  z.strictObject({
    chain: z.string(),
    // The commitment of the envelope is left out.
    identity: keyIdentitySchema.strip(),
    /** The versions of the passphrase that it received. */
    versions: z.array(z.strictObject(version)),
    /** The version that opened the key. */
    used: z.string(),
  }),
  z.strictObject({ failure: failureSchema }),
])

/** Each later answer. */
export const answerSchema = z.union([
  z.strictObject({ id, result: z.unknown() }),
  z.strictObject({ id, failure: failureSchema }),
])

/** Results, by order. */
export const RESULTS = {
  ping: z.null(),
  certificate: z.strictObject({
    certificate: z.string(),
    serial: z.string(),
    notBefore: date,
    notAfter: date,
    fingerprint: z.string(),
    isRepeat: z.literal(true).exactOptional(),
  }),
  /** A list in PEM, and the text of its register. */
  crl: z.strictObject({ crl: z.string(), register: z.string() }),
  /** The last list that was signed. */
  lists: registerSchema.nullable(),
} as const

/** Reads the header before the passphrases that the unlocking process sends. */
export const passphrasesSchema = z.union([
  z.strictObject({
    versions: z
      .array(
        z.strictObject({
          ...version,
          bytes: z.number().int().positive(),
          origin: z
            .discriminatedUnion('kind', [
              z.strictObject({
                kind: z.literal('file'),
                path: z.string(),
                device: z.string(),
                inode: z.string(),
              }),
              z.strictObject({ kind: z.literal('environment') }),
              z.strictObject({ kind: z.literal('memory') }),
              z.strictObject({ kind: z.literal('store'), store: z.string() }),
            ])
            .exactOptional(),
        }),
      )
      .min(1)
      .max(3),
  }),
  z.strictObject({ failure: failureSchema }),
])
