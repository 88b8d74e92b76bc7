import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
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

/** Sets the password in the file of the server. `before` and `after` are what a test has it do besides. */
const changerWith = (before: string, after: string) => `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs')
let [user, password] = readFileSync(0, 'utf8').split('\\n')
writeFileSync(__dirname + '/changed', user)
${before}
writeFileSync(__dirname + '/password', password)
${after}
`

/** What a test changes. */
export interface MailShopOptions {
  /** Code of the program, before and after it sets the password. */
  readonly before?: string
  readonly after?: string
  /** Whether the code is for passwords other than the first alone. */
  readonly once?: boolean
  readonly gapMs?: number
  readonly deadlineMs?: number
  /** For how long the server accepts a password once more that it has accepted. Default 0. */
  readonly cachedMs?: number
  readonly server?: Pick<SMTPServerOptions, 'onAuth' | 'onData' | 'onRcptTo'>
  /** The changes of an operator, with whom there is no program. */
  readonly manual?: { readonly gapMs?: number; readonly ask: () => string }
}

/** A service that sends mail through a mail server with one password, and the rotation of that. */
export async function openMailShop(options: MailShopOptions = {}) {
  const { before = '', after = '', gapMs = 5_000, deadlineMs = 10_000, manual } = options
  const { cachedMs = 0 } = options
  const first = newPassword()
  const only = (code: string) =>
    options.once === true ? `if (!isFirst(password)) { ${code} }` : code
  const mails: string[] = []
  let refused = 0
  const cachedUntil = new Map<unknown, number>()
  const server = await openMailServer({
    ...{ authOptional: false, disableReverseLookup: true },
    onAuth({ username, password: text }, _session, answer) {
      readFile(place, 'utf8').then(
        (held) => {
          if (held === text) cachedUntil.set(text, Date.now() + cachedMs)
          const isKnown = held === text || (cachedUntil.get(text) ?? 0) > Date.now()
          if (username === 'portal' && isKnown) answer(null, { user: username })
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
  const firstDigest = digestOf(first)
  const isFirst = `const isFirst = (text) => require('node:crypto').createHash('sha256').update(text).digest('hex') === '${firstDigest}'\n`
  const setProgram = (before = '', after = '') =>
    writeFile(program, changerWith(isFirst + before, after), { mode: 0o700 })
  await setProgram(only(before), only(after))
  const url = (password: string) => `smtp://portal:${password}@localhost:${server.port}`
  const changer =
    manual === undefined
      ? { kind: 'command' as const, command: [program] as [string], gapMs }
      : { kind: 'manual' as const, ...(manual.gapMs !== undefined && { gapMs: manual.gapMs }) }
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
  const plain = (pool: boolean) => {
    const { port, pem } = server
    const auth = { user: 'portal', pass: first }
    const tls = { ca: [pem] }
    const transport = createTransport({
      host: 'localhost',
      port,
      auth,
      pool,
      maxConnections: 2,
      tls,
    })
    onTestFinished(() => {
      transport.close()
    })
    return transport
  }
  return {
    ...rotated,
    ...{ mails, follow, first, plain, program },
    set: (password: string) => writeFile(place, password),
    held: () => readFile(place, 'utf8'),
    setProgram,
    /** Has it give no verdict any more. */
    breakServer: () => rm(place),
    isChanged: () => existsSync(join(directory, 'changed')),
    seen: () => readFile(join(directory, 'seen'), 'utf8'),
    passwordOf: (text: string) => decodeURIComponent(new URL(text).password),
    refused: () => refused,
  }
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')

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
