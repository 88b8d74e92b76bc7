import { type LiveSecret, SecretError, type SecretVersion, within } from '@rekey/secret'
import { liveVersions, newConsumer } from '@rekey/secret/internal'
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
/** How long mail waits for the newest login of the store, where all known ones were refused. */
const ASK_LIMIT_MS = 2_000

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
  return new FollowedTransports(secret, open)
}

interface Opened<M, I> {
  readonly transport: MailTransport<M, I>
  sending: number
}

class FollowedTransports<M, I> implements FollowedMail<M, I> {
  readonly #secret: LiveSecret
  readonly #open: (login: TransportLogin) => MailTransport<M, I>
  readonly #consumer: string
  readonly #closed = new AbortController()
  readonly #opened = new Map<string, Opened<M, I>>()
  /** The version that was accepted in place of a current one. */
  #instead: { readonly of: string; readonly version: string } | undefined

  constructor(secret: LiveSecret, open: (login: TransportLogin) => MailTransport<M, I>) {
    this.#secret = secret
    this.#open = open
    this.#consumer = newConsumer(secret.usage, 'nodemailer')
    this.#tidy()
    void this.#follow()
  }

  async sendMail(mail: M): Promise<I> {
    try {
      return await this.#send(mail)
    } catch (error) {
      if (!isRefusal(error)) throw error
      // The far side, or the store, may have changed meanwhile.
      const limit = { what: `the store's answer for ${this.#secret.name}`, limitMs: ASK_LIMIT_MS }
      await within(limit, () => this.#secret.rejected('unauthorized')).catch(() => undefined)
      return this.#send(mail)
    }
  }

  close(): void {
    this.#closed.abort()
    this.#tidy()
  }

  async #follow(): Promise<void> {
    const changes = this.#secret.changes(this.#closed.signal)[Symbol.asyncIterator]()
    while ((await changes.next()).done !== true) this.#tidy()
  }

  async #send(mail: M): Promise<I> {
    const { snapshot } = this.#secret
    const first = this.#preferred
    const versions = liveVersions(snapshot)
    let refusal: unknown
    for (const each of versions.sort((a) => (a.version === first ? -1 : 0))) {
      try {
        const info = await this.#sendWith(each, mail)
        this.#instead = { of: snapshot.current.version, version: each.version }
        return info
      } catch (error) {
        if (!isRefusal(error)) throw error
        refusal = error
      }
    }
    throw refusal
  }

  async #sendWith({ version, value }: SecretVersion, mail: M): Promise<I> {
    const { usage } = this.#secret
    const { host, port, secure, requireTLS, user, password } = parseLogin(value.expose())
    const auth = { user, pass: password.expose() }
    const opened = this.#opened.get(version) ?? {
      transport: this.#open({ host, port, secure, requireTLS, auth }),
      sending: 0,
    }
    this.#opened.set(version, opened)
    opened.sending += 1
    usage.record(version)
    try {
      return await opened.transport.sendMail(mail)
    } catch (error) {
      const failure = asLoginError(error, host)
      if (isRefusal(failure)) usage.fail(version)
      throw failure
    } finally {
      opened.sending -= 1
      this.#tidy()
    }
  }

  get #preferred(): string {
    const { snapshot } = this.#secret
    const { version } = snapshot.current
    const { of, version: instead } = this.#instead ?? {}
    const isLive = liveVersions(snapshot).some((each) => each.version === instead)
    return of === version && isLive ? (instead ?? version) : version
  }

  /** Closes the transports whose mails are sent and whose login is not in use, and reports the others. */
  #tidy(): void {
    const { problem, usage } = this.#secret
    const isOver = this.#closed.signal.aborted
    // Of a secret that cannot be read it is not known.
    if (problem !== undefined && !isOver) return
    const kept = new Set(isOver ? [] : [this.#secret.current.version, this.#preferred])
    for (const [version, { transport, sending }] of this.#opened) {
      if (sending > 0 || kept.has(version)) continue
      this.#opened.delete(version)
      transport.close()
    }
    usage.hold(this.#consumer, [...new Set([...this.#opened.keys(), ...kept])])
  }
}

function isRefusal(error: unknown): error is SecretError {
  return error instanceof SecretError && error.code === 'rejected'
}

/** The error of a login, without the words of the server; any other as it is. */
function asLoginError(error: unknown, host: string): unknown {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  if (code !== 'EAUTH') return error
  const reason = typeof responseCode === 'number' ? responseCode : 'no AUTH'
  const details = { host, reason }
  if (REFUSED.includes(responseCode)) {
    const message = `${host} refuses the login (${reason}): rotate it, or correct the user`
    return new SecretError('rejected', message, details)
  }
  const message = `${host} did not judge the login (${reason}): send the mail again later`
  return new SecretError('unreachable', message, details)
}
