import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { createFakeClock, Secret } from '@rekey/secret'
import { createLiveSecret } from '@rekey/secret/internal'
import { afterEach, describe, expect, it } from 'vitest'
import { BornSecrets } from './born-secrets.ts'
import { createRedactor, type LeakEvent, type Redactor, type RedactorOptions } from './index.ts'

/** Digits all over, so that no part of it can happen to look like a word. */
const random = () => randomBytes(24).toString('base64url').replace(/(..)./g, '$17')

const opened: Redactor[] = []
const kept: Secret[] = []
afterEach(() => {
  for (const redactor of opened.splice(0)) redactor.close()
  kept.splice(0)
})

function open(options: Partial<RedactorOptions> = {}): Redactor {
  const redactor = createRedactor({ secrets: [], ...options })
  opened.push(redactor)
  return redactor
}

/** Makes a secret that lives as long as the test. */
function born(text: string, label = 'BORN'): Secret {
  const secret = Secret.of(text, label)
  kept.push(secret)
  return secret
}

describe('a secret that is made while a redactor is open', () => {
  it('is masked from its first moment, as text and in base64, and counted under its label', () => {
    const events: LeakEvent[] = []
    const redactor = open({ onLeak: (event) => events.push(event) })
    const text = random()
    born(text)
    const base64 = Buffer.from(`token: ${text}`).toString('base64')
    expect(redactor.redact(`a ${text}`)).toBe('a [secret BORN]')
    expect(redactor.redact(base64)).toContain('[secret BORN]')
    expect(events.map(({ name, encoding }) => [name, encoding])).toEqual([
      ['BORN', 'text'],
      ['BORN', 'base64'],
    ])
  })

  it('is masked where another was made from it', () => {
    const redactor = open()
    const derived = random()
    kept.push(born(random()).map(() => derived))
    expect(redactor.redact(derived)).toBe('[secret BORN]')
  })

  it('is masked by each open redactor, and by no closed one, which keeps what it knew', () => {
    const [first, second] = [open(), open()]
    const early = random()
    born(early)
    first.redact('')
    first.close()
    const late = random()
    born(late)
    expect(second.redact(late)).toBe('[secret BORN]')
    second.close()
    const unknown = random()
    born(unknown)
    expect(second.redact(early)).toBe('[secret BORN]')
    expect(second.redact(unknown)).toBe(unknown)
  })

  it('has the name that the redactor was given for it, too', () => {
    const redactor = open()
    const text = random()
    redactor.add(born(text, 'OTHER'))
    const named = open()
    named.add(Secret.of(text, 'NAMED', { announced: false }))
    expect(redactor.redact(text)).toBe('[secret OTHER]')
    expect(named.redact(text)).toBe('[secret NAMED]')
  })

  it('is reported as the version of the live secret that it is, and under its label when that was forgotten', async () => {
    open()
    const clock = createFakeClock()
    const staged = (revision: string, value: Secret) => {
      const version = { name: 'DB', version: revision, stage: 'current' as const, value }
      return { name: 'DB', revision, current: { ...version, sensitive: [value] } }
    }
    const [first, second] = [born(random(), 'LABEL'), born(random(), 'LABEL')]
    const live = createLiveSecret(staged('1', first))
    const redactor = open({ secrets: [live], clock, soakMs: 60_000 })
    const texts = `${first.expose()} ${Buffer.from(second.expose()).toString('hex')}`
    expect(redactor.redact(texts)).toBe('[secret DB@1] [secret LABEL]')
    live.update(staged('2', second))
    expect(redactor.redact(texts)).toBe('[secret DB@1] [secret DB@2]')
    await clock.advance(60_000)
    expect(redactor.redact(texts)).toBe('[secret LABEL] [secret DB@2]')
    expect(redactor.leaks().map(({ name, encoding, count }) => [name, encoding, count])).toEqual([
      ['DB', 'text', 2],
      ['LABEL', 'hex', 1],
      ['DB', 'hex', 2],
      ['LABEL', 'text', 1],
    ])
  })

  it('is taken apart: the password of a URL, the numbers of a key, the bytes of hexadecimal', () => {
    const redactor = open()
    const password = random()
    born(`postgres://app:${password}@db.example/app`)
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    born(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())
    const bytes = randomBytes(32)
    born(bytes.toString('hex'))
    expect(redactor.redact(`db.example ${password}`)).toBe('db.example [secret BORN]')
    const jwk = privateKey.export({ format: 'jwk' })
    expect(redactor.redact(`"${jwk.d ?? ''}"`)).toContain('[secret BORN]')
    expect(redactor.redact(jwk.x ?? '')).toBe(jwk.x)
    expect(redactor.redact(bytes.toString('base64'))).toContain('[secret BORN]')
  })

  it('masks of a JSON document what is named like a secret, and no date, name or identifier', () => {
    const redactor = open()
    const [password, claim, at] = [random(), random(), new Date().toISOString()]
    const document = { claim, at, host: 'db-7.example:5432', login: { password } }
    born(JSON.stringify(document))
    expect(redactor.redact(JSON.stringify(document))).toBe(
      JSON.stringify({ ...document, login: { password: '[secret BORN]' } }),
    )
  })

  it('masks of a JSON document no name that is in its label', () => {
    const redactor = open()
    const [secret, password] = ['API_KEY_SHOP_STOCK', random()]
    born(JSON.stringify({ outcome: { secret, password } }), `REKEY_ROTATION_${secret}`)
    expect(redactor.redact(`${secret} has ${password}`)).toBe(
      `${secret} has [secret REKEY_ROTATION_${secret}]`,
    )
  })

  it('masks nothing where its value is short, a common word, or empty', () => {
    const redactor = open()
    const texts = ['', 'x7', 'changeme', 'postgres', 'true', 'undefined']
    for (const text of texts) born(text)
    const line = JSON.stringify({ level: 30, texts })
    expect(redactor.redact(line)).toBe(line)
    expect(redactor.unmaskable).toEqual([])
  })

  it('masks nothing where it is a page around others, or no text', () => {
    const redactor = open()
    const text = random()
    kept.push(Secret.of(text, 'PAGE', { announced: false }))
    const value = { number: 12345678901 }
    Secret.of(value, 'OBJECT')
    expect(redactor.redact(`${text} ${JSON.stringify(value)}`)).toBe(
      `${text} ${JSON.stringify(value)}`,
    )
  })

  it('is masked where it is bytes, in every spelling and in part, until they are wiped', () => {
    const redactor = open()
    const text = random()
    const bytes = Buffer.from(text)
    const secret = Secret.of(bytes, 'PASSPHRASE')
    const spellings = {
      text,
      'a part': text.slice(7, 20),
      'an escape': `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}${text.slice(1)}`,
      base64: Buffer.from(`of ${text}`).toString('base64'),
      hexadecimal: bytes.toString('hex'),
      'inspected bytes': inspect(bytes, { breakLength: Infinity }),
      'a list': JSON.stringify(bytes),
    }
    const masked = (spelled: string) => redactor.redact(`it is ${spelled}.`)
    for (const [name, spelled] of Object.entries(spellings)) {
      expect(masked(spelled), name).toContain('[secret PASSPHRASE]')
      expect(masked(spelled), name).not.toContain(spelled)
    }
    const wiped = bytes.subarray()
    wiped.fill(0)
    expect(masked(text)).toBe(`it is ${text}.`)
    expect(masked('\0'.repeat(bytes.length))).not.toContain('secret')
    bytes.write(text)
    expect(masked(text)).toBe('it is [secret PASSPHRASE].')
    secret[Symbol.dispose]()
    expect(masked(text)).toBe(`it is ${text}.`)
  })

  it('is masked where it is bytes of no text, and hides no line that has as much of its words', () => {
    const redactor = open()
    const key = randomBytes(32)
    const words = Buffer.from('correct horse battery staple')
    const secrets = [Secret.of(key, 'KEY'), Secret.of(words, 'WORDS')]
    expect(redactor.redact(key.toString('base64'))).toContain('[secret KEY]')
    expect(redactor.redact(JSON.stringify({ key: Array.from(key) }))).toBe(
      '{"key":["[secret KEY]"]}',
    )
    expect(redactor.redact('a correct horse ')).toBe('a correct horse ')
    expect(redactor.redact(`is ${words.toString()}`)).toBe('is [secret WORDS]')
    expect(secrets).toHaveLength(2)
  })

  it('L3: is masked beside 100 others and one of 1 MB, which is reported as not masked', () => {
    const redactor = open()
    const names: string[] = []
    redactor.watchUnfound((name) => names.push(name))
    const secrets = Array.from({ length: 100 }, () => Secret.of(randomBytes(256), 'BYTES'))
    const large = [Secret.of(randomBytes(4_096), 'LARGE'), Secret.of(randomBytes(2 ** 20), 'HUGE')]
    for (const secret of [...secrets, ...large.slice(0, 1)]) {
      const line = redactor.redact(`of ${secret.expose().toString('base64').slice(-120)}`)
      expect(line).toContain(`[secret ${secret.label}]`)
    }
    expect(names).toEqual(['HUGE'])
  })

  it('is announced by another copy of the package as well', async () => {
    const redactor = open()
    const text = random()
    const copy = '../../secret/src/secret.ts?another-copy'
    const other = (await import(copy)) as { Secret: typeof Secret }
    expect(other.Secret).not.toBe(Secret)
    kept.push(other.Secret.of(text, 'OTHER_COPY'))
    expect(redactor.redact(text)).toBe('[secret OTHER_COPY]')
  })
})

it('forgets a value ten minutes after its last secret was collected, and no other', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const clock = createFakeClock()
  const secrets = new BornSecrets(clock)
  const stop = secrets.keep()
  const held: Secret[] = []
  const fill = (count: number) => {
    for (let i = 0; i < count; i += 1) held.push(Secret.of(random(), 'BORN'))
    const text = held[0]?.expose() ?? ''
    held.push(Secret.of(text, 'TWIN'))
    const shared = Secret.of(text, 'SHARED', { announced: false })
    expect(secrets.share(shared, text)).toEqual({ name: 'BORN' })
    held.push(shared)
  }
  const survives = async () => {
    collect()
    await turn()
    await clock.advance(600_000)
    return !secrets.isEmpty
  }
  fill(100)
  expect(secrets.isEmpty).toBe(false)
  stop()
  for (let i = 0; i < 5; i += 1) expect(await survives()).toBe(true)
  held.splice(1, 99)
  expect(await survives()).toBe(true)
  while (held.length > 1) {
    held.splice(0, 1)
    for (let i = 0; i < 3; i += 1) expect(await survives()).toBe(true)
  }
  held.splice(0)
  for (let i = 0; i < 100 && !secrets.isEmpty; i += 1) await survives()
  expect(secrets.isEmpty).toBe(true)
})

it('keeps no copy of bytes, and forgets their secret with it', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const secrets = new BornSecrets(createFakeClock())
  const stop = secrets.keep()
  const find = (text: string) => {
    let label: string | undefined
    secrets.bytes.scan({ text }, new Int32Array(0), 0, ({ owner }) => ((label = owner.name), true))
    return label
  }
  const text = random()
  const held = [Secret.of(Buffer.from(text), 'BYTES')]
  secrets.indexQueued()
  stop()
  expect(find(text)).toBe('BYTES')
  expect(secrets.index.isEmpty).toBe(true)
  held.splice(0)
  for (let i = 0; i < 100 && !secrets.isEmpty; i += 1) {
    // A turn of its own: what a turn has looked at lives until its end.
    await turn()
    collect()
    find(text)
  }
  expect(secrets.isEmpty).toBe(true)
})
