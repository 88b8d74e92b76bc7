import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { createRedactor } from '@rekey/log-redactor'
import { createRedactingStream } from '@rekey/log-redactor/guard'
import { redactPino } from '@rekey/log-redactor/pino'
import { Secret } from '@rekey/secret'
import { growthOf, LINEAR } from '@rekey/testbed/growth'
import { describe, expect, it, vi } from 'vitest'

vi.setConfig({ testTimeout: 60_000 })

const KEY = `rk_dev_${randomBytes(16).toString('hex')}`
const SECRET = randomBytes(32).toString('base64url').replace(/(..)./g, '$17')

const redactor = createRedactor({
  secrets: [],
  markers: [{ literal: 'rk_dev_', label: 'api key' }],
})
redactor.add(Secret.of(SECRET, 'SECRET'))
for (const weak of ['k3y', 'changeme']) redactor.add(Secret.of(weak, 'WEAK'))

const mask = (line: (size: number) => string) => (size: number) => {
  const text = line(size)
  return () => redactor.redact(text)
}

/** Up to the most hits of a line that is masked. */
const HITS = [60, 120, 240, 480, 960]

const base64 = (text: string) => Buffer.from(text).toString('base64')

const times = <T>(count: number, make: (i: number) => T) =>
  Array.from({ length: count }, (_, i) => make(i))

function nested(depth: number, inner: unknown): string {
  return `${'[1,'.repeat(depth)}${JSON.stringify(inner)}${']'.repeat(depth)}`
}

const HIT_LINES: Readonly<Record<string, (hits: number) => string>> = {
  'in text': (hits) => `${KEY} ${SECRET} `.repeat(hits / 2),
  'in one string': (hits) => JSON.stringify({ url: '/rk_dev_a'.repeat(hits) }),
  'in one string of escapes': (hits) => JSON.stringify({ a: `\n"${SECRET}\u0001`.repeat(hits) }),
  'in as many strings': (hits) => JSON.stringify(times(hits, () => SECRET)),
  'in as many keys': (hits) =>
    JSON.stringify(Object.fromEntries(times(hits, (i) => [`${i} ${SECRET}`, i]))),
  'in as many lists of bytes': (hits) =>
    JSON.stringify(times(hits / 4, () => [0, ...Buffer.from(SECRET)])),
  'in as many printed lists of bytes': (hits) =>
    `Uint8Array(43) [ ${Buffer.from(SECRET).join(', ')} ]`.repeat(hits / 2),
  'in objects inside objects': (hits) =>
    times(hits, () => `{"a":"${SECRET}","b":`).join('') + '1' + '}'.repeat(hits),
  'deep in arrays': (hits) =>
    nested(
      hits * 20,
      times(hits, () => SECRET),
    ),
}

describe('masking a line takes linear time in its hits', () => {
  it.each(Object.entries(HIT_LINES))('%s', async (_, line) => {
    expect(redactor.redact(line(960))).not.toContain('withheld')
    expect(redactor.redact(line(960))).toContain('[secret ')
    expect(await growthOf(mask(line), HITS)).toBeLessThanOrEqual(LINEAR)
  })
})

/** One hit in 2,048 characters. */
const spread = (size: number, filler: string) =>
  `${filler.repeat(1_900 / filler.length)}${SECRET}`.repeat(size / 2_048)

const LONG_LINES: Readonly<Record<string, (size: number) => string>> = {
  'of text with secrets': (size) => spread(size, 'x '),
  'of JSON with secrets': (size) => JSON.stringify({ msg: spread(size, 'x ') }),
  'of JSON with secrets and escapes': (size) => JSON.stringify({ msg: spread(size, '\n\\') }),
  'of a marker and one token': (size) => 'rk_dev_'.repeat(size / 7),
  'of a marker and many tokens': (size) => 'rk_dev_a/'.repeat(size / 9),
  'of a marker in JSON': (size) => JSON.stringify({ url: 'rk_dev_a/'.repeat(size / 9) }),
  'of a marker alone': (size) => 'rk_dev_ '.repeat(size / 8),
  'of a marker between quotes': (size) => JSON.stringify('rk_dev_"'.repeat(size / 10)),
  'of a name of printed bytes': (size) => 'Uint8Array( '.repeat(size / 12),
  'of printed bytes that do not end': (size) => 'Uint8Array(9) [1, '.repeat(size / 18),
  'of short lists of printed bytes': (size) => 'Uint8Array(2) [1, 2] '.repeat(size / 21),
  'of one list of printed bytes': (size) => `Uint8Array(9) [${'1, '.repeat(size / 3)}`,
  'of backslashes after a name of bytes': (size) => `Uint8Array(9)${'\\'.repeat(size)}`,
  'of backslashes among printed bytes': (size) => `Uint8Array(9) [1${'\\n\\'.repeat(size / 3)}`,
  'of a string that does not end': (size) => `{"a":"${SECRET}${'\\"'.repeat(size / 2)}`,
  'of brackets that do not end': (size) => `${'['.repeat(size)}"${SECRET}"`,
  'of brackets around a secret': (size) => nested(size / 4, [SECRET, SECRET]),
  'of escapes': (size) => '\\n'.repeat(size / 2),
  'of escaped escapes': (size) => '\\'.repeat(size),
  'of percent signs': (size) => '%25'.repeat(size / 3),
  'of one percent sign, escaped again and again': (size) => `%${'25'.repeat(size / 2)}`,
  'of entities': (size) => '&amp;'.repeat(size / 5),
  'of ampersands': (size) => '&'.repeat(size),
  'of every sign': (size) => `\\%&''""`.repeat(size / 7),
  'of base64': (size) => 'aB3x'.repeat(size / 4),
  'of base64 in base64': (size) => base64(base64(base64('aB3x'.repeat(size / 12)))),
  'of short runs of base64': (size) => 'aB3xaB3xaB3xaB3xaB3x '.repeat(size / 21),
  'of hexadecimal': (size) => '6a'.repeat(size / 2),
  'of pairs': (size) => '6a '.repeat(size / 3),
  'of numbers': (size) => '106,'.repeat(size / 4),
  'of indexed numbers': (size) => '"1":106,'.repeat(size / 8),
  'of base32': (size) => 'NBSWY3DP'.repeat(size / 8),
  'of words': (size) => `{"${SECRET}":${'1 '.repeat(size / 2)}}`,
  'of names of secrets': (size) => 'password '.repeat(size / 9),
  'of names of secrets and quotes': (size) => 'password="'.repeat(size / 10),
  'of names of secrets and escaped quotes': (size) => 'token=\\"'.repeat(size / 8),
  'of one name of a secret': (size) => 'token_'.repeat(size / 6),
  'of names of secrets in JSON': (size) => `{"token":"x${'\\"'.repeat(size / 2)}"}`,
  'of a secret without a name after one': (size) => `password='${'x'.repeat(size)}`,
  'of users of URLs': (size) => 'a://b:c@'.repeat(size / 8),
  'of URLs without a password': (size) => `a://${'b:'.repeat(size / 2)}`,
  'of schemes of headers': (size) => 'Basic YTpi '.repeat(size / 11),
  'of starts of tokens': (size) => 'eyJhbGciOiJIUzI1.'.repeat(size / 17),
  'of starts of tokens in one': (size) => 'eyJ-'.repeat(size / 4),
  'of starts of keys': (size) => '-----BEGIN PRIVATE KEY-----'.repeat(size / 27),
  'of starts of keys of vendors': (size) => 'sk-xoxb-1-ghp_AKIA'.repeat(size / 18),
  'of the start of a secret': (size) => SECRET.slice(0, 11).repeat(size / 11),
}

describe('a line is checked and masked in linear time, and so is one', () => {
  it.each(Object.entries(LONG_LINES))('%s', async (_, line) => {
    expect(await growthOf(mask(line))).toBeLessThanOrEqual(LINEAR)
  })
})

const PATHS = { paths: ['*.secret', 'list[*]', 'a.*.b'], remove: true }
const censorPaths = redactPino(redactor, { redact: PATHS }).hooks?.streamWrite

const PATH_LINES: Readonly<Record<string, (size: number) => string>> = {
  'members that are taken out': (size) =>
    JSON.stringify({ x: Object.fromEntries(times(size / 16, (i) => [`a${i}`, { secret: 1 }])) }),
  'elements that are taken out': (size) => JSON.stringify({ list: times(size / 2, () => 1) }),
  'objects in a message': (size) =>
    JSON.stringify({ msg: '{"x":{"secret":1}} '.repeat(size / 20) }),
  'braces in a message': (size) => JSON.stringify({ msg: `secret ${'{'.repeat(size)}` }),
  'words in braces in a message': (size) =>
    JSON.stringify({ msg: `secret ${'{a'.repeat(size / 2)}` }),
  'quotes in braces in a message': (size) =>
    JSON.stringify({ msg: `secret ${'{"\\"'.repeat(size / 4)}` }),
}

describe('paths are censored in linear time, with as many', () => {
  it.each(Object.entries(PATH_LINES))('%s', async (_, line) => {
    const censor = (size: number) => {
      const text = line(size)
      return () => censorPaths?.(text)
    }
    expect(censorPaths).toBeDefined()
    expect(await growthOf(censor)).toBeLessThanOrEqual(LINEAR)
  })
})

const read = (stream: Readable) => stream.read() as Buffer | null

/** A stream in pieces of 1,000 bytes. */
const pass = (line: (size: number) => string) => (size: number) => {
  const pieces = line(size).match(/[^]{1,1000}/g) ?? []
  return () => {
    const stream = createRedactingStream(redactor)
    let passed = ''
    for (const piece of pieces) {
      stream.write(piece)
      for (let chunk = read(stream); chunk !== null; chunk = read(stream))
        passed += chunk.toString()
    }
    return passed
  }
}

const STREAMS: Readonly<Record<string, (size: number) => string>> = {
  'without a blank or a line end': (size) => 'x-'.repeat(size / 2),
  'of short lines': (size) => 'x y\n'.repeat(size / 4),
  'of secrets': (size) => `${SECRET} `.repeat(size / (SECRET.length + 1)),
}

describe('a stream is masked in linear time, and no more of it is held than a few thousand characters', () => {
  it.each(Object.entries(STREAMS))('%s', async (_, line) => {
    const passed = pass(line)(1_048_576)().replaceAll('[secret SECRET]', SECRET)
    expect(passed.length).toBeGreaterThan(1_040_000)
    expect(await growthOf(pass(line))).toBeLessThanOrEqual(LINEAR)
  })
})
