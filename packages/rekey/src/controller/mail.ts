import { installCommand } from '@rekey/secret/internal'
import {
  isLoopbackName,
  printableLine,
  type Secret,
  SecretError,
  within,
  type Clock,
} from '@rekey/secret'
import type { Problem } from './problems.ts'
import { DELIVERY_MS, type Message, type Receiver } from './receiver.ts'

type Nodemailer = typeof import('nodemailer')

/** Options of {@link createMail}. */
interface MailOptions {
  /** `smtps://user:password@host:465`, or `smtp://…:587` of a server that has STARTTLS; without either on loopback alone. */
  readonly url: Secret
  readonly from: string
  readonly to: string
  readonly clock: Clock
  /** PEM of the roots of the server. Default: those of Node.js. */
  readonly trust?: string
}

/** The variable with the address of the SMTP server, its user and password. */
export const SMTP_URL = 'REKEY_SMTP_URL'
const ADDRESS = /^[^\s@<>,;"\p{C}]+@[^\s@<>,;"\p{C}]+$/u

/**
 * Creates a sender of mail (SMTP, RFC 5321). A password leaves this machine by TLS alone, and a message too.
 *
 * @throws {SecretError} `malformed` for an address, `refused` without `nodemailer`
 */
export async function createMail({ url, from, to, clock, trust }: MailOptions): Promise<Receiver> {
  for (const [setting, address] of [
    ['--mail-from', from],
    ['--mail', to],
  ] as const) {
    if (ADDRESS.test(address)) continue
    throw new SecretError('malformed', `${setting} takes an address: name@example.com`, { setting })
  }
  const { host } = parseServer(url)
  const { createTransport } = await loadNodemailer()
  const connect = () =>
    createTransport({
      ...parseServer(url),
      ...(trust !== undefined && { tls: { ca: trust } }),
      connectionTimeout: DELIVERY_MS,
      greetingTimeout: DELIVERY_MS,
      socketTimeout: DELIVERY_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  return {
    name: 'mail',
    async send(message, signal) {
      const limit = { what: `an answer of ${host}`, limitMs: DELIVERY_MS, signal, clock }
      const letter = { from, to, ...letterOf(message, new Date(clock.now())) }
      await within(limit, () => connect().sendMail(letter)).catch((error: unknown) => {
        signal.throwIfAborted()
        throw error instanceof SecretError ? error : smtpFailure(error, host)
      })
    },
  }
}

function parseServer(url: Secret) {
  const text = url.expose()
  const parsed = URL.canParse(text) ? new URL(text) : undefined
  const isTls = parsed?.protocol === 'smtps:'
  if (parsed === undefined || (!isTls && parsed.protocol !== 'smtp:') || parsed.hostname === '') {
    const message = `${SMTP_URL} is no address of an SMTP server: smtps://user:password@host:465`
    throw new SecretError('malformed', message, { setting: SMTP_URL })
  }
  const { hostname, port, username, password } = parsed
  const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
  return {
    host: hostname.replaceAll(/^\[|\]$/g, ''),
    port: port === '' ? (isTls ? 465 : 587) : Number(port),
    secure: isTls,
    requireTLS: !isLoopbackName(hostname),
    ...(username !== '' && { auth }),
  }
}

const STATES: Readonly<Record<Problem['problem'], string>> = {
  stuck: 'cannot be rotated until an operator fixes the cause',
  held: 'is held until an operator lets its rotation go on',
  overdue: 'is older than its policy allows',
  leaked: 'was about to be printed by a service',
  undrilled: 'has no backup that was tested lately',
  ending: 'ends soon',
}

const RESOLVED: typeof STATES = {
  stuck: 'can be rotated again',
  held: 'is no longer held',
  overdue: 'is within its policy again',
  leaked: 'is no longer in the output of a service',
  undrilled: 'has a tested backup again',
  ending: 'no longer ends soon',
}

/** The name is of a file of the family, or of a directory: it must neither begin a line nor turn one around. */
function letterOf({ id, change, problem: { problem, kind, ...named } }: Message, at: Date) {
  const isOver = change === 'ended'
  const [name, next] = [printableLine(named.name), printableLine(named.next)]
  const of = kind === undefined ? name : `${name} (${printableLine(kind)})`
  return {
    messageId: `<${id}@rekey.invalid>`,
    subject: `rekey: ${name} ${problem}${isOver ? ', over' : ''}`,
    text: isOver
      ? `Resolved at ${at.toISOString()}: ${of} ${RESOLVED[problem]}.\n`
      : `${of} ${STATES[problem]}, as of ${at.toISOString()}.\n\nRun next: ${next}\n`,
  }
}

/** Codes of nodemailer that are a definite answer. Its words can repeat what the server wrote. */
const FAILURES: ReadonlyMap<string, readonly ['forbidden' | 'refused', string]> = new Map([
  ['EAUTH', ['forbidden', `refuses the user or the password in ${SMTP_URL}`]],
  ['ETLS', ['refused', 'offers no TLS, or a certificate that is not trusted']],
  ['EENVELOPE', ['refused', 'does not take mail from or to these addresses']],
  ['EMESSAGE', ['refused', 'does not take the message']],
])

/** Codes of Node.js for a certificate or a handshake that is not right, which nodemailer reports as those of a socket. */
const TLS_CODE = /CERT|SIGNATURE|ERR_SSL|ERR_TLS|HOSTNAME/

function smtpFailure(error: unknown, host: string): SecretError {
  const { code = '', originalCode = '' } = error as { code?: string; originalCode?: string }
  const meaning = FAILURES.get(TLS_CODE.test(originalCode) ? 'ETLS' : code)
  const [ours, words] = meaning ?? ['unreachable', 'gives no answer to a message']
  return new SecretError(ours, `${host} ${words}`, { reason: code })
}

async function loadNodemailer(): Promise<Nodemailer> {
  try {
    return await import('nodemailer')
  } catch {
    const command = installCommand(import.meta.url, '@rekey/rekey', 'nodemailer')
    const message = `mail needs the package nodemailer, which cannot be loaded: ${command}`
    throw new SecretError('refused', message, { reason: 'nodemailer' })
  }
}
