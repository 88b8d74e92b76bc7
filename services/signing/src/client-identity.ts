import { createHash } from 'node:crypto'
import type { Subject, SubjectAltName } from '@rekey/ca-keystore'

/** A person whom the caller has logged in, as the identity provider names them. */
export interface Login {
  /** Issuer identifier (OpenID Connect Discovery 1.0 §3): an URL without query and fragment. */
  readonly issuer: string
  /** Subject identifier (OpenID Connect Core 1.0 §2): at most 255 ASCII characters, never reassigned by its issuer. */
  readonly subject: string
  /** Verified by the issuer. */
  readonly email: string
}

/** The names of a person in a certificate. */
export interface ClientIdentity {
  readonly subject: Subject
  readonly subjectAltNames: readonly SubjectAltName[]
}

/** JSON Schema of a {@link Login}. */
export const LOGIN_SCHEMA = {
  issuer: { type: 'string', pattern: '^https?://[\\x21-\\x22\\x24-\\x3e\\x40-\\x7e]{1,500}$' },
  subject: { type: 'string', pattern: '^[\\x20-\\x7e]{1,255}$' },
  email: { type: 'string', maxLength: 254, pattern: '^[^\\s@]{1,64}@[^\\s@]+$' },
} as const

const ID_CHARS = 40

/**
 * Names a person by what does not change. The common name, which has room for 64 characters (RFC 5280 appendix A.1), is an id:
 * the first 160 bits of SHA-256 over issuer and subject, in hexadecimal. The alternative names are the e-mail address and, as
 * the URI `ISSUER#sub=SUBJECT` with the subject percent-encoded, both parts of the identity.
 */
export function clientIdentity({ email, ...login }: Login): ClientIdentity {
  const { issuer, subject } = login
  return {
    subject: { commonName: commonNameOf(login) },
    subjectAltNames: [
      { kind: 'email', value: email },
      { kind: 'uri', value: `${issuer}#sub=${encodeURIComponent(subject)}` },
    ],
  }
}

/** The common name of a person, in each of their certificates: see {@link clientIdentity}. */
export function commonNameOf({ issuer, subject }: Pick<Login, 'issuer' | 'subject'>): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex')
  return digest.slice(0, ID_CHARS)
}
