import { chmod, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { newPassword, openRotatedService } from '@rekey/rotated-service'
import { Secret } from '@rekey/secret'
import { createTransport } from 'nodemailer'
import type { SMTPServerOptions } from 'smtp-server'
import { onTestFinished } from 'vitest'
import { followNodemailer, smtpLogin } from '../src/index.ts'
import { smtpKind } from '../src/rotate/index.ts'
import { openMailServer } from './mail-server.support.ts'

/** Sets the password in the file of the server. `BEFORE` and `AFTER` are what a test has it do besides. */
const CHANGER = `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs')
const [user, password] = readFileSync(0, 'utf8').split('\\n')
BEFORE
if (user !== 'portal') process.exit(3)
writeFileSync(__dirname + '/password', password)
AFTER
`

/** What a test changes. */
export interface MailShopOptions {
  /** Code of the program, before and after it sets the password. */
  readonly before?: string
  readonly after?: string
  readonly gapMs?: number
  readonly deadlineMs?: number
  readonly server?: SMTPServerOptions
  /** The changes of an operator, with whom there is no program. */
  readonly manual?: { readonly gapMs?: number; readonly ask: () => string }
}

/** A service that sends mail through a mail server with one password, and the rotation of that. */
export async function openMailShop(options: MailShopOptions = {}) {
  const { before = '', after = '', gapMs = 5_000, deadlineMs = 10_000, manual } = options
  const first = newPassword()
  const mails: string[] = []
  let refused = 0
  const server = await openMailServer({
    ...{ authOptional: false, disableReverseLookup: true },
    onAuth({ username, password: text }, _session, answer) {
      readFile(place, 'utf8').then(
        (held) => {
          if (username === 'portal' && held === text) answer(null, { user: username })
          else {
            refused += 1
            answer(Object.assign(new Error('no'), { responseCode: 535 }))
          }
        },
        () => {
          answer(Object.assign(new Error('later'), { responseCode: 454 }))
        },
      )
    },
    onData(stream, _session, done) {
      const parts: string[] = []
      stream.on('data', (chunk: Buffer) => parts.push(chunk.toString()))
      stream.on('end', () => {
        mails.push(/^Subject: (.*)$/m.exec(parts.join(''))?.[1] ?? '')
        done()
      })
    },
    ...options.server,
  })
  const directory = dirname(server.trust.file)
  const place = join(directory, 'password')
  await writeFile(place, first)
  const program = join(directory, 'change')
  const script = CHANGER.replace('BEFORE', before).replace('AFTER', after)
  await writeFile(program, script)
  await chmod(program, 0o700)
  const url = (password: string) => `smtp://portal:${password}@localhost:${server.port}`
  const changer =
    manual === undefined
      ? ({ kind: 'command', command: [program], gapMs } as const)
      : ({ kind: 'manual', ...(manual.gapMs !== undefined && { gapMs: manual.gapMs }) } as const)
  const rotated = await openRotatedService({
    ...{ kind: smtpKind, spec: smtpLogin(), value: url(first) },
    entry: { changer, trust: server.trust },
    parts: {
      deadlineMs,
      ...(manual && { ask: () => Promise.resolve(Secret.of(manual.ask(), 'pasted')) }),
    },
  })
  const follow = (pool: boolean) => {
    const ca = [server.pem]
    const mail = followNodemailer(rotated.secret, (login) =>
      createTransport({ ...login, pool, maxConnections: 2, tls: { ca } }),
    )
    onTestFinished(() => {
      mail.close()
    })
    return mail
  }
  return {
    ...rotated,
    ...{ mails, follow, first, program },
    set: (password: string) => writeFile(place, password),
    held: () => readFile(place, 'utf8'),
    passwordOf: (text: string) => decodeURIComponent(new URL(text).password),
    refused: () => refused,
  }
}

type MailShop = Awaited<ReturnType<typeof openMailShop>>

/** Sends mails all the time. Each has a number, by which one that is lost or comes twice is found. */
export function startMails(shop: MailShop, pool: boolean) {
  const mail = shop.follow(pool)
  const sent: string[] = []
  const failures: string[] = []
  const over = new AbortController()
  let next = 0
  const worker = async () => {
    while (!over.signal.aborted) {
      next += 1
      const subject = `mail-${pool ? 'pooled' : 'single'}-${next}`
      try {
        await mail.sendMail({ from: 'a@shop.test', to: 'b@shop.test', subject, text: 'x' })
        sent.push(subject)
      } catch (error) {
        failures.push(error instanceof Error ? error.message : 'no error')
      }
      await delay(5)
    }
  }
  const workers = [worker(), worker()]
  const stop = async () => {
    over.abort()
    await Promise.all(workers)
  }
  onTestFinished(stop)
  return { sent, failures, stop }
}
