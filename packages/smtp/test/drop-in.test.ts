import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { compareClients, failureOf, newPassword } from '@rekey/rotated-service'
import { createTransport } from 'nodemailer'
import { expect } from 'vitest'
import { openMailShop } from './mail-shop.support.ts'

/** What the README of nodemailer has; a following client lacks some of it. */
type Transport = ReturnType<typeof createTransport>

/** What nodemailer types as `any`. */
type Sent = Readonly<
  Record<'envelope' | 'accepted' | 'rejected' | 'messageId' | 'response', unknown>
>

const MAIL = { from: 'a@shop.test', to: 'b@shop.test', subject: 'one', text: 'x' }
const filename = 'a.txt'
const nothing = () => undefined

async function open(follows: boolean) {
  const texts: string[] = []
  const shop = await openMailShop({
    server: {
      onRcptTo({ address }, _session, answer) {
        const refusal = Object.assign(new Error('no such user'), { responseCode: 550 })
        answer(address.startsWith('no') ? refusal : null)
      },
      onData(stream, _session, done) {
        stream.toArray().then((chunks) => {
          texts.push(Buffer.concat(chunks as Buffer[]).toString())
          done()
        }, done)
      },
    },
  })
  const directory = join(shop.program, '..')
  /** The attachments that have come, decoded. */
  const attached = () =>
    texts.map((text) => {
      const [, part = ''] = /filename=a\.txt[^]*?\r\n\r\n([^]*?)\r\n--/.exec(text) ?? []
      return Buffer.from(part, 'base64').toString()
    })
  const refuse = () => shop.set(newPassword())
  const more = { texts, attached, refuse, breakServer: shop.breakServer, directory }
  const transport = follows ? (shop.follow(true) as never as Transport) : shop.plain(true)
  return { shop, client: { current: Object.assign(transport, more) } }
}

compareClients('nodemailer', {
  readme: new URL('../README.md', import.meta.url),
  open,
  cases: {
    async 'a mail has its envelope, response and id'({ current }) {
      const mail = { ...MAIL, messageId: '<1@shop.test>', cc: 'c@shop.test' }
      const { envelope, accepted, rejected, messageId, response } = (await current.sendMail(
        mail,
      )) as Sent
      return [envelope, accepted, rejected, messageId, response, current.texts.length]
    },
    async 'mails during a rotation are sent once each'({ current, rotate }) {
      await rotate(() => Promise.all(Array.from({ length: 20 }, () => current.sendMail(MAIL))))
      return current.texts.length
    },
    async 'attachments: a text, a buffer, streams, a file'({ current, rotate }) {
      const path = join(current.directory, filename)
      await writeFile(path, 'file')
      const contents = ['text', Buffer.from('buffer'), Readable.from(['a ', 'stream'])]
      for (const content of contents) {
        const attachments = [{ filename, content, encoding: 'base64' }]
        await current.sendMail({ ...MAIL, attachments })
      }
      await current.sendMail({ ...MAIL, attachments: [{ filename, path }] })
      await rotate()
      const content = Readable.from(['another ', 'stream'])
      await current.sendMail({ ...MAIL, attachments: [{ filename, content }] })
      return current.attached()
    },
    async 'errors of an envelope have their code'({ current }) {
      const nobody = await failureOf(() => current.sendMail({ ...MAIL, to: '' }))
      const refused = await failureOf(() => current.sendMail({ ...MAIL, to: 'no@shop.test' }))
      const mail = { ...MAIL, cc: 'no@shop.test' }
      const { rejected } = (await current.sendMail(mail)) as Sent
      return [nobody, refused, rejected, current.texts.length]
    },
    'an attachment that is not there has its error': ({ current }) =>
      failureOf(() => current.sendMail({ ...MAIL, attachments: [{ path: '/no/such/file' }] })),
    async 'a transport that is closed while mails are on their way'({ current }) {
      const sent = Array.from({ length: 2 }, () => current.sendMail(MAIL))
      await expect.poll(() => current.texts.length, { interval: 1 }).toBeGreaterThan(0)
      current.close()
      await Promise.allSettled(sent)
      return current.texts.length
    },
    async 'a login that is refused (EAUTH)'({ current }) {
      await current.refuse()
      return failureOf(() => current.sendMail(MAIL))
    },
    async 'a login without a verdict (EAUTH 454)'({ current }) {
      await current.breakServer()
      return failureOf(() => current.sendMail(MAIL))
    },
    'a callback in place of a promise': ({ current }) =>
      new Promise((resolve) => {
        const send = current.sendMail.bind(current) as (...of: unknown[]) => unknown
        const sent = send(MAIL, resolve)
        if (sent instanceof Promise) resolve(sent.then(() => 'a promise'))
      }),
    'verify()': ({ current }) => failureOf(() => current.verify()),
    'isIdle() and the event idle': ({ current }) => failureOf(() => current.isIdle()),
    'a plugin of the transport': ({ current }) =>
      failureOf(() => typeof current.use('compile', nothing)),
  },
})
