import { createSigningRequest } from '@rekey/ca-keystore'
import type pg from 'pg'
import { AnswerError } from './answer-error.ts'
import { askSigning, type SigningPlace } from './ask-signing.ts'
import type { LogMemory } from './log-memory.ts'
import type { Person } from './oidc-login.ts'

/** The answer of signing. */
interface Issued {
  readonly certificate: string
  readonly serial: string
  readonly fingerprint: string
  readonly chain: string
  /** The proof that the log has it. */
  readonly log: unknown
}

/** A VPN profile. The private key is in `text` alone: it is handed to its owner once and kept nowhere. */
export interface Profile {
  readonly serial: string
  readonly fingerprint: string
  readonly text: string
}

/** The parts of issuing. */
export interface ProfileParts extends SigningPlace {
  readonly pool: Pick<pg.Pool, 'query'>
}

/**
 * Makes a key, has its certificate signed, stores the profile. A certificate that is not shown to be in the log is neither stored nor
 * handed out: its key is forgotten.
 *
 * @throws {AnswerError} 422 if no certificate can name the person, 502 for any other answer of signing but 201, and without that proof
 */
export async function issueProfile(
  person: Person,
  { pool, log, ...signing }: ProfileParts & { readonly log: Pick<LogMemory, 'verify'> },
): Promise<Profile> {
  // The name in the request is not used: signing names the person.
  const { privateKey, csr } = createSigningRequest({ commonName: 'vpn profile' })
  const { status, text } = await askSigning('/certificates', { csr, ...person }, signing)
  if (status !== 201) throw refusalOf(status)
  const issued = JSON.parse(text) as Issued
  await log.verify(issued.certificate, issued.log)
  await pool.query(
    `insert into profile (issuer, subject, serial, fingerprint, certificate)
     values ($1, $2, $3, $4, $5)`,
    [person.issuer, person.subject, issued.serial, issued.fingerprint, issued.certificate],
  )
  const { serial, fingerprint } = issued
  // eslint-disable-next-line @rekey/no-expose-outside-boundary -- the profile is for the person whose key it holds
  return { serial, fingerprint, text: formatProfile(issued, privateKey.expose()) }
}

/** Signing answers 400 and 422 for a person whom no certificate can name, since everything else in the request is ours. */
function refusalOf(status: number): AnswerError {
  if (status !== 400 && status !== 422) return new AnswerError(502, `signing answered ${status}`)
  const message =
    'no certificate can name you: correct your e-mail address at the identity provider'
  return new AnswerError(422, message)
}

/** The inline file format of OpenVPN (openvpn(8), "INLINE FILE SUPPORT"). */
function formatProfile({ certificate, chain }: Issued, privateKey: string): string {
  const inline = (tag: string, text: string) => `<${tag}>\n${text.trim()}\n</${tag}>`
  return [
    'client',
    inline('ca', chain),
    inline('cert', certificate),
    inline('key', privateKey),
    '',
  ].join('\n')
}
