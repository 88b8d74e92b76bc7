import { EventEmitter } from 'node:events'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Secret } from '../index.ts'
import { acceptsSmtpLogin, type SmtpAsking } from './internal.ts'

type Session = InstanceType<SmtpAsking['client']>
type Done = (error?: Error) => void

const LOGIN = {
  ...{ host: 'mail.test', port: 587, user: 'shop', password: Secret.of('a text', 'SMTP_SHOP') },
  ...{ secure: false, requireTLS: true },
}

/** What a mail server does as it is asked. */
interface MailServer {
  readonly connects?: (done: Done, session: EventEmitter) => void
  readonly judges?: (done: Done, session: EventEmitter) => void
  readonly allowsAuth?: boolean
  readonly reply?: string
}

/** A client of it, and what it was asked. */
function newClient({ connects, judges, allowsAuth = true, reply = '235 2.7.0' }: MailServer) {
  const asked: unknown[] = []
  const succeed = (done: Done) => {
    done()
  }
  class Client extends EventEmitter implements Session {
    readonly allowsAuth = allowsAuth
    readonly lastServerResponse = reply

    constructor(options: object) {
      super()
      asked.push(options)
    }

    connect(done: Done) {
      ;(connects ?? succeed)(done, this)
    }

    login(auth: object, done: (error: Error | null) => void) {
      asked.push(auth)
      const judged = (error?: Error) => {
        done(error ?? null)
      }
      ;(judges ?? succeed)(judged, this)
    }

    close() {
      asked.push('close')
    }
  }
  return { client: Client, asked }
}

const { signal } = new AbortController()
const ask = (client: SmtpAsking['client']) =>
  acceptsSmtpLogin(LOGIN, { client, ca: undefined, signal })

/** An error of nodemailer. */
const failure = (parts: object) => Object.assign(new Error('in the words of the server'), parts)
const refusing = (parts: object) => (done: Done) => {
  done(failure(parts))
}

it('accepts a login that the server accepts, encrypted, and ends the session', async () => {
  const { client, asked } = newClient({})
  expect(await ask(client)).toBe(true)
  const tls = { minVersion: 'TLSv1.2', rejectUnauthorized: true }
  const limits = { dnsTimeout: 30_000, connectionTimeout: 30_000, greetingTimeout: 30_000 }
  expect(asked).toEqual([
    {
      ...{ host: 'mail.test', port: 587, secure: false, requireTLS: true, tls, ...limits },
      ...{ logger: false, maxResponseSize: 16_384, socketTimeout: 30_000, socketCloseTimeout: 0 },
    },
    { credentials: { user: 'shop', pass: LOGIN.password.expose() } },
    'close',
  ])
})

it('trusts the roots that it is given', async () => {
  const { client, asked } = newClient({})
  await acceptsSmtpLogin(LOGIN, { client, ca: 'PEM', signal })
  expect(asked[0]).toMatchObject({ tls: { ca: 'PEM' } })
})

it('takes 535 to the login for a refusal, and ends the session', async () => {
  const judges = refusing({ code: 'EAUTH', responseCode: 535, command: 'AUTH PLAIN' })
  const { client, asked } = newClient({ judges })
  expect(await ask(client)).toBe(false)
  expect(asked.at(-1)).toBe('close')
})

it.each<[string, MailServer, string]>([
  ['refuses for now', { judges: refusing({ ...of('AUTH PLAIN'), responseCode: 454 }) }, '454'],
  ['refuses another command', { judges: refusing(of('MAIL FROM')) }, '535'],
  ['refuses no command', { judges: refusing({ code: 'EAUTH', responseCode: 535 }) }, '535'],
  ['cuts its refusal', { judges: refusing({ ...of('AUTH PLAIN'), code: 'ECONNECTION' }) }, '535'],
  ['refuses the session', { connects: refusing({ code: 'EENVELOPE' }) }, 'EENVELOPE'],
  [
    'is not reached',
    { connects: refusing({ code: 'ESOCKET', originalCode: 'ECONNREFUSED' }) },
    'ECONNREFUSED',
  ],
  ['is cut off without a reason', { connects: refusing({}) }, 'cut'],
  [
    'fails between two commands',
    { judges: (_, session) => void session.emit('error', failure({ code: 'ETIMEDOUT' })) },
    'ETIMEDOUT',
  ],
  ['ends the session', { judges: (_, session) => void session.emit('end') }, 'the session ended'],
  ['takes no logins', { allowsAuth: false }, 'no AUTH'],
  ['answers with another success', { reply: '250 235' }, 'a success that is not 235'],
])('gets no verdict of a server that %s', async (_, server, reason) => {
  const { client, asked } = newClient(server)
  await expect(ask(client)).rejects.toMatchObject({
    code: 'unreachable',
    message: `mail.test:587 did not judge the login (${reason}): check its address, its certificate and that it is up`,
    details: { host: 'mail.test', port: 587, reason },
  })
  expect(asked.at(-1)).toBe('close')
})

function of(command: string) {
  return { code: 'EAUTH', responseCode: 535, command }
}

it('waits half a minute for a server that is silent', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const asking = ask(newClient({ connects: () => undefined }).client)
  const expected = expect(asking).rejects.toMatchObject({
    code: 'unreachable',
    message:
      'timed out after 30 s waiting for an answer of mail.test: check that the other side is up',
  })
  await vi.advanceTimersByTimeAsync(30_000)
  await expected
})

it('ends with the reason of a rotation that is cancelled, not as a refusal', async () => {
  const cancel = new AbortController()
  const reason = new Error('cancelled')
  const judges = (done: Done) => {
    cancel.abort(reason)
    done(failure({ ...of('AUTH PLAIN') }))
  }
  const { client } = newClient({ judges })
  const asking = acceptsSmtpLogin(LOGIN, { client, ca: undefined, signal: cancel.signal })
  await expect(asking).rejects.toBe(reason)
})
