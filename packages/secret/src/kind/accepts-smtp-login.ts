import { SecretError } from '../errors.ts'
import type { Secret } from '../secret.ts'
import { within } from '../time/deadline.ts'

/** A login of a mail server. */
export interface SmtpLogin {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: Secret
  /** Whether the session is encrypted from its start (RFC 8314). */
  readonly secure: boolean
  /** Whether no login is sent before STARTTLS (RFC 3207). */
  readonly requireTLS: boolean
}

/** The part of `nodemailer/lib/smtp-connection` that is used. */
interface Session {
  readonly allowsAuth: boolean
  readonly lastServerResponse: unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  connect(done: (error?: Error) => void): void
  login(
    auth: { credentials: { user: string; pass: string } },
    done: (error: Error | null) => void,
  ): void
  close(): void
}

/** How a mail server is asked. */
export interface SmtpAsking {
  /** The class of `nodemailer/lib/smtp-connection`, an optional peer of the caller. */
  readonly client: new (options: object) => Session
  /** PEM of the roots that are trusted. Default: those of Node.js. */
  readonly ca: string | undefined
  readonly signal: AbortSignal
}

/** A server may delay its greeting, and the answer to a failed login, by some seconds. */
const TIMEOUT_MS = 30_000
/** The longest reply: that to EHLO has some hundred bytes. */
const MAX_REPLY_BYTES = 16_384

/** RFC 4954, section 6. */
const ACCEPTED = '235'
const REFUSED = 535

/**
 * Asks a mail server whether it accepts a login: 235 accepts it, 535 refuses it, and any other answer is no answer. No mail is sent.
 *
 * @throws {SecretError} `unreachable` without an answer
 */
export async function acceptsSmtpLogin(
  login: SmtpLogin,
  { client: Client, ca, signal }: SmtpAsking,
): Promise<boolean> {
  const connection = new Client(optionsOf(login, ca))
  try {
    const limit = { what: `an answer of ${login.host}`, limitMs: TIMEOUT_MS, signal }
    await within(limit, () => logIn(connection, login))
    return true
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SecretError) throw error
    const { code, responseCode, command, originalCode } = error as Partial<Failure>
    // The same number in a reply to another command, or in one that was cut, is no verdict on the login.
    const isVerdict = code === 'EAUTH' && command?.startsWith('AUTH ')
    if (isVerdict && responseCode === REFUSED) return false
    throw noAnswer(login, `${responseCode ?? originalCode ?? code ?? 'cut'}`)
  } finally {
    connection.close()
  }
}

/** The part of an error of nodemailer that is read. */
interface Failure {
  readonly code: string
  readonly responseCode: number
  readonly command: string
  readonly originalCode: string
}

/** Rejects with an error of nodemailer, whose message has the words of the server, or with a `SecretError`. */
function logIn(session: Session, login: SmtpLogin): Promise<void> {
  return new Promise((resolve, reject) => {
    session.on('error', reject)
    session.on('end', () => {
      reject(noAnswer(login, 'the session ended'))
    })
    session.connect((failure) => {
      if (failure) reject(failure)
      else if (!session.allowsAuth) reject(noAnswer(login, 'no AUTH'))
      else {
        const credentials = { user: login.user, pass: login.password.expose() }
        session.login({ credentials }, (refusal) => {
          if (refusal) reject(refusal)
          // nodemailer takes any 2xx for success.
          else if (String(session.lastServerResponse).startsWith(ACCEPTED)) resolve()
          else reject(noAnswer(login, 'a success that is not 235'))
        })
      }
    })
  })
}

function optionsOf({ host, port, secure, requireTLS }: SmtpLogin, ca: string | undefined) {
  return {
    ...{ host, port, secure, requireTLS },
    logger: false,
    maxResponseSize: MAX_REPLY_BYTES,
    dnsTimeout: TIMEOUT_MS,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    socketCloseTimeout: 0,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca !== undefined && { ca }) },
  }
}

function noAnswer({ host, port }: SmtpLogin, reason: string): SecretError {
  const remedy = 'check its address, its certificate and that it is up'
  const message = `${host}:${port} did not judge the login (${reason}): ${remedy}`
  return new SecretError('unreachable', message, { host, port, reason })
}
