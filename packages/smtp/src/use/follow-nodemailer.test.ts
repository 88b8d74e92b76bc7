import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { newPassword } from '@rekey/rotated-service'
import { Secret, type SecretVersion, type StagedSecret } from '@rekey/secret'
import { createLiveSecret } from '@rekey/secret/internal'
import { createTransport } from 'nodemailer'
import { expect, it, onTestFinished } from 'vitest'
import { followNodemailer, type TransportLogin } from '../index.ts'
import { openMailServer } from '../../test/mail-server.support.ts'

const MAIL = { from: 'a@shop.test', to: 'b@shop.test' }

/** A server, and a secret with two versions of a login there. */
async function setUp({ slowMs = 0 } = {}) {
  const [first, next] = [newPassword(), newPassword()]
  const texts: string[] = []
  let refused = 0
  const accepted = new Set([first])
  const { port, pem } = await openMailServer({
    onAuth({ password: text }, _session, answer) {
      if (accepted.has(text ?? '')) answer(null, { user: 'portal' })
      else {
        refused += 1
        answer(new Error('no'))
      }
    },
    onData(stream, _session, done) {
      const answer = async () => {
        texts.push(Buffer.concat((await stream.toArray()) as Buffer[]).toString())
        await delay(slowMs)
        done()
      }
      // One that is cut is no mail.
      answer().catch(done)
    },
  })
  const versionOf = (stage: SecretVersion['stage'], password: string) => {
    const value = Secret.of(`smtp://portal:${password}@localhost:${port}`, 'login')
    return { name: 'SMTP_SHOP', version: password.slice(-8), stage, value, sensitive: [] }
  }
  const before = {
    ...{ name: 'SMTP_SHOP', revision: '1', current: versionOf('current', first) },
    pending: versionOf('pending', next),
  } as unknown as StagedSecret
  const after = {
    ...{ name: 'SMTP_SHOP', revision: '2', current: versionOf('current', next) },
    previous: versionOf('previous', first),
  } as unknown as StagedSecret
  const secret = createLiveSecret<string>(before)
  const follow = (more: { readonly pool?: boolean; readonly maxConnections?: number }) => {
    const mail = followNodemailer(secret, (login: TransportLogin) =>
      createTransport({ ...login, ...more, tls: { ca: [pem] } } as TransportLogin),
    )
    onTestFinished(() => {
      mail.close()
    })
    return mail
  }
  const changeOver = () => {
    accepted.clear()
    accepted.add(next)
  }
  const holding = () => Object.values(secret.usage.report().holding).flat()
  return {
    ...{ secret, follow, changeOver, after, texts, holding, accepted },
    refused: () => refused,
    versions: [first.slice(-8), next.slice(-8)],
  }
}

it.each([true, false])(
  'a mail whose login is refused goes with the next one, and the next mail begins with that (pooled: %s)',
  async (pool) => {
    const at = await setUp()
    const mail = at.follow({ pool })
    at.changeOver()
    await mail.sendMail({ ...MAIL, text: 'one' })
    expect(at.refused()).toBe(1)
    await mail.sendMail({ ...MAIL, text: 'two' })
    expect(at.refused()).toBe(1)
    expect(at.texts).toHaveLength(2)
  },
)

it('a mail with a stream fails where its login is refused, since nodemailer has ended the stream; none is sent in part', async () => {
  const at = await setUp()
  const mail = at.follow({})
  at.changeOver()
  const content = Readable.from(['the whole attachment'])
  const sent = mail.sendMail({ ...MAIL, text: 'x', attachments: [{ filename: 'a.txt', content }] })
  await expect(sent).rejects.toThrow('already read')
  expect(at.texts).toEqual([])
})

it('mails that wait for a connection are sent before the transport of an old login is closed', async () => {
  const at = await setUp({ slowMs: 100 })
  const mail = at.follow({ pool: true, maxConnections: 1 })
  const sent = [1, 2, 3].map((nth) => mail.sendMail({ ...MAIL, text: `mail ${nth}` }))
  await expect.poll(() => at.texts.length).toBe(1)
  at.secret.update(at.after)
  await expect.poll(at.holding).toEqual(at.versions)
  await Promise.all(sent)
  expect(at.texts).toHaveLength(3)
  await expect.poll(at.holding).toEqual([at.versions[1]])
})

it('a server that refuses all known logins is an error of the login, without the words of the server', async () => {
  const at = await setUp()
  at.accepted.clear()
  await expect(at.follow({}).sendMail(MAIL)).rejects.toMatchObject({
    ...{ code: 'rejected', message: expect.stringContaining('refuses the login (535)') as string },
    details: { host: 'localhost', reason: 535 },
  })
})

it.each([
  ['smtps://shop:PASSWORD@mail.example', { port: 465, secure: true, host: 'mail.example' }],
  ['smtp://shop:dev-PASSWORD@mail.example', { port: 587, secure: false, requireTLS: true }],
  ['smtp://shop:PASSWORD@localhost', { requireTLS: true }],
  ['smtp://shop:dev-PASSWORD@localhost', { requireTLS: false }],
  ['smtp://shop:dev-PASSWORD@[::1]:25', { port: 25, host: '::1', requireTLS: false }],
])('a transport for %s is as it should be', async (text, expected) => {
  const value = Secret.of(text, 'login')
  const current = { name: 'SMTP_SHOP', version: '1', stage: 'current', value, sensitive: [] }
  const staged = { name: 'SMTP_SHOP', revision: '1', current } as unknown as StagedSecret
  const logins: TransportLogin[] = []
  const mail = followNodemailer(createLiveSecret<string>(staged), (login) => {
    logins.push(login)
    return { sendMail: () => Promise.resolve(), close: () => undefined }
  })
  await mail.sendMail({})
  mail.close()
  expect(logins).toEqual([expect.objectContaining(expected)])
})
