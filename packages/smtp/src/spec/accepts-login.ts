import { createRequire } from 'node:module'
import { SecretError, within } from '@rekey/secret'
import { installCommand } from '@rekey/secret/internal'
import { readTrust, type Trust } from '@rekey/secret/trust'
import type { NodemailerError } from 'nodemailer/lib/errors'
import type { SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection'
import type { MailLogin } from './mail-login.ts'

/** How a mail server is asked. */
interface Asking {
  /** The roots that are trusted, read each time. Default: those of Node.js. */
  readonly trust: Trust | undefined
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
 * @throws {SecretError} `unreachable` without an answer; `refused` where `nodemailer` is not installed; as a file error if the roots cannot
 *   be read
 */
export async function acceptsLogin(login: MailLogin, { trust, signal }: Asking): Promise<boolean> {
  const [SmtpConnection, ca] = [await loadClient(), trust && (await readTrust(trust))]
  const connection = new SmtpConnection(optionsOf(login, ca))
  try {
    const limit = { what: `an answer of ${login.host}`, limitMs: TIMEOUT_MS, signal }
    await within(limit, () => logIn(connection, login))
    return true
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SecretError) throw error
    const { code, responseCode, command, originalCode } = error as Partial<NodemailerError>
    // The same number in a reply to another command, or in one that was cut, is no verdict on the login.
    const isVerdict = code === 'EAUTH' && command?.startsWith('AUTH ')
    if (isVerdict && responseCode === REFUSED) return false
    throw noAnswer(login, `${responseCode ?? originalCode ?? code ?? 'cut'}`)
  } finally {
    connection.close()
  }
}

type Client = typeof import('nodemailer/lib/smtp-connection').default
type Session = InstanceType<Client>

/** Rejects with an error of nodemailer, whose message has the words of the server, or with a `SecretError`. */
function logIn(session: Session, login: MailLogin): Promise<void> {
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

function optionsOf({ host, port, secure, requireTLS }: MailLogin, ca: string | undefined) {
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
  } satisfies SMTPConnectionOptions
}

/** The first release whose client this is tried with. npm would refuse an application that has an older one for itself, were it a peer's range. */
const FIRST_CLIENT = 10

async function loadClient(): Promise<Client> {
  const command = installCommand(import.meta.url, '@rekey/smtp', 'nodemailer')
  try {
    const manifest = createRequire(import.meta.url)('nodemailer/package.json') as {
      version: string
    }
    if (Number.parseInt(manifest.version, 10) >= FIRST_CLIENT) {
      return (await import('nodemailer/lib/smtp-connection')).default
    }
  } catch {
    const message = `a login at a mail server needs nodemailer, which is not installed: ${command}`
    throw new SecretError('refused', message)
  }
  const message = `a login at a mail server needs nodemailer ${FIRST_CLIENT}: ${command}`
  throw new SecretError('refused', message)
}

function noAnswer({ host, port }: MailLogin, reason: string): SecretError {
  const remedy = 'check its address, its certificate and that it is up'
  const message = `${host}:${port} did not judge the login (${reason}): ${remedy}`
  return new SecretError('unreachable', message, { host, port, reason })
}
