import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRedactor } from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import { Secret } from '@rekey/secret'
import express from 'express'
import fc from 'fast-check'
import Fastify from 'fastify'
import type { LoggerOptions } from 'pino'
import { pinoHttp } from 'pino-http'
import { describe, expect, it, onTestFinished } from 'vitest'

/** Digits all over, so that no part of it can happen to look like a word. */
const SECRET = randomBytes(32).toString('base64url').replace(/(..)./g, '$17')

const redactor = createRedactor({
  secrets: [],
  markers: [{ literal: 'rk_prod_', label: 'api key' }],
})
redactor.add(Secret.of(SECRET, 'SECRET'))

const base64 = (text: string) => Buffer.from(text).toString('base64')
const hex = (text: string) => Buffer.from(text).toString('hex')
const deep = (text: string) => base64(base64(base64(text)))

/** What an attacker may write. */
const PIECES: readonly string[] = [
  ...[
    'pw=a&',
    'token=x1Y2z3&',
    'password=x1Y2z3&',
    'rk_prod_a~',
    'Basic YTpi ',
    'bearer x1Y2z3aB4 ',
  ],
  ...[
    'a://b:c1d2e3@',
    '&amp;',
    '%25',
    '%2525',
    '%22',
    "'",
    "password='",
    "token: '",
    '%27',
    '\\',
    '\\"',
  ],
  ...[
    '"',
    '{"token":"',
    'password="',
    'password=\\"',
    'password=\\\\"',
    'cookie=a=bcdef; ',
    'cookie: a=bcdef; ',
  ],
  ...['--password ', 'secret=', 'secret: ', ' ', 'x', '/', '[1,2,3,', '106,', '6a ', 'NBSWY3DP'],
  ...[
    '-----BEGIN PRIVATE KEY-----',
    'eyJhbGciOiJIUzI1.',
    'ghp_',
    'sk_live_',
    '<token>',
    "''",
    '""',
  ],
  ...[
    deep('some words '),
    base64(hex('some words ')),
    hex(hex('token=x1Y2z3')),
    base64(base64('x')),
  ],
  ...[SECRET, base64(SECRET), SECRET.slice(0, 12), encodeURIComponent(`"password":"${SECRET}"`)],
]
const piece = fc.oneof(
  fc.constantFrom(...PIECES),
  fc.constantFrom(...PIECES).map(encodeURIComponent),
)
const run = fc
  .tuple(piece, fc.constantFrom(1, 1, 2, 18, 100, 1_100))
  .map(([text, n]) => text.repeat(n))
const texts = (most: number) =>
  fc.array(run, { minLength: 1, maxLength: 4 }).map((all) => all.join('').slice(0, most))

/** Of a URL and of headers, what Node.js lets in: 16 KB in all. */
const requests = fc.record({
  url: texts(7_000).map((text) => text.replace(/[^!-~]|#/g, '_')),
  agent: texts(5_000),
  note: texts(3_000),
})
type Request = typeof requests extends fc.Arbitrary<infer R> ? R : never

/** What the service writes itself, some of it under names of secrets, and some that spells text. */
const OWN = {
  secret: 'api-key frontend:signing@3fa1c09b2e',
  errors: { password: 'is too short', token: 'has expired', pw: 'required' },
  cursor: base64(JSON.stringify({ after: base64('row 0123456789 of many rows') })),
  bytes: [106, 101, 108, 108, 111],
  route: '/orders/:id',
}
const SUPPLIED = new Set(['url', 'path', 'query', 'params', 'user-agent', 'x-note'])

/** The places of all that the request did not supply, and what stands there. */
function ownParts(value: unknown, place = ''): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return { [place]: value }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !SUPPLIED.has(name))
      .flatMap(([name, member]) => Object.entries(ownParts(member, `${place}/${name}`))),
  )
}

type Lines = { raw: string; masked: string }[]

/** Options of a logger that keeps each line as it was and as it is written. */
function keeping(lines: Lines) {
  const options = redactPino<LoggerOptions>(redactor, { base: OWN })
  const mask = options.hooks?.streamWrite
  const streamWrite = (raw: string) => {
    const masked = mask?.(raw) ?? raw
    lines.push({ raw, masked })
    return masked
  }
  return { ...options, hooks: { ...options.hooks, streamWrite } }
}

const sink = { write: () => undefined }

const SERVERS = {
  async 'Express with pino-http'(lines: Lines) {
    const app = express()
    app.use(pinoHttp({ ...keeping(lines), customProps: () => ({ later: OWN }) }, sink))
    app.use((_, response) => {
      response.set('x-trace', base64('row 0123456789 of many rows')).status(404).json({})
    })
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { port: (server.address() as AddressInfo).port, close: () => server.close() }
  },
  async Fastify(lines: Lines) {
    const app = Fastify({
      logger: { ...keeping(lines), stream: sink },
      routerOptions: { maxParamLength: 100 },
    })
    app.get('/*', (incoming, reply) => {
      incoming.log.info(
        { headers: incoming.headers, query: incoming.query, later: OWN },
        'incoming',
      )
      return reply.code(404).send({})
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    return { port: (app.server.address() as AddressInfo).port, close: () => void app.close() }
  },
} as const

function send(port: number, { url, agent, note }: Request): Promise<void> {
  const headers = { 'user-agent': agent, 'x-note': note, connection: 'close' }
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: `/?${url}`, headers }, (response) => {
      response.resume().on('end', resolve)
    })
    sent.on('error', reject).end()
  })
}

describe('L2: a request of 16 KB changes no line outside of the strings that it supplied', () => {
  it.each(Object.entries(SERVERS))('%s', async (_, listen) => {
    const lines: Lines = []
    const { port, close } = await listen(lines)
    onTestFinished(() => {
      close()
    })
    await fc.assert(
      fc.asyncProperty(requests, async (sent) => {
        lines.length = 0
        await send(port, sent)
        await expect.poll(() => lines.some(({ raw }) => raw.includes('"res"'))).toBe(true)
        for (const { raw, masked } of lines) {
          expect(ownParts(JSON.parse(masked))).toEqual(ownParts(JSON.parse(raw)))
          expect(masked).not.toContain(SECRET)
        }
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ['GET /?pw=a&… 18 times', `/?${'pw=a&'.repeat(18)}`],
    ['GET /?rk_prod_a~… 1,001 times', `/?${'rk_prod_a~'.repeat(1_001)}`],
    ['text in base64 three deep', `/?${deep('some words '.repeat(200))}`],
  ])('%s', (_, url) => {
    const line = { level: 30, time: 1, req: { id: 1, method: 'GET', url, query: {} }, status: 200 }
    const masked = JSON.parse(redactor.redact(`${JSON.stringify({ ...line, ...OWN })}\n`)) as object
    expect(ownParts(masked)).toEqual(ownParts({ ...line, ...OWN }))
  })

  it.each(['/?token=', '/?secret:', '/bearer', '/x?--password', 'http://a/&pw='])(
    'a blank ends GET %s',
    (url) => {
      const line = `10.0.0.7 GET ${url} 3fa1c09b2e77d1f5 404 2 - 1.250 ms\n`
      expect(redactor.redact(line)).toBe(line)
    },
  )

  it('a line of the common formats of access logs', () => {
    const quoted = (text: string) => text.replace(/["\\]/g, (sign) => `\\${sign}`)
    const formats: ((sent: Request) => readonly [string, string, string])[] = [
      ({ url }) => ['10.0.0.7 3fa1c09b2e GET ', `/?${url}`, ' 404 2 - 1.250 ms\n'],
      ({ url, agent }) => [
        '10.0.0.7 - - [29/Nov/2026:21:00:00 +0000] "GET ',
        `/?${quoted(url)} HTTP/1.1" 404 2 "-" "${quoted(agent)}`,
        '" 0.003 3fa1c09b2e\n',
      ],
    ]
    fc.assert(
      fc.property(requests, fc.constantFrom(...formats), (sent, format) => {
        const [before, supplied, after] = format(sent)
        const masked = redactor.redact(before + supplied + after)
        expect(masked.startsWith(before)).toBe(true)
        expect(masked.endsWith(after)).toBe(true)
        if (supplied.includes('HTTP/1.1')) expect(masked).toContain('" 404 2 "-" "')
        expect(masked).not.toContain(SECRET)
      }),
      { numRuns: 200 },
    )
  })
})
