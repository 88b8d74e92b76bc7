import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { Secret } from '@rekey/secret'
import { expect, it } from 'vitest'
import { createRedactor, createRedactingStream } from '../index.ts'

const secret = randomBytes(24).toString('base64url').replace(/(..)./g, '$17')
const phrase = `${secret.slice(0, 14)} ${secret.slice(14, 28)} é€`

/** Of which neither half is found alone. */
const short = randomBytes(12).toString('base64url').replace(/(..)./g, '$17')

const redactor = createRedactor({ secrets: [] })
redactor.add(Secret.of(secret, 'API_KEY'))
redactor.add(Secret.of(short, 'PIN'))
redactor.add(Secret.of(phrase, 'PASSPHRASE'))

/** What comes out when these pieces go in. */
async function masked(pieces: readonly (string | Uint8Array)[]): Promise<Buffer> {
  const stream = createRedactingStream(redactor)
  for (const piece of pieces) stream.write(piece)
  stream.end()
  return buffer(stream)
}

const cutsOf = (bytes: Buffer) =>
  Array.from(bytes.keys(), (at) => [bytes.subarray(0, at), bytes.subarray(at)])

it('masks a text with secrets, cut in two at any byte, and leaves JSON and the rest as they are', async () => {
  const bytes = JSON.stringify({ bytes: Buffer.from(secret) })
  const message = `{"msg":"a ${secret}","n":[1]}`
  const lines = [message, bytes, `key=${Buffer.from(secret).toString('base64url')}`, 'é and € stay']
  for (const pieces of cutsOf(Buffer.from(`${lines.join('\n')}\nmore`))) {
    const printed = (await masked(pieces)).toString().split('\n')
    expect(JSON.parse(printed[0] ?? '')).toEqual({ msg: 'a [secret API_KEY]', n: [1] })
    expect(printed[1]).toContain('[secret API_KEY]')
    expect(printed[1]).not.toContain(Buffer.from(secret).subarray(0, 12).join())
    expect(printed.slice(2)).toEqual(['key=[secret API_KEY]', 'é and € stay', 'more'])
  }
})

it('masks a secret that has blanks, cut anywhere, but for fewer than twelve characters of its start', async () => {
  for (const pieces of cutsOf(Buffer.from(`pass ${phrase} !`))) {
    const printed = (await masked(pieces)).toString()
    for (let at = 0; at + 12 <= phrase.length; at += 1) {
      expect(printed).not.toContain(phrase.slice(at, at + 12))
    }
    expect(printed).toContain('[secret PASSPHRASE]')
  }
})

it('masks a secret that comes one byte at a time, within a word of any length', async () => {
  for (const size of [0, 3_000, 4_090, 5_000, 20_000]) {
    const word = `${'x-'.repeat(size / 2)}${secret}${'y-'.repeat(size / 2)}`
    const printed = (
      await masked(Array.from(Buffer.from(word), (byte) => Uint8Array.of(byte)))
    ).toString()
    expect(printed.replace(/(?:\[secret API_KEY\])+/, secret)).toBe(word)
    expect(printed).toContain('[secret API_KEY]')
  }
})

it('prints a word that nothing follows before the stream ends, and masks the rest of a secret that began in it', async () => {
  const stream = createRedactingStream(redactor)
  const output = stream.pipe(new PassThrough({ encoding: 'utf8' }))
  const chunks = output[Symbol.asyncIterator]()
  stream.write('Name:')
  expect((await chunks.next()).value).toBe('Name:')
  stream.write(secret.slice(0, 9))
  expect((await chunks.next()).value).toBe(secret.slice(0, 9))
  stream.write(secret.slice(9))
  expect((await chunks.next()).value).toBe('[secret API_KEY]')
  stream.write(' ')
  expect((await chunks.next()).value).toBe(' ')
  stream.write(short.slice(0, 8))
  expect((await chunks.next()).value).toBe(short.slice(0, 8))
  stream.write(short.slice(8))
  expect((await chunks.next()).value).toBe('[secret PIN]')
  stream.end('\n')
  expect(await text(output)).toBe('\n')
})

it('passes bytes of no text as they are', async () => {
  const bytes = randomBytes(300_000)
  const pieces = [bytes.subarray(0, 70_001), bytes.subarray(70_001, 70_002), bytes.subarray(70_002)]
  expect((await masked(pieces)).equals(bytes)).toBe(true)
})
