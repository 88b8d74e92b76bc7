import { once } from 'node:events'
import fs, { readFileSync } from 'node:fs'
import { createRedactor, disclosed, guardProcess } from '../../src/index.ts'
import { Secret } from '@rekey/secret'

export interface Input {
  /** A secret. */
  readonly text: string
  /** In base64. */
  readonly bytes: string
}

/** Prints bytes as fast as it is allowed to, then what it saw of its output, on standard error. */
const { text, bytes: encoded } = JSON.parse(readFileSync(0, 'utf8')) as Input
const bytes = Buffer.from(encoded, 'base64')
const { writeSync } = fs
const ownKeys = () => [process.stdout, process.stderr].map((stream) => Object.keys(stream).length)
const before = ownKeys()

const first = guardProcess()
createRedactor({ secrets: [] }).add(Secret.of(text, 'API_KEY'))

let called = 0
let refused = 0
for (let at = 0; at < bytes.length; at += 100_000) {
  const isFree = process.stdout.write(bytes.subarray(at, at + 100_000), () => (called += 1))
  if (isFree) continue
  refused += 1
  if (refused === 1) console.error('full')
  await once(process.stdout, 'drain')
}
// Called after those of the writes before it.
await new Promise<void>((resolve) => {
  process.stdout.write('', () => {
    resolve()
  })
})
const written = fs.writeSync(2, `${text}\n`)
process.stderr.write('on purpose:')
process.stderr.write(disclosed(`${text}\n`))
const copy = `${new URL('../../src/guard/index.ts', import.meta.url).href}?another-copy`
const another = (await import(copy)) as { guardProcess: typeof guardProcess }
const second = another.guardProcess()
first.close()
first.close()
console.error('still', text)
second.close()
const restored = writeSync === fs.writeSync && ownKeys().join() === before.join()
console.error(JSON.stringify({ called, refused, written, restored }))
