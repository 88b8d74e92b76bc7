import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { dirname } from 'node:path'
import { Secret, SecretError, type SecretVersion } from '@rekey/secret'
import type { Trust } from '@rekey/secret/trust'
import { describe, expect, it, vi } from 'vitest'
import { smtpLogin } from '../index.ts'
import {
  openMailServer,
  openScript,
  script,
  type ScriptAnswer,
} from '../../test/mail-server.support.ts'

interface Place {
  readonly port: number
  readonly trust?: Trust
  /** Whether TLS begins the session, and not STARTTLS. */
  readonly secure?: boolean
}

const random = () => randomBytes(24).toString('base64url')
const newPassword = () => Secret.of(`dev-${random()}`, 'the password')
const never = new AbortController().signal

/** Tries a login as a service does at its start. */
async function prove({ port, trust, secure = false }: Place, password: Secret, signal = never) {
  const spec = smtpLogin({ minLength: 16, prove: true, ...(trust && { trust }) })
  const protocol = secure ? 'smtps' : 'smtp'
  const value = Secret.of(`${protocol}://portal:${password.expose()}@localhost:${port}`, 'login')
  const version = { name: 'SMTP_PORTAL', version: '1', stage: 'current', value, sensitive: [] }
  await spec.probe?.(version as unknown as SecretVersion, { settings: {}, signal })
}

/** Whether it is accepted. */
const ask = (place: Place, password: Secret, signal = never) =>
  prove(place, password, signal).then(
    () => true,
    (error: unknown) => {
      if (error instanceof SecretError && error.code === 'rejected') return false
      throw error
    },
  )

/** What was thrown. */
async function failureOf(asked: Promise<unknown>): Promise<SecretError> {
  const failure: unknown = await asked.catch((error: unknown) => error)
  if (failure instanceof SecretError) return failure
  throw new Error('no SecretError', { cause: failure })
}

describe('at a mail server', () => {
  it.each([
    ['STARTTLS', 'PLAIN'],
    ['STARTTLS', 'LOGIN'],
    ['TLS', 'PLAIN'],
    ['TLS', 'LOGIN'],
  ] as const)('by %s and AUTH %s, accepts its password and no other', async (security, method) => {
    const password = newPassword()
    const secure = security === 'TLS'
    const options = { secure, authMethods: [method] }
    const server = await openMailServer(options, new Set([password.expose()]))
    const place = { port: server.port, trust: server.trust, secure }
    expect(await ask(place, password)).toBe(true)
    expect(await ask(place, newPassword())).toBe(false)
    expect(server.logins).toEqual([
      { method, secure: true },
      { method, secure: true },
    ])
  })

  it('takes 454 for no answer', async () => {
    const busy = Object.assign(new Error('try later'), { responseCode: 454 })
    const { port, trust } = await openMailServer({
      onAuth: (_auth, _session, answer) => {
        answer(busy)
      },
    })
    expect(await failureOf(ask({ port, trust }, newPassword()))).toMatchObject({
      code: 'unreachable',
      details: { reason: '454' },
    })
  })

  it('never logs in where TLS is not offered', async () => {
    const { port, trust, logins } = await openMailServer({
      ...{ disabledCommands: ['STARTTLS'], allowInsecureAuth: true },
    })
    const production = Secret.of(random(), 'the password')
    expect(await failureOf(ask({ port, trust }, production))).toMatchObject({
      code: 'unreachable',
    })
    expect(logins).toEqual([])
  })

  it.each(['STARTTLS', 'TLS'] as const)(
    'by %s, never logs in at a server whose certificate is not trusted, or is for another name',
    async (security) => {
      const secure = security === 'TLS'
      const own = await openMailServer({ secure })
      const other = await openMailServer({ secure, name: 'mail.example' })
      const unknown = await failureOf(ask({ port: own.port, secure }, newPassword()))
      const misnamed = await failureOf(ask({ ...other, secure }, newPassword()))
      expect(unknown.details['reason']).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
      expect(misnamed.details['reason']).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
      expect([...own.logins, ...other.logins]).toEqual([])
    },
  )

  it('proves a login, or rejects it by host and user alone', async () => {
    const [right, wrong] = [newPassword(), newPassword()]
    const server = await openMailServer({}, new Set([right.expose()]))
    await prove(server, right)
    const failure = await failureOf(prove(server, wrong))
    expect(failure).toMatchObject({
      code: 'rejected',
      details: { host: 'localhost', user: 'portal' },
    })
    expect(JSON.stringify([failure, failure.message, failure.stack])).not.toContain(wrong.expose())
  })

  it('reads the roots at each proof, and names the file that it cannot read', async () => {
    const { port, trust } = await openMailServer()
    for (const [file, code] of [
      [`${trust.file}.gone`, 'missing'],
      [dirname(trust.file), 'malformed'],
    ] as const) {
      const failure = await failureOf(ask({ port, trust: { file } }, newPassword()))
      expect(failure).toMatchObject({ code, message: expect.stringContaining(file) as string })
    }
  })
})

it('in clear text, logs in on loopback with a password for development', async () => {
  const password = newPassword()
  const options = { allowInsecureAuth: true, disabledCommands: ['STARTTLS'] }
  const { port, logins } = await openMailServer(options, new Set([password.expose()]))
  expect(await ask({ port }, password)).toBe(true)
  expect(logins).toEqual([{ method: 'PLAIN', secure: false }])
})

const HELLO = '220 mail.example\r\n'
const OFFER = '250-mail.example\r\n250-SIZE 1000\r\n250 AUTH LOGIN PLAIN\r\n'
const cut = (socket: Socket) => socket.destroy()
const endless = (text: string) => (socket: Socket) => {
  const more = () => {
    while (!socket.destroyed && socket.write(text.repeat(1_000)));
  }
  socket.on('drain', more)
  more()
}
const askScript = async (...answers: readonly ScriptAnswer[]) => {
  const server = await openScript(script(...answers))
  const password = newPassword()
  return { ...server, password, asked: ask({ port: server.port }, password) }
}

describe('at a server that is not as it should be', () => {
  it.each([
    ['235 2.7.0 welcome\r\n', true],
    ['235-2.7.0 welcome\r\n235 to all\r\n', true],
    ['535 5.7.8 no\r\n', false],
    ['535-5.7.8 no\r\n535 5.7.8 never\r\n', false],
  ])('takes %j for an answer', async (reply, isAccepted) => {
    expect(await (await askScript(HELLO, OFFER, reply)).asked).toBe(isAccepted)
  })

  it.each([
    ...['421 4.3.2 closing\r\n', '432 4.7.12 later\r\n', '454 4.7.0 later\r\n', '500 what\r\n'],
    ...['530 5.7.0 first\r\n', '534 5.7.9 weak\r\n', '538 5.7.11 encrypt\r\n', '550 no\r\n'],
    ...['250 2.0.0 fine\r\n', '220 2.0.0 fine\r\n', 'welcome\r\n', '5355 no\r\n', '53\r\n'],
  ])('takes %j for no answer', async (reply) => {
    const { asked } = await askScript(HELLO, OFFER, reply)
    expect(await failureOf(asked)).toMatchObject({ code: 'unreachable' })
  })

  it.each<[string, readonly ScriptAnswer[]]>([
    ['cuts at once', [cut]],
    ['refuses at once', ['554 5.3.2 no service here\r\n']],
    ['greets with the refusal of a login', ['535 5.7.8 no\r\n']],
    ['speaks another protocol', ['HTTP/1.1 400 Bad Request\r\n\r\n']],
    ['answers EHLO with the refusal of a login', [HELLO, '535 5.7.8 no\r\n', '535 5.7.8 no\r\n']],
    ['offers no AUTH', [HELLO, '250 mail.example\r\n', '535 5.7.8 no\r\n']],
    ['cuts after AUTH', [HELLO, OFFER, cut]],
    ['cuts a refusal', [HELLO, OFFER, (socket: Socket) => socket.end('535 5.7.8 n')]],
    ['cuts a long refusal', [HELLO, OFFER, (socket: Socket) => socket.end('535-5.7.8 no\r\n')]],
    ['greets without end', [endless('2')]],
    ['answers EHLO without end', [HELLO, endless('250-SIZE 1000\r\n')]],
    ['answers AUTH with one line without end', [HELLO, OFFER, endless('535-')]],
    ['answers AUTH with lines without end', [HELLO, OFFER, endless('535-no\r\n')]],
  ])('takes one that %s for no answer', async (_name, answers) => {
    const { asked } = await askScript(...answers)
    expect(await failureOf(asked)).toMatchObject({ code: 'unreachable' })
  })

  it('sends no credential to one that offers no AUTH', async () => {
    const { asked, received } = await askScript(HELLO, '250 mail.example\r\n')
    await failureOf(asked)
    expect(received.join('')).not.toContain('AUTH')
  })

  it('sends no credential to one that answers in clear text after STARTTLS', async () => {
    const injected = `220 go ahead\r\n${OFFER}235 2.7.0 welcome\r\n`
    const { port, received } = await openScript(
      script(HELLO, '250-mail.example\r\n250 STARTTLS\r\n', injected, OFFER),
    )
    expect(await failureOf(ask({ port }, newPassword()))).toMatchObject({ code: 'unreachable' })
    expect(received.join('')).not.toContain('AUTH')
  })

  it('repeats no word of it, nor the credential', async () => {
    const { port } = await openScript((socket) => {
      socket.write(HELLO)
      socket.on('data', (chunk: Buffer) => {
        const text = chunk.toString()
        socket.write(text.startsWith('EHLO') ? OFFER : `454 4.7.0 canary ${text}`)
      })
    })
    const password = newPassword()
    const failure = await failureOf(ask({ port }, password))
    const shown = JSON.stringify([failure, failure.message, failure.stack, failure.cause])
    expect(shown).not.toContain('canary')
    expect(shown).not.toContain(password.expose())
    expect(shown).not.toContain(
      Buffer.from(`\0portal\0${password.expose()}`).toString('base64').slice(-12),
    )
  })

  it('lets go of one that never answers when the wait ends', async () => {
    const { port, sockets } = await openScript(() => undefined)
    const stop = new AbortController()
    const asked = ask({ port }, newPassword(), stop.signal)
    await vi.waitUntil(() => sockets.size === 1)
    const closed = Promise.all([...sockets].map((socket) => once(socket.resume(), 'close')))
    stop.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
    await closed
  })
})

it('says what to install where nodemailer is missing', async () => {
  vi.doMock('nodemailer/lib/smtp-connection', () => {
    throw new Error('not found')
  })
  try {
    const failure = await failureOf(ask({ port: 587 }, newPassword()))
    expect(failure).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/npm install "nodemailer@\S*\d.*"$/) as string,
    })
  } finally {
    vi.doUnmock('nodemailer/lib/smtp-connection')
  }
})
