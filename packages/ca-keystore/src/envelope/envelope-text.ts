import { SecretError } from '@rekey/secret'
import { formatAfter, requireFormat } from '@rekey/secret/internal'
import { z } from 'zod'

/** The first line of an envelope: its format, and the version of that. */
const FORMAT = 'rekey ca-key '
const MAGIC = `${FORMAT}1`

/** The most characters of an envelope. */
export const MAX_ENVELOPE_CHARS = 64 * 1024

const MAX_SLOTS = 8
const bytes = (min: number, max = min) =>
  z.string().refine((text) => {
    const decoded = Buffer.from(text, 'base64')
    const isExact = decoded.toString('base64') === text
    return isExact && decoded.length >= min && decoded.length <= max
  })
const slotName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/)
const whole = z.number().int().nonnegative()

/** Describes a key: for an envelope, and for the reference to a key in a token. */
export const keyIdentitySchema = z.strictObject({
  /** Names the key for its whole life, also in backups. */
  id: z.uuid(),
  /** Counts the keys of one CA, from 1 on; the same as in the name of its certificate. */
  generation: whole.min(1),
  purpose: z.enum(['root', 'issuing']),
  /** SHA-256 of the `SubjectPublicKeyInfo`, hexadecimal. */
  spki: z.string().regex(/^[0-9a-f]{64}$/),
  created: z.iso.datetime(),
  policy: z.strictObject({
    /** The profiles of certificates that the key may sign. */
    profiles: z
      .array(z.string().regex(/^[a-z]{1,16}$/))
      .max(8)
      .readonly(),
    /** The longest validity of a certificate, in days. */
    days: whole.min(1).max(36_525),
  }),
})

const identity = keyIdentitySchema.extend({
  /** Commits to the data key, because AES-GCM does not: one ciphertext can fit two keys (RFC 9771, "key commitment"). */
  commitment: bytes(32),
})

const wrapping = { salt: bytes(16, 64), nonce: bytes(12), wrapped: bytes(48) }
const slot = z.discriminatedUnion('kdf', [
  z.strictObject({
    slot: slotName,
    kdf: z.literal('scrypt'),
    /** Cost parameters (RFC 7914 §2). */
    n: z.number(),
    r: z.number(),
    p: z.number(),
    ...wrapping,
  }),
  /** For random secrets of 32 bytes alone: HKDF costs an attacker nothing. */
  z.strictObject({ slot: slotName, kdf: z.literal('hkdf-sha256'), ...wrapping }),
  /** For a public key: its writer cannot open it. */
  z.strictObject({
    slot: slotName,
    kdf: z.literal('x25519-hkdf-sha256'),
    recipient: bytes(32),
    ephemeral: bytes(32),
    ...wrapping,
  }),
])
const body = z.strictObject({ nonce: bytes(12), ciphertext: bytes(17, 16 * 1024) })
const seal = z.strictObject({ mac: bytes(32) })

/** Describes the key of an envelope in the clear; every decryption authenticates it. */
export type EnvelopeIdentity = z.output<typeof identity>

/** The same of any key, wherever it is kept. */
export type KeyIdentity = z.output<typeof keyIdentitySchema>

/** One way to open an envelope: the data key, encrypted with a key that is derived from a passphrase or a random secret. */
export type Slot = z.output<typeof slot>

/** The parts of an envelope. */
export interface Envelope {
  readonly identity: EnvelopeIdentity
  readonly slots: readonly Slot[]
  readonly body: z.output<typeof body>
  /** HMAC-SHA256 over all lines before it. */
  readonly mac: Buffer
}

/** The text that the encryption of the key, and with a slot that of the data key, authenticates. */
export function associatedData(identity: EnvelopeIdentity, slot?: Slot): Buffer {
  return Buffer.from(lines([MAGIC, identity, ...(slot ? [{ ...slot, wrapped: undefined }] : [])]))
}

/** The text that the MAC of an envelope is over. */
export function sealedText({ identity, slots, body }: Omit<Envelope, 'mac'>): string {
  return lines([MAGIC, identity, ...slots, body])
}

/** Writes an envelope. */
export function encodeEnvelope(envelope: Envelope): string {
  return sealedText(envelope) + lines([{ mac: envelope.mac.toString('base64') }])
}

/**
 * Reads an envelope strictly: only the very text that {@link encodeEnvelope} writes is accepted, so that there is one text for one
 * envelope. Unknown and repeated members, other orders, blanks and escapes are all refused.
 *
 * @throws {SecretError} `malformed`; `refused` for a newer format
 */
export function parseEnvelope(text: string): Envelope {
  const [magic, first, ...rest] = text.split('\n')
  requireFormat('ca-key', formatAfter(FORMAT, magic))
  const [, last, content] = [rest.pop(), rest.pop(), rest.pop()]
  if (rest.length === 0 || rest.length > MAX_SLOTS) throw malformed()
  const envelope = {
    identity: read(identity, first),
    slots: rest.map((line) => read(slot, line)),
    body: read(body, content),
    mac: Buffer.from(read(seal, last).mac, 'base64'),
  }
  const names = envelope.slots.map(({ slot }) => slot)
  if (new Set(names).size !== names.length || encodeEnvelope(envelope) !== text) throw malformed()
  return envelope
}

function read<T>(schema: z.ZodType<T>, line = ''): T {
  try {
    return schema.parse(JSON.parse(line))
  } catch {
    throw malformed()
  }
}

function lines(parts: readonly unknown[]): string {
  return parts.map((part) => `${typeof part === 'string' ? part : JSON.stringify(part)}\n`).join('')
}

function malformed(): SecretError {
  return new SecretError(
    'malformed',
    'the CA key file is no envelope of Rekey, or was changed; restore it from a backup, or import the key that it holds',
    { reason: 'envelope' },
  )
}
