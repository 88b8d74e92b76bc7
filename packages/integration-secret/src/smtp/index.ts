/**
 * Proves a credential at a mail server.
 *
 * @module
 */
import { createRequire } from 'node:module'
import { installCommand } from '@rekey/secret/internal'
import {
  isLoopbackName,
  NON_PRODUCTION_PREFIX,
  type Secret,
  SecretError,
  within,
} from '@rekey/secret'
import { readTrust, type Trust } from '@rekey/secret/trust'
import type { NodemailerError } from 'nodemailer/lib/errors'
import type { SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection'

/** A mail server that judges credentials by SMTP AUTH (RFC 4954). */
export interface SmtpProof {
  readonly host: string
  /** Usually 587 with `starttls`, and 465 with `tls`. */
  readonly port: number
  readonly user: string
  /**
   * How the session is encrypted before the credential is sent: `starttls` within it (RFC 3207), `tls` from its start (RFC 8314).
   * `none` is refused except on loopback, with a credential that bears the mark of development.
   */
  readonly security: 'starttls' | 'tls' | 'none'
  /** The roots that are trusted, read at each proof. Default: the roots of Node.js. */
  readonly trust?: Trust | undefined
}

/** A server may delay its greeting, and the answer to a failed login, by some seconds. */
const TIMEOUT_MS = 30_000
/** The longest reply: that to EHLO has some hundred bytes. */
const MAX_REPLY_BYTES = 16_384

/** RFC 4954, section 6. */
const ACCEPTED = '235'
const REFUSED = 535

/**
 * Proves a credential by a login at a mail server, for `prove` of `integrationSecret`. No mail is sent.
 *
 * @throws {SecretError} `rejected` if the server refuses it; else as {@link isAcceptedBySmtp}
 * @example
 * ```ts
 * const server = { host: 'smtp.example.com', port: 587, user: 'portal', security: 'starttls' } as const
 * const smtp = integrationSecret('smtp', {
 *   prove: (password, { signal }) => proveBySmtp(server, password, signal),
 * })
 * ```
 */
export async function proveBySmtp(
  proof: SmtpProof,
  credential: Secret,
  signal: AbortSignal,
): Promise<void> {
  if (await isAcceptedBySmtp(proof, credential, signal)) return
  const { host, user } = proof
  const message = `${host} refuses the login of ${user}: rotate the credential, or correct the user`
  throw new SecretError('rejected', message, { host, user })
}

/**
 * Asks a mail server whether it accepts a credential: 235 accepts it, 535 refuses it, and any other answer is no answer.
 *
 * @throws {SecretError} `unreachable` without an answer; `refused` for a session in clear text, and where `nodemailer` is not
 *   installed; as a file error if the roots cannot be read
 */
export async function isAcceptedBySmtp(
  proof: SmtpProof,
  credential: Secret,
  signal: AbortSignal,
): Promise<boolean> {
  checkSecurity(proof, credential)
  const [SmtpConnection, ca] = [await loadClient(), proof.trust && (await readTrust(proof.trust))]
  const connection = new SmtpConnection(optionsOf(proof, ca))
  try {
    const limit = { what: `an answer of ${proof.host}`, limitMs: TIMEOUT_MS, signal }
    await within(limit, () => logIn(connection, proof, credential))
    return true
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SecretError) throw error
    const { code, responseCode, command, originalCode } = error as Partial<NodemailerError>
    // The same number in a reply to another command, or in one that was cut, is no verdict on the credential.
    const isVerdict = code === 'EAUTH' && command?.startsWith('AUTH ')
    if (isVerdict && responseCode === REFUSED) return false
    throw noAnswer(proof, `${responseCode ?? originalCode ?? code ?? 'cut'}`)
  } finally {
    connection.close()
  }
}

type Client = typeof import('nodemailer/lib/smtp-connection').default
type Session = InstanceType<Client>

/** Rejects with an error of nodemailer, whose message has the words of the server, or with a `SecretError`. */
function logIn(session: Session, proof: SmtpProof, credential: Secret): Promise<void> {
  return new Promise((resolve, reject) => {
    session.on('error', reject)
    session.on('end', () => {
      reject(noAnswer(proof, 'the session ended'))
    })
    session.connect((failure) => {
      if (failure) reject(failure)
      else if (!session.allowsAuth) reject(noAnswer(proof, 'no AUTH'))
      else {
        const credentials = { user: proof.user, pass: credential.expose() }
        session.login({ credentials }, (refusal) => {
          if (refusal) reject(refusal)
          // nodemailer takes any 2xx for success.
          else if (String(session.lastServerResponse).startsWith(ACCEPTED)) resolve()
          else reject(noAnswer(proof, 'a success that is not 235'))
        })
      }
    })
  })
}

function optionsOf({ host, port, security }: SmtpProof, ca: string | undefined) {
  return {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    logger: false,
    maxResponseSize: MAX_REPLY_BYTES,
    dnsTimeout: TIMEOUT_MS,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    socketCloseTimeout: 0,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca !== undefined && { ca }) },
  } satisfies SMTPConnectionOptions
}

function checkSecurity({ host, security }: SmtpProof, credential: Secret): void {
  if (security !== 'none') return
  const isForDevelopment = credential.expose().startsWith(NON_PRODUCTION_PREFIX)
  if (isLoopbackName(host) && isForDevelopment) return
  const message = `the credential for ${host} would be sent in clear text: set security to starttls or tls`
  throw new SecretError('refused', message, { host })
}

/** The first release whose client this is tried with. npm would refuse an application that has an older one for itself, were it a peer's range. */
const FIRST_CLIENT = 10

async function loadClient(): Promise<Client> {
  const command = installCommand(import.meta.url, '@rekey/integration-secret', 'nodemailer')
  try {
    const manifest = createRequire(import.meta.url)('nodemailer/package.json') as {
      version: string
    }
    if (Number.parseInt(manifest.version, 10) >= FIRST_CLIENT) {
      return (await import('nodemailer/lib/smtp-connection')).default
    }
  } catch {
    throw new SecretError(
      'refused',
      `a proof by SMTP needs nodemailer, which is not installed: ${command}`,
    )
  }
  throw new SecretError('refused', `a proof by SMTP needs nodemailer ${FIRST_CLIENT}: ${command}`)
}

function noAnswer({ host, port }: SmtpProof, reason: string): SecretError {
  const remedy = 'check host, port, security and trust of the proof'
  const message = `${host}:${port} did not judge the credential (${reason}): ${remedy}`
  return new SecretError('unreachable', message, { host, port, reason })
}
