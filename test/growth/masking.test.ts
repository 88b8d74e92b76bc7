// @lane measured
import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { createRedactor, createRedactingStream } from '@rekey/log-redactor'
import { redactPino } from '@rekey/log-redactor/pino'
import { Secret } from '@rekey/secret'
import { growthOf, LINEAR } from '@rekey/testbed/growth'
import { type HostileLine, hostileLines } from '@rekey/testbed/hostile-lines'
import { describe, expect, it, vi } from 'vitest'

vi.setConfig({ testTimeout: 60_000 })

/** A line that is masked in ten thousands of parts: the collector of garbage has more to do with each doubling. Time to the power of 1.5 has 2.83. */
const IN_PARTS = 2.5

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

const HITS = [60, 120, 240, 480, 960]

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
    expect(await growthOf(mask(line), HITS)).toBeLessThanOrEqual(IN_PARTS)
  })
})

/** One hit in 2,048 characters. */
const spread = (size: number, filler: string) =>
  `${filler.repeat(1_900 / filler.length)}${SECRET}`.repeat(size / 2_048)

const LONG_LINES: Readonly<Record<string, HostileLine>> = {
  'of text with secrets': (size) => spread(size, 'x '),
  'of JSON with secrets': (size) => JSON.stringify({ msg: spread(size, 'x ') }),
  'of JSON with secrets and escapes': (size) => JSON.stringify({ msg: spread(size, '\n\\') }),
  'of a marker and many tokens': (size) => 'rk_dev_a/'.repeat(size / 9),
  'of a marker in JSON': (size) => JSON.stringify({ url: 'rk_dev_a/'.repeat(size / 9) }),
  'of a marker between quotes': (size) => JSON.stringify('rk_dev_"'.repeat(size / 10)),
  'of a string that does not end': (size) => `{"a":"${SECRET}${'\\"'.repeat(size / 2)}`,
  'of brackets that do not end': (size) => `${'['.repeat(size)}"${SECRET}"`,
  'of brackets around a secret': (size) => nested(size / 4, [SECRET, SECRET]),
  'of words': (size) => `{"${SECRET}":${'1 '.repeat(size / 2)}}`,
  ...hostileLines(SECRET),
}

describe('a line is checked and masked in linear time, and so is one', () => {
  it.each(Object.entries(LONG_LINES))('%s', async (_, line) => {
    expect(await growthOf(mask(line))).toBeLessThanOrEqual(IN_PARTS)
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
