import { type LiveSecret, type Secret, SecretError, type SecretVersion } from '@rekey/secret'
import {
  askForNewest,
  isRejection,
  newConsumer,
  onChange,
  tryVersions,
} from '@rekey/secret/internal'
import { parseLogin } from '../spec/mail-login.ts'

/** The part of a transport of nodemailer that is used. */
export interface MailTransport<M, I> {
  /** Sends a mail; logs in first where it has no session. */
  sendMail(mail: M): Promise<I>
  /** Ends its sessions. */
  close(): void
}

/** A login in the words of nodemailer. */
export interface TransportLogin {
  readonly host: string
  readonly port: number
  /** Whether the session is encrypted from its start. */
  readonly secure: boolean
  /** Whether no login is sent before STARTTLS. */
  readonly requireTLS: boolean
  readonly auth: { readonly user: string; readonly pass: string }
}

/** A sender of mail whose login may change at any time. */
export interface FollowedMail<M, I> {
  /**
   * Sends a mail. A login that the server refuses is tried again with the other live versions, before any part of the mail was sent.
   *
   * @throws {SecretError} `rejected` if the server refuses all of them; `unreachable` if it gave no verdict on one
   * @throws what nodemailer throws once it is logged in
   */
  sendMail(mail: M): Promise<I>
  /** Follows the login no longer. Sessions end once their mails are sent. */
  close(): void
}

/** The replies that refuse a login (RFC 4954, section 6). 454 and 421 are temporary, though nodemailer names them alike. */
const REFUSED: readonly unknown[] = [535, 534, 530]

/**
 * Has nodemailer follow a login through its rotations, pooled or not: each login has a transport of its own, which is closed once its mails
 * are sent. Reports which version is in use.
 *
 * @param open makes a transport for a login, with further options
 * @example
 * ```ts
 * const mail = followNodemailer(service.secrets.mail, (login) =>
 *   createTransport({ ...login, pool: true }),
 * )
 * await mail.sendMail({ from, to, subject, text })
 * ```
 */
export function followNodemailer<M, I>(
  secret: LiveSecret,
  open: (login: TransportLogin) => MailTransport<M, I>,
): FollowedMail<M, I> {
  const consumer = newConsumer(secret.usage, 'nodemailer')
  const closed = new AbortController()
  /** By the version of their login. */
  const opened = new Map<string, { readonly transport: MailTransport<M, I>; sending: number }>()
  /** The version that was accepted last, of each snapshot. */
  const accepted = new WeakMap<object, string>()

  /** Closes the transports whose mails are sent and whose login is not in use, and reports the others. */
  const tidy = () => {
    const isOver = closed.signal.aborted
    // Of a secret that cannot be read it is not known.
    if (secret.problem !== undefined && !isOver) return
    const inUse = isOver ? [] : [accepted.get(secret.snapshot) ?? secret.current.version]
    for (const [version, { transport, sending }] of opened) {
      if (sending > 0 || inUse.includes(version)) continue
      opened.delete(version)
      transport.close()
    }
    secret.usage.hold(consumer, [...new Set([...opened.keys(), ...inUse])])
  }
  const send = async (mail: M): Promise<I> => {
    const { snapshot } = secret
    const attempt = async ({ version, value }: SecretVersion) => {
      const login = loginOf(value)
      const one = opened.get(version) ?? { transport: open(login), sending: 0 }
      opened.set(version, one)
      one.sending += 1
      try {
        const info = await one.transport.sendMail(mail)
        accepted.set(snapshot, version)
        return info
      } catch (error) {
        throw asLoginError(error, login.host)
      } finally {
        one.sending -= 1
        tidy()
      }
    }
    return tryVersions(secret, { attempt, first: accepted.get(snapshot) })
  }

  tidy()
  void onChange(secret, tidy, closed.signal)
  return {
    sendMail: (mail) =>
      send(mail).catch(async (error: unknown) => {
        if (!isRejection(error)) throw error
        // The far side, or the store, may have changed meanwhile.
        await askForNewest(secret)
        return send(mail)
      }),
    close() {
      closed.abort()
      tidy()
    },
  }
}

function loginOf(value: Secret): TransportLogin {
  const { host, port, secure, requireTLS, user, password } = parseLogin(value.expose())
  return { host, port, secure, requireTLS, auth: { user, pass: password.expose() } }
}

/** The error of a login, without the words of the server; any other as it is. */
function asLoginError(error: unknown, host: string): unknown {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  if (code !== 'EAUTH') return error
  const reason = typeof responseCode === 'number' ? responseCode : 'no AUTH'
  const [verdict, message] = REFUSED.includes(responseCode)
    ? (['rejected', `refuses the login (${reason}): rotate it, or correct the user`] as const)
    : (['unreachable', `did not judge the login (${reason}): send the mail again later`] as const)
  return new SecretError(verdict, `${host} ${message}`, { host, reason })
}
