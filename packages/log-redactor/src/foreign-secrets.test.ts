import { randomBytes, randomInt } from 'node:crypto'
import { inspect } from 'node:util'
import { Secret } from '@rekey/secret'
import { describe, expect, it } from 'vitest'
import { createRedactor } from './index.ts'
import { fillSample, SECRET_FORMATS } from './signs/index.ts'

const redactor = createRedactor({ secrets: [] })

const json = (value: unknown) => JSON.stringify(value)
const base64 = (text: string) => Buffer.from(text).toString('base64')

const TOKEN = fillSample('{alnum:12}7{alnum:12}')
/** As people choose them: short, made of words, with a quote. */
const PASSWORD = `hunter${randomBytes(1).toString('hex')}"x!`
const PLAIN = `hunter${String(randomInt(1_000, 10_000))}`

/** A name in all its styles. */
const styles = (...words: string[]) => {
  const capital = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return [
    ...[words.join('_'), words.join('-'), words.join('_').toUpperCase(), capital.join('')],
    `${words[0] ?? ''}${capital.slice(1).join('')}`,
  ]
}

const NAMES = [
  ...styles('user', 'password'),
  ...styles('x', 'api', 'key'),
  ...styles('client', 'secret'),
  ...styles('access', 'token'),
  ...styles('db', 'pwd'),
  ...styles('id', 'jwt'),
  ...styles('smtp', 'pass'),
  ...styles('private', 'key'),
  ...[
    'password',
    'PASSWORD',
    'passwd',
    'secret',
    'apiKey',
    'apikey',
    'token',
    'passphrase',
    'PGPASSWORD',
    'jwt',
    'pwd',
  ],
  ...['signingKeyHex', 'tokenValue', 'newPassword', 'password2', 'credentials', 'accountKey'],
]

describe('a text under the name of a secret', () => {
  it.each(NAMES)('is masked, wherever in a line %s is and however the line is written', (name) => {
    for (const value of [TOKEN, PLAIN + TOKEN.slice(0, 4)]) {
      for (let before = 0; before < 5; before += 1) {
        const at = 'x'.repeat(before)
        const lines = [
          json({ at, [name]: value, b: 1 }),
          json({ at, a: [{ b: { c: { [name]: value } } }] }),
          json({ at, msg: json({ [name]: value }) }),
          json({ at, msg: json({ msg: json({ [name]: value }) }) }),
          json({ at, msg: inspect({ [name]: value }) }),
          `${at} ${name}=${value} b=1`,
          `${at} ${name}="${value}" b=1`,
          `${at}\n${name}: ${value}\nb: 1`,
          `GET /${at}?a=1&${name}=${value}&b=1`,
          `${at} ${inspect(new Map([[name, value]]))}`,
          `${at} app --${name} ${value} --b`,
          `${at}<${name}>${value}</${name}>`,
          `${at} ${encodeURIComponent(json({ [name]: value }))}`,
        ]
        for (const line of lines) expect(redactor.redact(line)).not.toContain(value)
      }
    }
  })

  it('is masked where the bytes of the text are printed', () => {
    for (const name of ['password', 'client_secret', 'apiKey']) {
      const text = json({ user: 'app', [name]: PLAIN, zone: 'eu' })
      for (const encoding of ['base64', 'base64url', 'hex'] as const) {
        const line = `got ${Buffer.from(text).toString(encoding)} there`
        const masked = redactor.redact(line)
        expect(masked).toContain('[secret ')
        const shown = [...masked.matchAll(/[\w+/-]{8,}/g)].map(([run]) =>
          Buffer.from(run, encoding),
        )
        expect(shown.map(String).join(' ')).not.toContain(PLAIN.slice(3))
      }
    }
  })

  it('gives its place to a tag alone, and leaves the rest of the line', () => {
    const line = json({ level: 30, user: 'a', password: PASSWORD, n: [1] })
    expect(JSON.parse(redactor.redact(line))).toEqual({
      ...{ level: 30, user: 'a', n: [1] },
      password: '[secret password]',
    })
    expect(redactor.redact(`a=1 token=${TOKEN} b=2`)).toBe('a=1 token=[secret token] b=2')
  })

  it.each(['Pw', 'PW', 'OTP', 'Otp'])(
    'is masked though it ends as names of secrets do: %s',
    (end) => {
      for (let draw = 0; draw < 20; draw += 1) {
        const value = `${fillSample('{alnum:12}7{alnum:11}')}q${end}`
        expect(redactor.redact(`a=1 token=${value} b=2`)).toBe('a=1 token=[secret token] b=2')
      }
    },
  )

  it('is masked to its end, whatever quotes and backslashes are in it', () => {
    const value = `a"b\\c'd\\\\"${PLAIN}`
    for (const line of [
      json({ password: value, b: 1 }),
      json({ msg: json({ password: value, b: 1 }) }),
      json({ msg: json({ msg: json({ password: value }) }) }),
    ]) {
      const masked = redactor.redact(line)
      expect(masked).not.toContain(PLAIN)
      expect(() => JSON.parse(masked) as unknown).not.toThrow()
    }
  })

  it.each([
    ['Authorization', `Bearer ${TOKEN}`, 'Bearer [secret authorization]'],
    ['authorization', `Basic ${base64(`app:${PLAIN}`)}`, 'Basic [secret authorization]'],
    ['Proxy-Authorization', TOKEN, '[secret authorization]'],
    ['Cookie', `sid=${TOKEN}; theme=dark`, '[secret cookie]'],
    ['set-cookie', `sid=${TOKEN}; HttpOnly`, '[secret cookie]'],
    ['X-Api-Key', TOKEN, '[secret api key]'],
    ['x-auth-token', TOKEN, '[secret token]'],
  ])('is masked as a header: %s', (name, value, masked) => {
    expect(redactor.redact(`Host: a\r\n${name}: ${value}\r\nAccept: b`)).toBe(
      `Host: a\r\n${name}: ${masked}\r\nAccept: b`,
    )
    for (const headers of [{ [name]: value }, ['Host', 'a', name, value], { [name]: [value] }]) {
      expect(redactor.redact(json({ headers }))).toBe(json({ headers }).replace(value, masked))
      expect(redactor.redact(inspect({ headers }))).not.toContain(TOKEN)
    }
  })

  it.each(['postgresql://app:%s@db/x', 'https://a:%s@host.example/', 'amqp://:%s@mq'])(
    'is masked as the password of a URL: %s',
    (url) => {
      const line = json({ msg: `cannot reach ${url.replace('%s', PLAIN)}` })
      expect(redactor.redact(line)).toBe(line.replace(PLAIN, '[secret password]'))
    },
  )
})

describe('a text of a format that its issuer made', () => {
  it.each(SECRET_FORMATS.map(({ what, sample }) => [what, sample] as const))(
    'is masked without a name, in each encoding: %s %s',
    (_, sample) => {
      for (let draw = 0; draw < 5; draw += 1) {
        const text = fillSample(sample)
        const secret =
          text
            .trim()
            .split('\n')
            .at(text.includes('\n') ? 1 : 0) ?? ''
        for (const line of [
          `got ${text} there`,
          json({ a: { b: [`got\n${text}`] } }),
          `/x?a=${encodeURIComponent(`=${text}`)}`,
          json({ msg: json({ a: text }) }),
        ]) {
          const masked = redactor.redact(line)
          expect(masked).toContain('[secret ')
          expect(masked).not.toContain(secret.slice(-16))
        }
        const encoded = base64(`{"a":"${text}"}`)
        expect(redactor.redact(encoded)).not.toBe(encoded)
        const hex = Buffer.from(`a ${text}`).toString('hex')
        expect(redactor.redact(hex)).not.toBe(hex)
      }
    },
  )
})

describe('what is named like a secret and is none', () => {
  it.each([
    json({ tokenCount: 12, passwordLength: '12', hasPassword: true, token: false, password: null }),
    json({ passwordPolicy: 'strict-12', secretName: 'db/main', tokenId: TOKEN, keyId: TOKEN }),
    json({ passwordHash: TOKEN, publicKey: TOKEN, cacheKey: TOKEN, nextPageToken: 7 }),
    json({ type: 'leak', secret: 'DATABASE_FRONTEND', version: '3fa1c09b2e' }),
    json({ secret: 'api-key frontend:signing@3fa1c09b2e', stage: 'current' }),
    json({ errors: { password: 'is too short', token: 'has expired' } }),
    json({ password: '***', token: '[Redacted]', secret: '[secret X@1]', apiKey: '<hidden>' }),
    json({ field: 'password', token: 'accessToken', credentials: 'include' }),
    json({ password: '', secret: 'vault:secret/myapp', token: '/run/secrets/token' }),
    json({ dependencies: { cookie: '^1.0.0', jsonwebtoken: '^9.0.0' } }),
    'Unexpected token: } in JSON at position 4',
    'Invalid token: expected a string',
    'password: required',
    'The password for user admin was changed.',
    'the bearer of good news, and Basic authentication',
    'secret: missing, token: undefined, tokens=12',
    'Loaded secrets: DATABASE_FRONTEND, API_KEY_FRONTEND_SIGNING',
    'password=${DB_PASSWORD} token={{token}}',
    'const token = readToken(request), password = form.password',
    '[API keys: stuck](#api-keys-stuck)',
    'https://example.com:8080/a@b?u=c@d, see http://h:80/x',
    'postgresql://app@db/x, postgresql://app:***@db/x',
    'rekey rotate api-key frontend:signing --without 10.0.0.3:9090',
  ])('is left alone, also where its bytes are printed: %s', (line) => {
    expect(redactor.redact(line)).toBe(line)
    const encoded = `a ${base64(line)} b ${Buffer.from(line).toString('hex')}`
    expect(redactor.redact(encoded)).toBe(encoded)
  })
})

describe('the option foreign', () => {
  it('turns names and formats off', () => {
    const line = json({ password: PASSWORD, msg: fillSample('npm_{alnum:36}') })
    expect(createRedactor({ secrets: [], foreign: false }).redact(line)).toBe(line)
  })
})

it('a secret that no store gave is no leak of one that a store did', () => {
  const own = createRedactor({ secrets: [] })
  own.redact(json({ password: PASSWORD }))
  expect(own.leaks()).toEqual([])
})

describe('a string with more values to judge than 16, and one in 128 characters', () => {
  const crowd = (count: number, value = () => fillSample('a{hex:12}7')) => {
    const values = Array.from({ length: count }, value)
    return { values, text: values.map((each) => `token=${each}`).join(' ') }
  }
  const shown = (masked: string, values: readonly string[]) =>
    values.filter((value) => masked.includes(value))

  it('shows none of them, and the rest of its line is as it was', () => {
    const { values, text } = crowd(500)
    const line = {
      level: 30,
      msg: text.replaceAll(' ', '&'),
      secret: 'DATABASE',
      after: 'token=none',
    }
    const { msg, ...others } = JSON.parse(redactor.redact(json(line))) as typeof line
    expect(shown(msg, values)).toEqual([])
    expect(msg).toMatch(/^(?:token=\[secret token\]&)+token=\[secret unread\]$/)
    // Those are counted by string from the seventeenth of the line on.
    expect(msg.split('[secret token]').length - 1).toBe(32 + Math.floor(line.msg.length / 128))
    expect({ msg: line.msg, ...others }).toEqual(line)
  })

  it('is a word of a line that is no JSON, or what stands between quotes there', () => {
    const query = crowd(500).text.replaceAll(' ', '&')
    for (const [before, after] of [
      ['10.0.0.1 GET /?', ' 200 12 ms token=none\n'],
      ['10.0.0.1 "GET /?', ' HTTP/1.1" 200 "-"\n'],
    ] as const) {
      const masked = redactor.redact(before + query + after)
      expect(masked.startsWith(before)).toBe(true)
      expect(masked).toContain('[secret unread]')
      expect(masked.endsWith(after.replace(' HTTP/1.1', ''))).toBe(true)
    }
  })

  it('stays JSON, and shows none in any spelling', () => {
    const { values, text } = crowd(500)
    for (const spelled of [text, json({ text }), base64(text), encodeURIComponent(text)]) {
      const line = `${json({ level: 30, msg: spelled, after: text, time: 1 })}\n`
      const masked = redactor.redact(line)
      expect(JSON.parse(masked)).toMatchObject({ level: 30 })
      expect(masked).toMatch(/\n$/)
      expect(shown(masked, [...values, ...values.map(base64)])).toEqual([])
      expect(masked).not.toContain(base64(text).slice(-200))
    }
  })

  it('is read as any other while they are no values', () => {
    const { text } = crowd(60, () => 'required')
    expect(redactor.redact(text)).toBe(text)
  })

  it('is masked where a known secret is beyond them', () => {
    const own = createRedactor({ secrets: [] })
    const secret = fillSample('{word:43}')
    own.add(Secret.of(secret, 'SECRET'))
    const masked = own.redact(`${crowd(500).text} and ${secret}`)
    expect(masked).not.toContain(secret)
    expect(own.leaks()).toMatchObject([{ name: 'SECRET', count: 1 }])
  })

  it('shows none of many in other places: URLs, headers, keys of vendors', () => {
    for (const sample of ['a://b:{alnum:20}@c', 'Bearer 0a1b2c3d{hex:16}', 'npm_{alnum:36}']) {
      const values = Array.from({ length: 500 }, () => fillSample(sample))
      const masked = redactor.redact(json({ msg: values.join(' ') }))
      expect(shown(masked, values)).toEqual([])
      expect(masked).toContain('[secret unread]')
    }
  })
})
