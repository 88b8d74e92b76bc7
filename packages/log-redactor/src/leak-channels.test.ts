import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { format, inspect } from 'node:util'
import { Secret } from '@rekey/secret'
import { type Logger, pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { createRedactor } from './index.ts'
import { redactPino } from './pino.ts'

const json = (value: unknown) => JSON.stringify(value)
const bytes = (text: string) => Buffer.from(text)

function base32(text: string): string {
  const bits = [...bytes(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const digits = bits.match(/.{5}/g) ?? []
  return digits.map((d) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[parseInt(d, 2)]).join('')
}

function thrownBy(act: () => unknown): Error {
  try {
    act()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}

const xml = (text: string) =>
  text.replace(
    /[&<>"']/g,
    (c) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }[c] ?? '#39'};`,
  )

const wrap = (text: string, width: number) =>
  text.match(new RegExp(`[^]{1,${width}}`, 'g'))?.join('\n') ?? ''

class Session {
  readonly #token: string
  constructor(token: string) {
    this.#token = token
  }
  toJSON() {
    return { token: this.#token }
  }
  [inspect.custom]() {
    return `Session <${this.#token}>`
  }
}

/** The ways by which a secret gets into a line: the arguments of one log call. */
const LOGGED: Record<string, (s: string) => unknown[]> = {
  'the message': (s) => [`connecting with ${s}`],
  'the message alone': (s) => [s],
  '%s': (s) => ['password %s', s],
  '%j': (s) => ['options %j', { password: s }],
  '%o': (s) => ['options %o', { password: s }],
  '%O': (s) => ['options %O', { deep: { er: [s] } }],
  'a key': (s) => [{ password: s }],
  'a nested key': (s) => [{ a: { b: { c: { d: [{ e: s }] } } } }],
  'an object key': (s) => [{ cache: { [s]: true } }],
  'a getter': (s) => [
    {
      get late() {
        return s
      },
    },
  ],
  toJSON: (s) => [{ session: new Session(s) }],
  'an error message': (s) => [new Error(`login failed for ${s}`)],
  'an error stack': (s) => [{ stack: new Error(s).stack }],
  'an error cause': (s) => [new Error('x', { cause: new Error(s) })],
  'an AggregateError': (s) => [new AggregateError([new Error(s)], 'x')],
  'a field of an error': (s) => [Object.assign(new Error('x'), { config: { auth: s } })],
  'an error as %s': (s) => ['failed: %s', new Error(s)],
  'an argument error of Node.js': (s) => [thrownBy(() => Buffer.alloc(s as never))],
  'an encoding error of Node.js': (s) => [thrownBy(() => Buffer.alloc(1).toString(s as 'utf8'))],
  'URL userinfo': (s) => [{ url: Object.assign(new URL('postgres://app@db/x'), { password: s }) }],
  'URL query': (s) => [`GET /?a=b&${new URLSearchParams({ token: s }).toString()}`],
  'an invalid URL': (s) => [thrownBy(() => new URL(`//${s}`))],
  'the arguments of a failed command': (s) => [
    thrownBy(() => execFileSync('false', [s], { stdio: 'ignore' })),
  ],
  'an argv array': (s) => [{ argv: ['psql', '--password', s] }],
  'a command line': (s) => [`sh -c 'psql ${s.replaceAll("'", "'\\''")}'`],
  'a double-quoted command line': (s) => [`psql "${s.replace(/[\\"$`]/g, '\\$&')}"`],
  'a percent-encoded path': (s) => [`GET /reset/${encodeURIComponent(s)}`],
  'lower-case percent-encoding': (s) => [
    encodeURIComponent(s).replace(/%../g, (hex) => hex.toLowerCase()),
  ],
  'a form body': (s) => [{ body: new URLSearchParams({ user: 'a', password: s }).toString() }],
  'JSON in a string': (s) => [{ body: json({ s }) }],
  'JSON in JSON in a string': (s) => [{ body: json({ inner: json({ s }) }) }],
  'JSON in JSON in JSON in a string': (s) => [json({ a: json({ b: json({ s }) }) })],
  'ASCII-only JSON': (s) => [
    json({ s }).replace(
      /[<>&\u0080-\uffff]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  ],
  XML: (s) => [`<password value="${xml(s)}"/>`],
  'a header block': (s) => [`GET / HTTP/1.1\r\nAuthorization: Bearer ${s}\r\nHost: x\r\n\r\n`],
  'raw headers': (s) => [{ rawHeaders: ['Host', 'x', 'X-Api-Key', s] }],
  'a cookie': (s) => [{ headers: { cookie: `a=b; session=${encodeURIComponent(s)}; c=d` } }],
  'Basic auth': (s) => [`Authorization: Basic ${bytes(`app:${s}`).toString('base64')}`],
  'Basic auth after a longer name': (s) => [`Basic ${bytes(`apps:${s}`).toString('base64')}`],
  base64: (s) => [{ data: bytes(s).toString('base64') }],
  'base64url inside a token': (s) => [
    `e30.${bytes(json({ sub: 'a', s })).toString('base64url')}.x`,
  ],
  'base64 of UTF-16': (s) => [Buffer.from(s, 'utf16le').toString('base64')],
  base32: (s) => [base32(`x${s}`)],
  hex: (s) => [bytes(s).toString('hex')],
  'upper-case hex': (s) => [bytes(s).toString('hex').toUpperCase()],
  'hex of UTF-16': (s) => [Buffer.from(s, 'utf16le').toString('hex')],
  'a Buffer': (s) => [{ key: bytes(s) }],
  'a Buffer in a string': (s) => [json({ key: bytes(`{${s}}`) })],
  'a Uint8Array': (s) => [{ key: new Uint8Array(bytes(s)) }],
  'a number array': (s) => [{ key: [...bytes(s)] }],
  'an inspected Buffer': (s) => [inspect({ key: bytes(s).subarray(0, 50) })],
  'an inspected ArrayBuffer': (s) => [inspect(new Uint8Array(bytes(s)).buffer)],
  'an inspected Uint8Array': (s) => [inspect({ key: new Uint8Array(bytes(s)) })],
  'an inspected Map': (s) => [inspect(new Map([['key', s]]))],
  'an inspected Set': (s) => [inspect(new Set([[s]]))],
  'an inspected class': (s) => [format('%O', new Session(s))],
  'an inspected error': (s) => [inspect(new Error('x', { cause: s }))],
  'console-style formatting': (s) => [format('user', { password: s })],
  'a dump of the environment': (s) => [{ env: { HOME: '/', DB_PASSWORD: s } }],
  'base64, wrapped as in mail': (s) => [wrap(bytes(s.repeat(3)).toString('base64'), 76)],
  'base64, wrapped as in a PEM file, in JSON': (s) => [
    json({ key: wrap(bytes(s.repeat(3)).toString('base64'), 64) }),
  ],
  'base64 of base64': (s) => [bytes(bytes(s).toString('base64')).toString('base64')],
  'base64 of JSON': (s) => [bytes(json({ s, t: json({ s }) })).toString('base64')],
  'hex of base64': (s) => [bytes(bytes(s).toString('base64')).toString('hex')],
  'percent-encoded base64': (s) => [encodeURIComponent(bytes(s).toString('base64'))],
  'percent-encoding twice': (s) => [encodeURIComponent(encodeURIComponent(s))],
  'JSON in a query': (s) => [`/?state=${encodeURIComponent(json({ s }))}`],
  'pretty-printed bytes': (s) => [JSON.stringify({ key: bytes(s) }, undefined, 2)],
  'pretty-printed numbers': (s) => [
    JSON.stringify({ key: new Uint8Array(bytes(s)) }, undefined, 2),
  ],
  'hex with colons': (s) => [bytes(s).toString('hex').match(/../g)?.join(':') ?? ''],
  'upper-case hex with 0x': (s) => [
    bytes(s)
      .toString('hex')
      .toUpperCase()
      .match(/../g)
      ?.map((byte) => `0x${byte}`)
      .join(', ') ?? '',
  ],
  'a dump of 16 bytes a line': (s) => [
    bytes(s.repeat(2))
      .toString('hex')
      .match(/.{1,32}/g)
      ?.map(
        (row, i) =>
          `${(i * 16).toString(16).padStart(8, '0')}  ${row.match(/../g)?.join(' ') ?? ''}`,
      )
      .join('\n') ?? '',
  ],
  'an SQL string': (s) => [`alter role app password '${s.replaceAll("'", "''")}'`],
  'a CSV field': (s) => [`1,"${s.replaceAll('"', '""')}",x`],
  'an E string of SQL': (s) => [`E'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`],
  'a hard-wrapped value': (s) => [wrap(s.repeat(2), 30)],
  'the end of a value': (s) => [`…${s.slice(-14)}`],
}

/** What a logger is told outside its calls. */
const BOUND: Record<string, (log: Logger, s: string) => Logger> = {
  'a child binding': (log, s) => log.child({ token: s }),
  'a child of a child': (log, s) => log.child({ a: 1 }).child({ b: { c: s } }),
  'a late binding': (log, s) => {
    const child = log.child({})
    child.setBindings({ s })
    return child
  },
  'a message prefix': (log, s) => log.child({}, { msgPrefix: `[${s}] ` }),
}

const CHANNELS = [
  ...Object.entries(LOGGED).map(([name, argumentsFor]) => ({
    name,
    log: (logger: Logger, s: string) => {
      logger.info(...(argumentsFor(s) as [string]))
    },
  })),
  ...Object.entries(BOUND).map(([name, bind]) => ({
    name,
    log: (logger: Logger, s: string) => {
      bind(logger, s).info('x')
    },
  })),
]

const unescape = (text: string) =>
  text.replace(/\\(?:u([0-9a-f]{4})|(.))/gi, (_, code?: string, c = '') =>
    code === undefined
      ? ({ n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }[c as string] ?? (c as string))
      : String.fromCharCode(parseInt(code, 16)),
  )

const unpercent = (text: string) =>
  bytes(text.replaceAll('+', ' '))
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))

const unxml = (text: string) =>
  text.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[name] ?? "'",
  )

const runs = (text: string, run: RegExp) => text.match(run) ?? []

/** Reads every run of digits that could be encoded bytes, at every alignment. */
function decoded(text: string): Buffer[] {
  const spaced = runs(text, /[0-9a-f]{2}(?:[^0-9a-z]+(?:0x)?[0-9a-f]{2}\b){7,}/gi).map((run) =>
    run.replace(/0x|[^0-9a-f]/gi, ''),
  )
  const hex = [...runs(text, /[0-9a-f]{16,}/gi), ...spaced]
  const base64 = runs(text, /[\w+/-]{12,}/g)
  const base32 = runs(text, /[A-Z2-7]{16,}/g)
  const numbers = runs(text, /\d{1,3}(?:[^\d.]+\d{1,3}){7,}/g)
  const indexed = runs(text, /(?:"\d+":\s*\d{1,3},?\s*){8,}/g)
  return [
    ...hex.flatMap((run) => [0, 1].map((skip) => Buffer.from(run.slice(skip), 'hex'))),
    ...base64.flatMap((run) => [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64'))),
    ...base32.flatMap((run) => [0, 1, 2, 3, 4, 5, 6, 7].map((skip) => fromBase32(run.slice(skip)))),
    ...numbers.map((run) => Buffer.from((run.match(/\d+/g) ?? []).map(Number))),
    ...indexed.map((run) =>
      Buffer.from(Array.from(run.matchAll(/:\s*(\d+)/g), ([, n]) => Number(n))),
    ),
  ]
}

function fromBase32(text: string): Buffer {
  const digit = (c: string) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c)
  const bits = Array.from(text, (c) => digit(c).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
}

/** Whether someone who tries every decoding, on what was decoded too, can read twelve characters of the start of `secret`, or its end, in `line`. */
function shows(line: string, secret: string, left = 1): boolean {
  const parts = [secret.slice(0, 12), secret.slice(-12)]
  let text = line
  for (let depth = 0; depth < 5; depth += 1) {
    const readings = [
      ...[text, unxml(text), text.replaceAll("'\\''", "'")],
      ...[text.replaceAll("''", "'"), text.replaceAll('""', '"')],
    ]
    if (readings.some((reading) => parts.some((part) => reading.includes(part)))) return true
    const raw = [bytes(unpercent(text)), ...decoded(text)]
    const wanted = parts.flatMap((part) => [bytes(part), Buffer.from(part, 'utf16le')])
    if (raw.some((buffer) => wanted.some((part) => buffer.includes(part)))) return true
    const inner = left === 0 ? [] : raw.map((buffer) => buffer.toString('latin1'))
    if (inner.some((decodedText) => shows(decodedText, secret, left - 1))) return true
    text = unescape(text)
  }
  return false
}

function linesOf(options: object, log: (logger: Logger) => void): string[] {
  const lines: string[] = []
  log(pino(options, { write: (line: string) => lines.push(line) }))
  return lines
}

/** Digits all over, so that no part can happen to look like a word. */
const random = () =>
  randomBytes(18)
    .toString('base64url')
    .replace(/(..)./g, (_, two) => `${two}7`)

const SECRETS = {
  plain: () => `${random()}${random()}`,
  'two lines long': () => `${random()}\n${random()}`,
  'full of special characters': () => `${random()}"\\ +/<&'%$\`é€~${random()}`,
}

describe.each(Object.entries(SECRETS))('a secret that is %s', (_, newSecret) => {
  it.each(CHANNELS)('does not leak through $name', ({ log }) => {
    const secret = newSecret()
    const redactor = createRedactor({ secrets: [] })
    redactor.add(Secret.of(secret, 'API_KEY'))
    const plain = linesOf({}, (logger) => {
      log(logger, secret)
    })
    const redacted = linesOf(redactPino(redactor), (logger) => {
      log(logger, secret)
    })

    expect(plain.some((line) => shows(line, secret))).toBe(true)
    expect(redacted.filter((line) => shows(line, secret))).toEqual([])
    expect(redacted).toHaveLength(plain.length)
    for (const line of redacted) expect(JSON.parse(line)).toHaveProperty('level')
    expect(redacted.join('')).toContain('[secret API_KEY]')
  })
})

it('has at least forty channels', () => {
  expect(CHANNELS.length).toBeGreaterThanOrEqual(40)
})

it('runs after a streamWrite hook of your own, and keeps your other options', () => {
  const secret = random()
  const redactor = createRedactor({ secrets: [] })
  redactor.add(Secret.of(secret, 'API_KEY'))
  const hooks = { streamWrite: (line: string) => line.replace('TOKEN', secret) }
  const lines = linesOf(
    redactPino(redactor, { hooks, base: { service: 'frontend' } }),
    (logger) => {
      logger.info('TOKEN')
    },
  )
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ service: 'frontend', msg: '[secret API_KEY]' })
})
