import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { compileFunction } from 'node:vm'
import { type DestinationStream, type LoggerOptions, pino } from 'pino'
import { expect, it } from 'vitest'
import { createRedactor } from '../index.ts'
import { redactPino } from '../pino.ts'

/** Of pino's own tests, those in which a child prints a value that its parent redacts. */
const DIFFERENT = new Set(['child can customize redact', 'child can remove parent redact by array'])

/** Without names and formats of its own, so that paths alone decide. */
const redactor = createRedactor({ secrets: [], foreign: false })
const folder = join(dirname(createRequire(import.meta.url).resolve('pino')), 'test')
const own = createRequire(join(folder, 'redact.test.js'))

const ours = (options: LoggerOptions, stream?: DestinationStream) =>
  pino(redactPino(redactor, options), stream)

/** The helper of those tests: a stream that emits each line, parsed, as `data`, in a later turn. */
const helper = {
  sink() {
    const stream = new EventEmitter()
    const write = (line: string) =>
      setImmediate(() => stream.emit('data', JSON.parse(line) as unknown))
    return Object.assign(stream, { write })
  },
  once: async (stream: EventEmitter, name: string) => ((await once(stream, name)) as unknown[])[0],
}

type PinoTest = readonly [title: string, work: () => Promise<void>]

/** The tests that the package of pino has for its option `redact`, with {@link ours} for pino. */
function testsOfPino(): readonly PinoTest[] {
  const tests: PinoTest[] = []
  const modules = new Map<string, unknown>([
    ['../', ours],
    ['./helper', helper],
    ['node:test', (...each: PinoTest) => tests.push(each)],
  ])
  const text = readFileSync(join(folder, 'redact.test.js'), 'utf8')
  const run = compileFunction(text, ['require']) as (load: (name: string) => unknown) => void
  run((name) => modules.get(name) ?? (own(name) as unknown))
  return tests
}

const tests = testsOfPino()

it('is tried by as many tests as pino has', () => {
  expect(tests.length).toBeGreaterThanOrEqual(57)
})

it.each(tests)('passes the test of pino: %s', async (title, work) => {
  if (DIFFERENT.has(title)) await expect(work()).rejects.toThrow("'[Redacted]' == ")
  else await work()
})
