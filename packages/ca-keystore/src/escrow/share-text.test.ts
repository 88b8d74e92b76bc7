import { createHash, randomBytes } from 'node:crypto'
import { Secret } from '@rekey/secret'
import { bech32m } from '@scure/base'
import { expect, it } from 'vitest'
import { failureOf } from '../../test/ca.support.ts'
import { type EscrowShare, encodeShare, readShare } from './share-text.ts'
import { deriveSigningKey, verifierOf } from './derived-key.ts'

const newShare = (changes: Partial<EscrowShare> = {}): EscrowShare => ({
  set: randomBytes(8).toString('hex'),
  ...{ threshold: 2, count: 3, index: 1, holder: 'Zoë' },
  spki: randomBytes(16).toString('hex'),
  bytes: randomBytes(33),
  ...changes,
})
const share = newShare()
const lines = encodeShare(share).text.expose().split('\n')
const read = (text: string) => readShare(Secret.of(text, 'share'), 'alice.txt')

/** The bytes of a line, and a line of bytes. */
const bytesOf = (line = '') => Buffer.from(bech32m.decodeToBytes(line.replaceAll(' ', '')).bytes)
const lineOf = (bytes: Buffer, prefix = 'rk') => bech32m.encodeFromBytes(prefix, bytes)
/** Changes the bytes of a line, and writes it with a checksum that is right. */
const withLine = (at: number, edit: (bytes: Buffer) => Buffer) =>
  lines.with(at, lineOf(edit(bytesOf(lines[at])))).join('\n')
const withByte = (at: number, byte: number, value: (old: number) => number) =>
  withLine(at, (bytes) => {
    bytes[byte] = value(bytes[byte] ?? 0)
    return bytes
  })

it.each(['A', 'Zoë', 'x'.repeat(60)])(
  'reads each part of the share of %s as it was written',
  (holder) => {
    const made = newShare({ holder, threshold: 12, count: 12, index: 11 })
    const { text, commitment, verifier } = encodeShare(made)
    const { key, ...found } = readShare(text, 'share')
    expect(found).toEqual({ ...made, bytes: Uint8Array.from(made.bytes), commitment })
    expect(verifierOf(key)).toBe(verifier)
  },
)

it('has lines that are short enough to type: 35 characters in groups of five, and a rest', () => {
  const letters = lines.map((line) => line.replaceAll(' ', ''))
  expect(letters.map(({ length }) => length)).toEqual([35, 35, 35, 35, 35, 24])
  for (const [at, line] of lines.entries())
    expect(line.split(' ')).toEqual(letters[at]?.match(/.{1,5}/g))
})

it.each<[how: string, edit: (text: string) => string]>([
  ['in capitals', (text) => text.toUpperCase()],
  ['without blanks', (text) => text.replaceAll(' ', '')],
  [
    'with tabs, empty lines and the line ends of Windows',
    (text) => `\r\n\t${text.replaceAll('\n', '\r\n\n')}\n`,
  ],
  ['with blanks up to 2000 characters', (text) => text.padEnd(2000)],
])('reads a share %s', (_, edit) => {
  expect(read(edit(lines.join('\n')))).toMatchObject({ set: share.set })
})

it.each<[what: string, line: number, text: string]>([
  ['a line with a letter too few', 2, lines.with(1, lines[1]?.slice(0, -1) ?? '').join('\n')],
  ['a line of another kind', 1, lines.with(0, lineOf(bytesOf(lines[0]), 'bc')).join('\n')],
  ['a line with nothing but its number and tag', 3, withLine(2, (bytes) => bytes.subarray(0, 4))],
  ['a line that is empty', 3, withLine(2, () => Buffer.alloc(0))],
  [
    'two lines in reverse',
    2,
    lines
      .with(1, lines[2] ?? '')
      .with(2, lines[1] ?? '')
      .join('\n'),
  ],
  ['a line twice', 2, lines.toSpliced(1, 0, lines[0] ?? '').join('\n')],
  ['a line of another tag', 4, withByte(3, 1, (byte) => byte ^ 1)],
  ['a line of another length', 4, withByte(3, 0, (byte) => byte ^ 1)],
  ['its last line missing', 6, lines.slice(0, -1).join('\n')],
])('K30: names the line where there is %s', async (_, line, text) => {
  const error = await failureOf(() => read(text), lines)
  expect(error).toMatchObject({
    code: 'malformed',
    details: { reason: 'share', share: 'alice.txt', line },
  })
  expect(error.message).toMatch(
    new RegExp(`^line ${line} of share alice.txt .*; compare it with the sheet`),
  )
})

it('K30: says which line is in the place of another', async () => {
  const { message } = await failureOf(() => read(lines.toReversed().join('\n')))
  expect(message).toContain('line 1 of share alice.txt has line 6 there')
})

it.each<[what: string, text: string]>([
  [
    'a share with a byte that was changed in a line and its checksum',
    withByte(2, 6, (byte) => byte ^ 1),
  ],
  ['a text of 2001 characters', lines.join('\n').padEnd(2001)],
  ['sixteen lines', Array.from({ length: 16 }, () => lines[0]).join('\n')],
  ['no line', ' \n'],
])('K30: names the share alone where there is %s', async (_, text) => {
  const error = await failureOf(() => read(text), lines)
  expect(error.details).toEqual({ reason: 'share', share: 'alice.txt' })
  expect(error.message).toMatch(/^share alice.txt .*; compare it with the sheet of the custodian$/)
})

/** A share of any bytes, as each release writes one. */
function writtenOf(payload: Buffer): string {
  const tag = createHash('sha256').update('rekey escrow share tag v1\n').update(payload).digest()
  const total = Math.ceil(payload.length / 12)
  return Array.from({ length: total }, (_, at) => {
    const chunk = payload.subarray(at * 12, at * 12 + 12)
    return lineOf(Buffer.concat([Buffer.of(at * 16 + total), tag.subarray(0, 3), chunk]))
  }).join('\n')
}
const payload = Buffer.concat(lines.map((line) => bytesOf(line).subarray(4)))

it('is read by each release: version 1, and the digests of its bytes for a purpose', () => {
  const text = writtenOf(payload)
  expect(text.split('\n')).toEqual(lines.map((line) => line.replaceAll(' ', '')))
  const { commitment, key } = read(text)
  const digest = createHash('sha256').update('rekey escrow share v1\n').update(payload)
  expect(commitment).toBe(digest.digest('hex'))
  const verifier = deriveSigningKey(payload, 'rekey escrow share v1: verifier')
  expect(verifierOf(key)).toBe(verifierOf(verifier))
})

it('says to upgrade for a share of a newer version', async () => {
  const newer = writtenOf(Buffer.concat([Buffer.of(2), payload.subarray(1)]))
  expect(await failureOf(() => read(newer))).toMatchObject({
    code: 'refused',
    details: { reason: 'format', format: 2 },
  })
})

it('takes no share that ends before the name of its custodian', async () => {
  expect(read(writtenOf(payload.subarray(0, 62)))).toMatchObject({ holder: 'Z' })
  for (const length of [1, 60, 61]) {
    const error = await failureOf(() => read(writtenOf(payload.subarray(0, length))))
    expect(error).toMatchObject({ code: 'malformed', details: { reason: 'share' } })
  }
})
