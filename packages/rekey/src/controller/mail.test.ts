import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { createFakeClock, Secret, systemClock } from '@rekey/secret'
import { issue, keyPem } from '@rekey/testbed/certificates'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { expect, it, onTestFinished } from 'vitest'
import { createMail } from './mail.ts'
import type { Message } from './receiver.ts'

const { signal } = new AbortController()
const PROBLEM = { problem: 'overdue', about: 'secret', name: 'KEY', kind: 'api-key' } as const
const BEGAN: Message = {
  ...{ id: 'msg_1', change: 'began' },
  problem: { ...PROBLEM, next: 'rekey rotate --due --plan' },
}

/** A real mail server that takes mail of `watch`, once it has logged in. */
async function openMailServer(options: SMTPServerOptions = {}) {
  const password = randomBytes(24).toString('base64url')
  const certificate = issue({ addresses: ['127.0.0.1', '0.0.0.0'] })
  const mails: string[] = []
  let logins = 0
  const server = new SMTPServer({
    ...{ key: keyPem(certificate.key), cert: certificate.pem, logger: false },
    onAuth({ username, password: given }, _session, answer) {
      logins += 1
      if (username === 'watch' && given === password) answer(null, { user: username })
      // eslint-disable-next-line @rekey/no-secret-name-in-output -- a server that repeats what it was given
      else answer(new Error(`no login with ${given ?? ''}`))
    },
    onData(stream, _session, taken) {
      void text(stream).then((mail) => {
        mails.push(mail)
        taken()
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(resolve)
      }),
  )
  const { port } = server.server.address() as AddressInfo
  return { password, port, mails, trust: certificate.pem, logins: () => logins }
}

function mailTo(address: string, others: { trust?: string; to?: string; from?: string } = {}) {
  const url = Secret.of(address, 'REKEY_SMTP_URL')
  const people = { from: 'rekey@example.com', to: 'ops@example.com' }
  return createMail({ url, clock: systemClock, ...people, ...others })
}

it('delivers a mail that names the secret and the command to run, and one when it is over', async () => {
  const { password, port, trust, mails } = await openMailServer({ secure: true })
  const receiver = await mailTo(`smtps://watch:${password}@127.0.0.1:${port}`, { trust })
  await receiver.send(BEGAN, signal)
  await receiver.send({ ...BEGAN, change: 'ended' }, signal)
  const [began = '', ended = ''] = mails
  expect(began).toContain('To: ops@example.com')
  expect(began).toContain('Subject: rekey: KEY overdue\r\n')
  expect(began).toContain('Message-ID: <msg_1@rekey.invalid>')
  expect(began).toContain('Run next: rekey rotate --due --plan')
  expect(ended).toContain('Subject: rekey: KEY overdue, over')
  expect(mails.join()).not.toContain(password)
})

const C0 = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)).join('')
const RULING = `${C0}\u007f\u0085\u2028\u2029\u200e\u202a\u202e\u2066\u2069`

it.each(['name', 'kind', 'next'] as const)(
  'S28: keeps a %s with control and bidi characters, and with lines of a mail, on its line',
  async (part) => {
    const { password, port, trust, mails } = await openMailServer({ secure: true })
    const receiver = await mailTo(`smtps://watch:${password}@127.0.0.1:${port}`, { trust })
    const hostile = `A${RULING}\r\nBcc: mallory@example.com\r\n\r\nRun next: rm -rf /\r\n.\r\nZ`
    for (const change of ['began', 'ended'] as const) {
      const problem = { ...BEGAN.problem, [part]: hostile }
      await receiver.send({ ...BEGAN, change, problem }, signal)
    }
    expect(mails).toHaveLength(2)
    for (const mail of mails) {
      const [head = '', body = ''] = mail.split(/\r\n\r\n(.*)/s)
      expect(head).not.toMatch(/^bcc/im)
      const isCoded = head.includes('Content-Transfer-Encoding: quoted-printable')
      const text = isCoded ? body.replaceAll('=\r\n', '') : body
      expect(text.match(/^Run next/gm)?.length ?? 0).toBe(mail === mails[0] ? 1 : 0)
      expect(mail.replaceAll('\r\n', '')).toMatch(/^[\t\x20-\x7e]*$/)
      expect(mail).not.toMatch(/=E2=80|=C2=85|=1B|=00/)
    }
  },
)

it.each(['a\u0000@example.com', 'a@example.com\u202e', 'a@exa\u007fmple.com', 'a\u2066@b'])(
  'S28: takes no address with a control or bidi character',
  async (to) => {
    await expect(mailTo('smtps://x@127.0.0.1:465', { to })).rejects.toMatchObject({
      code: 'malformed',
    })
  },
)

it('logs in after STARTTLS', async () => {
  const { password, port, trust, mails } = await openMailServer()
  await (await mailTo(`smtp://watch:${password}@0.0.0.0:${port}`, { trust })).send(BEGAN, signal)
  expect(mails).toHaveLength(1)
})

it.each([
  ['offers no TLS', { disabledCommands: ['STARTTLS'] }, true],
  ['has a certificate of another root', {}, false],
])('sends neither password nor message to a server that %s', async (_, options, isTrusted) => {
  const { password, port, trust, mails, logins } = await openMailServer(options)
  const trusted = { trust: isTrusted ? trust : issue().pem }
  const receiver = await mailTo(`smtp://watch:${password}@0.0.0.0:${port}`, trusted)
  await expect(receiver.send(BEGAN, signal)).rejects.toMatchObject({ code: 'refused' })
  expect([logins(), mails]).toEqual([0, []])
})

it('reports a password that is refused, without the words of the server', async () => {
  const { port, trust } = await openMailServer({ secure: true })
  const wrong = randomBytes(24).toString('base64url')
  const receiver = await mailTo(`smtps://watch:${wrong}@127.0.0.1:${port}`, { trust })
  const sent = receiver.send(BEGAN, signal)
  await expect(sent).rejects.toMatchObject({ code: 'forbidden' })
  await expect(sent).rejects.not.toThrow(wrong)
})

it('reports a server that takes no mail to this address', async () => {
  const { password, port, trust } = await openMailServer({
    secure: true,
    onRcptTo(_address, _session, answer) {
      answer(new Error('no such person'))
    },
  })
  const receiver = await mailTo(`smtps://watch:${password}@127.0.0.1:${port}`, { trust })
  await expect(receiver.send(BEGAN, signal)).rejects.toMatchObject({ code: 'refused' })
})

it('waits ten seconds for a server that does not greet', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  onTestFinished(() => void silent.close())
  const connected = once(silent, 'connection')
  const { port } = silent.address() as AddressInfo
  const clock = createFakeClock()
  const url = Secret.of(`smtp://127.0.0.1:${port}`, 'REKEY_SMTP_URL')
  const people = { from: 'rekey@example.com', to: 'ops@example.com' }
  const receiver = await createMail({ url, clock, ...people })
  const failed = expect(receiver.send(BEGAN, signal)).rejects.toMatchObject({
    code: 'unreachable',
  })
  const [socket] = (await connected) as [{ destroy(): void }]
  await clock.advance(10_000)
  await failed
  socket.destroy()
})

it('reports a server that is not there', async () => {
  const receiver = await mailTo('smtp://127.0.0.1:9')
  await expect(receiver.send(BEGAN, signal)).rejects.toMatchObject({ code: 'unreachable' })
})

it.each([
  ['mail.example.com', {}],
  ['https://mail.example.com', {}],
  ['smtp://127.0.0.1', { to: 'ops' }],
  ['smtp://127.0.0.1', { to: 'ops@example.com\r\nBcc: other@example.com' }],
  ['smtp://127.0.0.1', { from: 'a@example.com, b@example.com' }],
])('refuses %s with %o', async (address, others) => {
  await expect(mailTo(address, others)).rejects.toMatchObject({ code: 'malformed' })
})
