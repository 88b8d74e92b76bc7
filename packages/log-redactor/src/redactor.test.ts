import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createFakeClock, Secret, type StagedSecret } from '@rekey/secret'
import { createLiveSecret, type NamedLeak } from '@rekey/secret/internal'
import { afterEach, describe, expect, it } from 'vitest'
import { createRedactor, type LeakEvent, type Redactor, type RedactorOptions } from './index.ts'

const NAME = 'DATABASE_FRONTEND'

/** Digits all over, so that no part of it can happen to look like a word. */
const random = () =>
  randomBytes(32)
    .toString('base64url')
    .replace(/(..)./g, (_, two) => `${two}7`)

const json = (value: unknown) => JSON.stringify(value)

function staged(
  revision: string,
  texts: Partial<Record<'current' | 'pending' | 'previous', string>>,
) {
  const version = (stage: 'current' | 'pending' | 'previous') => {
    // Known by its stage alone, so that it can be forgotten.
    const value = Secret.of(texts[stage] ?? '', NAME, { announced: false })
    return { name: NAME, version: `${stage}-${revision}`, stage, value, sensitive: [value] }
  }
  const result: StagedSecret = {
    name: NAME,
    revision,
    current: version('current'),
    ...(texts.pending !== undefined && { pending: version('pending') }),
    ...(texts.previous !== undefined && { previous: version('previous') }),
  }
  return result
}

const opened: Redactor[] = []
afterEach(() => {
  for (const redactor of opened.splice(0)) redactor.close()
})

function open(options: Partial<RedactorOptions> = {}): Redactor {
  const redactor = createRedactor({ secrets: [], ...options })
  opened.push(redactor)
  return redactor
}

function openWith(...texts: string[]): Redactor {
  const redactor = open()
  for (const text of texts) redactor.add(Secret.of(text, 'API_KEY'))
  return redactor
}

describe('a clean line', () => {
  it('comes back as the same string, however long or strange', () => {
    const redactor = openWith(random())
    const long = 'x'.repeat(300_000)
    for (const line of ['', 'short', '{"level":30}\n', 'héllo €\u0000\ud800', long]) {
      expect(redactor.redact(line)).toBe(line)
    }
  })

  it('is not changed by what is left of a longer line', () => {
    const text = random()
    const redactor = openWith(text)
    redactor.redact(`${'-'.repeat(40)}${text}`)
    expect(redactor.redact('-'.repeat(42))).toBe('-'.repeat(42))
  })

  it('may show eleven characters of a secret, which could be chance', () => {
    const text = random()
    const line = `${text.slice(0, 11)}… and ${text.slice(-11)}`
    expect(openWith(text).redact(line)).toBe(line)
  })
})

describe('a line with a secret', () => {
  it('names the secret and its version, and neither its length nor its start', () => {
    const [current, pending, previous] = [random(), random(), random()]
    const redactor = open({
      secrets: [createLiveSecret(staged('7', { current, pending, previous }))],
    })
    expect(redactor.redact(`${current} ${pending} ${previous}`)).toBe(
      `[secret ${NAME}@current-7] [secret ${NAME}@pending-7] [secret ${NAME}@previous-7]`,
    )
  })

  it('finds it at every place, whatever stands before it', () => {
    const text = random()
    const redactor = openWith(text)
    for (let before = 0; before < 70; before += 1) {
      const line = `${'-'.repeat(before)}${text}`
      expect(redactor.redact(line)).toBe(`${'-'.repeat(before)}[secret API_KEY]`)
    }
  })

  it('finds it at the end of a very long line', () => {
    const text = random()
    const before = 'x '.repeat(200_000)
    expect(openWith(text).redact(before + text)).toBe(`${before}[secret API_KEY]`)
  })

  it('finds the first twelve characters, because writers cut values short', () => {
    const text = random()
    const redactor = openWith(text)
    expect(redactor.redact(`Received '${text.slice(0, 12)}…'`)).toBe("Received '[secret API_KEY]…'")
    expect(redactor.redact(`Received '${text.slice(0, 25)}…'`)).toBe("Received '[secret API_KEY]…'")
  })

  it('finds twelve characters anywhere in it', () => {
    const text = random()
    const redactor = openWith(text)
    for (let from = 0; from + 12 <= text.length; from += 1) {
      expect(redactor.redact(`…${text.slice(from, from + 12)}…`)).toBe('…[secret API_KEY]…')
    }
  })

  it('makes one tag of secrets that overlap, that of the longest', () => {
    const text = random()
    const redactor = open()
    redactor.add(Secret.of(text.slice(20), 'INNER'))
    redactor.add(Secret.of(text, 'OUTER'))
    expect(redactor.redact(`<${text}>`)).toBe('<[secret OUTER]>')
  })

  it('keeps to the letters of a tag that mean nothing elsewhere', () => {
    const text = random()
    const redactor = open()
    redactor.add(Secret.of(text, 'a"b\\c\n'))
    expect(redactor.redact(text)).toBe('[secret a_b_c_]')
  })

  it('tells of the leak, and survives a listener that throws', async () => {
    const events: LeakEvent[] = []
    const current = random()
    const redactor = open({
      secrets: [createLiveSecret(staged('7', { current }))],
      onLeak(event) {
        events.push(event)
        throw new Error('bad listener')
      },
    })
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const hex = Buffer.from(current).toString('hex')
    expect(redactor.redact(hex)).toBe(`[secret ${NAME}@current-7]`)
    const leak = { name: NAME, version: 'current-7', encoding: 'hex', channel: 'log' }
    expect(events).toEqual([leak])
    redactor.redact(`${hex} ${hex}`)
    expect(redactor.leaks()).toEqual([{ ...leak, count: 2 }])
    expect((await warned).message).toBe('onLeak threw Error; it must not throw')
  })

  it('gives a watcher the first leak of each spelling and channel, those before it too', () => {
    const text = random()
    const redactor = openWith(text)
    redactor.redact(text)
    const seen: NamedLeak[] = []
    redactor.watchLeaks((leak) => seen.push(leak))
    redactor.redact(text)
    redactor.redact(text, { channel: 'stdout' })
    redactor.redact(Buffer.from(text).toString('hex'))
    expect(seen).toEqual([
      { name: 'API_KEY', encoding: 'text', channel: 'log', count: 1 },
      { name: 'API_KEY', encoding: 'text', channel: 'stdout', count: 1 },
      { name: 'API_KEY', encoding: 'hex', channel: 'log', count: 1 },
    ])
    expect(redactor.leaks().map(({ count }) => count)).toEqual([2, 1, 1])
  })

  it('masks a short value exactly', () => {
    const redactor = openWith('x7Qp-9zK')
    expect(redactor.redact('a x7Qp-9zK b x7Qp-9zL')).toBe('a [secret API_KEY] b x7Qp-9zL')
  })

  it('masks the lines of a PEM file and not its armour', () => {
    const lines = Array.from({ length: 3 }, () => randomBytes(48).toString('base64'))
    const text = ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join(
      '\n',
    )
    const redactor = openWith(text)
    expect(redactor.redact(`key:\n${text}`)).toBe('key:\n[secret API_KEY]')
    expect(redactor.redact(`> ${lines.join('\n> ')}`)).not.toContain(lines[1])
    const [armour = ''] = text.split('\n')
    expect(redactor.redact(armour)).toBe(armour)
  })
})

describe('a JSON line stays JSON', () => {
  const parse = (line: string) => JSON.parse(line) as unknown
  const tag = '[secret API_KEY]'

  it.each<[string, (text: string) => unknown, unknown]>([
    ['a string', (text) => ({ a: `x${text}y` }), { a: `x${tag}y` }],
    ['a key', (text) => ({ [text]: 1 }), { [tag]: 1 }],
    ['a Buffer', (text) => ({ a: Buffer.from(text) }), { a: { type: 'Buffer', data: [tag] } }],
    [
      'bytes among others',
      (text) => ({ a: [1, 2, ...Buffer.from(text), 3] }),
      { a: [1, 2, tag, 3] },
    ],
    ['a Uint8Array', (text) => ({ a: new Uint8Array(Buffer.from(text)) }), { a: { secret: tag } }],
  ])('with the secret in %s', (_, value, expected) => {
    const text = random()
    expect(parse(openWith(text).redact(JSON.stringify(value(text))))).toEqual(expected)
  })

  it('with a secret that is a number', () => {
    const digits = Array.from(randomBytes(16), (byte) => (byte % 9) + 1).join('')
    expect(parse(openWith(digits).redact(`{"a":[1,${digits}],"b":2}`))).toEqual({
      a: [1, tag],
      b: 2,
    })
  })

  it('with a secret that is itself a JSON document, logged as an object', () => {
    const text = JSON.stringify({
      kind: 'account',
      key: `${random()}\n${random()}`,
      n: [1, { a: 2 }],
    })
    const line = `{"level":30,"account":${text},"rest":[${text},1]}`
    expect(parse(openWith(text).redact(line))).toEqual({
      level: 30,
      account: { secret: tag },
      rest: [{ secret: tag }, 1],
    })
  })

  it('with a secret that begins inside an escape sequence', () => {
    const text = `n${random()}`
    expect(parse(openWith(text).redact(JSON.stringify({ a: `\n${text.slice(1)}` })))).toEqual({
      a: tag,
    })
    const hex = `e9${random()}`
    expect(parse(openWith(hex).redact(`{"a":"x\\u00${hex}"}`))).toEqual({ a: `x${tag}` })
  })

  it('with a secret that reaches across strings', () => {
    const text = `${random()}","${random()}`
    expect(parse(openWith(text).redact(`{"a":["${text}",1],"b":2}`))).toEqual({ a: [tag, 1], b: 2 })
  })
})

describe('rotation', () => {
  it('masks a new version before anyone can read it', () => {
    const [first, second] = [random(), random()]
    const live = createLiveSecret(staged('1', { current: first }))
    const redactor = open({ secrets: [live] })
    let early = ''
    live.beforeUpdate((next) => (early = redactor.redact(next.current.value.expose())))
    live.update(staged('2', { current: second, previous: first }))
    expect(early).toBe(`[secret ${NAME}@current-2]`)
  })

  it('masks a retired version until it has soaked', async () => {
    const clock = createFakeClock()
    const [first, second] = [random(), random()]
    const live = createLiveSecret(staged('1', { current: first }))
    const redactor = open({ secrets: [live], clock, soakMs: 60_000 })
    live.update(staged('2', { current: second }))
    await clock.advance(59_000)
    expect(redactor.redact(first)).toBe(`[secret ${NAME}@current-1]`)
    await clock.advance(1_000)
    expect(redactor.redact(first)).toBe(first)
    expect(redactor.redact(second)).not.toBe(second)
  })

  it('keeps a version that comes back while it soaks', async () => {
    const clock = createFakeClock()
    const [first, second] = [random(), random()]
    const live = createLiveSecret(staged('1', { current: first }))
    const redactor = open({ secrets: [live], clock, soakMs: 60_000 })
    live.update(staged('2', { current: second }))
    await clock.advance(30_000)
    live.update(staged('3', { current: first }))
    await clock.advance(600_000)
    expect(redactor.redact(first)).not.toBe(first)
    expect(redactor.redact(second)).toBe(second)
  })

  it('still finds every secret after most have gone', async () => {
    const clock = createFakeClock()
    const lives = Array.from({ length: 60 }, () =>
      createLiveSecret(staged('1', { current: random() })),
    )
    const redactor = open({ secrets: lives, clock, soakMs: 1_000 })
    const old = lives.map((live) => live.current.value.expose())
    const kept = random()
    redactor.add(Secret.of(kept, 'KEPT'))
    for (const live of lives) live.update(staged('2', { current: random() }))
    await clock.advance(1_000)
    for (const text of old) expect(redactor.redact(text)).toBe(text)
    for (const live of lives) {
      expect(redactor.redact(live.current.value.expose())).toBe(`[secret ${NAME}@current-2]`)
    }
    expect(redactor.redact(kept)).toBe('[secret KEPT]')
  })

  it('keeps masking what it knows after it was closed', () => {
    const [first, second] = [random(), random()]
    const live = createLiveSecret(staged('1', { current: first }))
    const redactor = open({ secrets: [live] })
    redactor.close()
    live.update(staged('2', { current: second }))
    expect(redactor.redact(first)).not.toBe(first)
    expect(redactor.redact(second)).toBe(second)
  })
})

describe('what is public', () => {
  it.each([
    [
      'the start of a token',
      (s: string) => `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhIn0.${s}`,
      30,
    ],
    ['the prefix of a vendor', (s: string) => `hook_prod_live_${s}`, 15],
    ['the address of a webhook', (s: string) => `https://hooks.chat.example/${s}`, 27],
    [
      'the user and the scheme of a URL',
      (s: string) => `postgresql://frontend:${s}@db-7f3k.example/x`,
      22,
    ],
  ])('accuses no line of a secret: %s', (_, make, length) => {
    const value = make(random())
    const redactor = openWith(value)
    const line = `x ${value.slice(0, length)} ${value.slice(0, length)}`
    expect(redactor.redact(line)).toBe(line)
    expect(redactor.redact(value)).toContain('[secret API_KEY]')
  })

  it('accuses no line of a secret: the public half of a key', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    const redactor = open({ foreign: false })
    redactor.add(Secret.of(pem, 'API_KEY'))
    for (const form of ['pkcs1', 'spki'] as const) {
      const text = publicKey.export({ type: form, format: 'pem' }) as string
      expect(redactor.redact(text)).toBe(text)
    }
    const { d = '', n = '', qi = '' } = privateKey.export({ format: 'jwk' })
    expect(redactor.redact(n)).toBe(n)
    for (const text of [d, qi, Buffer.from(d, 'base64url').toString('hex')]) {
      expect(redactor.redact(text)).toBe('[secret API_KEY]')
    }
    const masked = redactor.redact(pem).split('\n')
    expect(masked[0]).toBe('-----BEGIN PRIVATE KEY-----')
    expect(masked.filter((line) => line.startsWith('[secret API_KEY]')).length).toBeGreaterThan(10)
  })

  it('is what a kind of secret leaves out of its sensitive part, such as the id of a key', () => {
    const secret = random()
    const text = `id-of-key-${'k7Qx'.repeat(4)}.${secret}`
    const value = Secret.of(text, NAME)
    const sensitive = [value, Secret.of(secret, NAME)]
    const current = { name: NAME, version: '1', stage: 'current', value, sensitive } as const
    const redactor = open({ secrets: [createLiveSecret({ name: NAME, revision: '1', current })] })
    const line = `unknown id-of-key-${'k7Qx'.repeat(4)}`
    expect(redactor.redact(line)).toBe(line)
    expect(redactor.redact(`key ${text}!`)).toBe(`key [secret ${NAME}@1]!`)
  })
})

describe('the parts of a structured value', () => {
  it.each([
    ['the password of a URL', (s: string) => `amqp://app:${s}@mq/x`],
    [
      'the password of a URL as it is meant',
      (s: string) => `amqp://app:${encodeURIComponent(s)}@mq/x`,
    ],
    ['a member of a JSON document', (s: string) => json({ user: 'app', auth: [{ password: s }] })],
    ['a line of a file', (s: string) => `USER=app\nPASSWORD=${s}\n`],
    ['the bytes of a key in base64', (s: string) => Buffer.from(s.repeat(2)).toString('base64')],
    ['the bytes of a key in hexadecimal', (s: string) => Buffer.from(s.repeat(2)).toString('hex')],
  ])('are found by themselves: %s', (_, make) => {
    const part = `${random()}+/ü`
    const redacted = openWith(make(part)).redact(`{"a":${json(part)}}`)
    expect(Object.values(JSON.parse(redacted) as object)).toEqual([
      expect.stringMatching(/^\[secret API_KEY\].{0,3}$/),
    ])
  })
})

describe('values that cannot be masked wherever they appear', () => {
  it.each([
    '',
    'short',
    'postgres',
    'changeme',
    'dev-password-1',
    'Password123',
    '123456789012',
    'aaaaaaaaaaaaaaaaaaaaaaaa',
  ])('are left alone, and their secret named: %s', (current) => {
    const redactor = open({ secrets: [createLiveSecret(staged('1', { current }))] })
    redactor.add(Secret.of(current, 'ADDED'))
    expect(redactor.unmaskable).toEqual([NAME, 'ADDED'])
    const line = `the ${current} of a line`
    expect(redactor.redact(line)).toBe(line)
  })

  it.each([
    'x7Qp-9zK',
    'k3yv-2mQ8',
    'qwrtzplkjh',
    'dev-frontend-signing-password',
    'correct horse battery staple',
  ])('do not include %s', (current) => {
    const redactor = open({ secrets: [createLiveSecret(staged('1', { current }))] })
    expect(redactor.unmaskable).toEqual([])
    expect(redactor.redact(current)).not.toContain(current)
  })

  it('are as short as minLength says, which has a floor', () => {
    const redactor = open({ minLength: 12 })
    redactor.add(Secret.of('x7Qp-9zKv3R', 'SHORT'))
    expect(redactor.unmaskable).toEqual(['SHORT'])
    expect(() => open({ minLength: 4 })).toThrow(/at least 8/)
  })
})

describe('markers', () => {
  const markers = [{ literal: 'rk_dev_', label: 'api key' }]

  it('mask to the end of the token', () => {
    const redactor = open({ markers })
    expect(redactor.redact('{"a":"rk_dev_aB3_x-y.","b":"xrk_dev_1"}')).toBe(
      '{"a":"[secret api key].","b":"x[secret api key]"}',
    )
  })

  it('are found at every place', () => {
    const redactor = open({ markers })
    for (let before = 0; before < 20; before += 1) {
      expect(redactor.redact(`${'-'.repeat(before)} rk_dev_x`)).toContain('[secret api key]')
    }
  })

  it('alone are no secret', () => {
    const line = 'keys begin with rk_dev_ here'
    expect(open({ markers }).redact(line)).toBe(line)
  })

  it('must be long enough to be found', () => {
    const short = { markers: [{ literal: 'rk_', label: 'api key' }] }
    expect(() => open(short)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})

describe('a line that cannot be checked', () => {
  it('is withheld', () => {
    const notText = { toString: () => random() } as unknown as string
    expect(open().redact(notText)).toBe('[log line withheld: the redactor failed with TypeError]\n')
  })

  it('is withheld as JSON where it was JSON', () => {
    const text = random()
    const redactor = open({ markers: [{ literal: 'rk_dev_', label: null as unknown as string }] })
    const line = redactor.redact(`{"msg":"rk_dev_${text}"}\n`)
    expect(JSON.parse(line)).toEqual({
      level: 50,
      msg: '[log line withheld: the redactor failed with TypeError]',
    })
    expect(line.endsWith('\n')).toBe(true)
  })
})

describe('a line that spells much more than it is long', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const hex = (text: string) => Buffer.from(text).toString('hex')
  const data = base64(base64(base64('some words '.repeat(2_000))))

  it('is masked where it does, as in base64 three deep, and nowhere else', () => {
    const line = { level: 30, data, time: 1, data_2: base64(base64('some words ')) }
    expect(JSON.parse(openWith(random()).redact(json(line)))).toEqual({
      ...line,
      data: '[secret unread]',
    })
    const text = `GET /?data=${data} 200 12ms`
    expect(openWith(random()).redact(text)).toBe('GET [secret unread] 200 12ms')
  })

  it('is searched for secrets in its other strings, and in lists', () => {
    const text = random()
    const redactor = openWith(text)
    const others = {
      a: encodeURIComponent(hex(text)),
      b: [...Buffer.from(text)],
      c: encodeURIComponent(text),
    }
    expect(JSON.parse(redactor.redact(json({ ...others, data, text })))).toEqual({
      a: '[secret API_KEY]',
      b: ['[secret API_KEY]'],
      c: '[secret API_KEY]',
      data: '[secret unread]',
      text: '[secret API_KEY]',
    })
  })

  it('is reported for the secrets that were found in it', () => {
    const events: LeakEvent[] = []
    const redactor = open({ onLeak: (event) => events.push(event) })
    const text = random()
    redactor.add(Secret.of(text, 'API_KEY'))
    redactor.redact(json({ data: `${text} ${data}` }))
    expect(events.map(({ name }) => name)).toEqual(['API_KEY'])
  })

  it('is searched where it is base64 in base64', () => {
    const text = random()
    const line = json({ data: base64(base64(`${'some words '.repeat(2_000)}${text}`)) })
    expect(openWith(random()).redact(line)).toBe(line)
    expect(openWith(text).redact(line)).toContain('[secret API_KEY]')
  })
})

describe('a line that shows secrets in thousands of places', () => {
  const markers = [{ literal: 'rk_dev_', label: 'api key' }]
  const crowd = 'rk_dev_aB3/'.repeat(20_000)
  const masked = '[secret api key]/'.repeat(20_000)

  it('is masked in each, and in no other', () => {
    const redactor = open({ markers })
    expect(redactor.redact(crowd)).toBe(masked)
    expect(redactor.redact(json({ level: 30, url: crowd, status: 200 }))).toBe(
      json({ level: 30, url: masked, status: 200 }),
    )
    expect(redactor.redact(json(Array(2_000).fill('rk_dev_aB3')))).toBe(
      json(Array(2_000).fill('[secret api key]')),
    )
  })

  it('reports each of its secrets once', () => {
    const events: LeakEvent[] = []
    const redactor = open({ markers, onLeak: (event) => events.push(event) })
    const text = random()
    redactor.add(Secret.of(text, 'SECRET'))
    redactor.redact(`${crowd} ${text}`)
    expect(events.map(({ name }) => name)).toEqual(['api key', 'SECRET'])
  })

  it('is one of secrets: markers alone do not count', () => {
    const line = 'rk_dev_ '.repeat(2_000)
    expect(open({ markers }).redact(line)).toBe(line)
  })
})
