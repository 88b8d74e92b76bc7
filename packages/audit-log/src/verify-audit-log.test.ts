import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AuditDamage, AuditEntry, AuditHead } from './internal.ts'
import { openAuditLog, verifyAuditLog } from './index.ts'

const COUNT = 10

let directory: string
let sound: string[]
let head: AuditHead
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-verify-'))
  const path = join(directory, 'sound.jsonl')
  await using log = await openAuditLog({ path })
  for (let i = 1; i <= COUNT; i += 1) {
    const details = { round: i, note: 'é' }
    await log.record({ actor: 'a', action: 'stage', subject: 'KEY', outcome: 'succeeded', details })
  }
  sound = (await readFile(path, 'utf8')).trimEnd().split('\n')
  head = log.head
})
afterAll(() => rm(directory, { recursive: true }))

async function verify(text: string | Buffer, anchor?: AuditHead) {
  const path = join(directory, 'tampered.jsonl')
  await writeFile(path, text)
  return verifyAuditLog(path, anchor)
}

const text = (lines: string[]) => lines.map((line) => `${line}\n`).join('')

/** Chains lines anew after a change, as somebody with time and write access would. */
function rechained(lines: string[]): string[] {
  let prev = '0'.repeat(64)
  return lines.map((line, i) => {
    const entry = { ...(JSON.parse(line) as AuditEntry), seq: i + 1, prev }
    const written = JSON.stringify(entry)
    prev = createHash('sha256').update(written).digest('hex')
    return written
  })
}

type Tamper = (lines: string[]) => string | Buffer

const edited = (lines: string[], at: number, from: string, to: string) =>
  text(lines.map((line, i) => (i === at - 1 ? line.replace(from, to) : line)))

const tampering: Record<string, [tamper: Tamper, line: number, reason: AuditDamage]> = {
  'an edited detail': [(lines) => edited(lines, 4, '"round":4', '"round":5'), 4, 'edited'],
  'an edited first line': [(lines) => edited(lines, 1, '"KEY"', '"KEX"'), 1, 'edited'],
  'an edited outcome': [(lines) => edited(lines, 7, 'succeeded', 'refused'), 7, 'edited'],
  'an edited hash': [(lines) => edited(lines, 1, '0000', '0001'), 1, 'edited'],
  'an edited number': [(lines) => edited(lines, 5, '"seq":5', '"seq":99'), 5, 'removed'],
  'an added blank': [(lines) => edited(lines, 6, ':', ': '), 6, 'unreadable'],
  'an added field': [(lines) => edited(lines, 6, '{"seq"', '{"x":1,"seq"'), 6, 'unreadable'],
  'a removed line': [(lines) => text(lines.toSpliced(4, 1)), 5, 'removed'],
  'a removed first line': [(lines) => text(lines.slice(1)), 1, 'removed'],
  'several removed lines': [(lines) => text(lines.toSpliced(2, 3)), 3, 'removed'],
  'two lines in the other order': [
    (lines) => text(lines.toSpliced(2, 2, lines[3] ?? '', lines[2] ?? '')),
    3,
    'reordered',
  ],
  'a line moved to the end': [
    (lines) => text([...lines.toSpliced(1, 1), lines[1] ?? '']),
    2,
    'reordered',
  ],
  'a repeated line': [(lines) => text(lines.toSpliced(3, 0, lines[2] ?? '')), 4, 'repeated'],
  'a line cut in the middle': [(lines) => edited(lines, 3, '"KEY",', ''), 3, 'unreadable'],
  'two joined lines': [(lines) => text(lines).replace('}\n{"seq":6', '}{"seq":6'), 5, 'unreadable'],
  'an empty line': [(lines) => text(lines.toSpliced(3, 0, '')), 4, 'unreadable'],
  'bytes that are no text': [
    (lines) => Buffer.from(text(lines).replace('é', '\xff'), 'latin1'),
    1,
    'edited',
  ],
  'a line that never ends': [(lines) => text(lines) + 'x'.repeat(200_000), 11, 'unreadable'],
  'a cut last line': [(lines) => text(lines).slice(0, -20), 10, 'torn'],
}

it.each(Object.entries(tampering))('finds %s', async (_what, [tamper, line, reason]) => {
  const verdict = await verify(tamper(sound))
  expect(verdict).toEqual({ ok: false, entries: line - 1, line, reason })
})

it('finds a change of any single bit before the last line', async () => {
  const bytes = Buffer.from(text(sound))
  const lastLineAt = bytes.length - Buffer.byteLength(sound.at(-1) ?? '') - 1
  for (let at = 0; at < lastLineAt; at += 7) {
    const flipped = Buffer.from(bytes)
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
    expect(await verify(flipped), `bit at ${at}`).toMatchObject({ ok: false })
  }
})

it('finds with an anchor what the chain alone cannot', async () => {
  const anchor = head
  const shortened = text(sound.slice(0, -2))
  const rewritten = text(rechained(sound.map((line) => line.replace('"round":4', '"round":5'))))
  const lastEdited = edited(sound, COUNT, 'succeeded', 'failed')
  for (const lost of [shortened, rewritten, lastEdited, '']) {
    expect(await verify(lost)).toMatchObject({ ok: true })
  }
  expect(await verify(shortened, anchor)).toMatchObject({ line: 9, reason: 'shortened' })
  expect(await verify('', anchor)).toMatchObject({ line: 1, reason: 'shortened' })
  expect(await verify(rewritten, anchor)).toMatchObject({ line: COUNT, reason: 'edited' })
  expect(await verify(lastEdited, anchor)).toMatchObject({ line: COUNT, reason: 'edited' })
  expect(await verify(text(sound), anchor)).toEqual({ ok: true, entries: COUNT, head })
})

it('says that there is no log, which is not the same as an empty one', async () => {
  const nowhere = verifyAuditLog(join(directory, 'nowhere'))
  await expect(nowhere).rejects.toMatchObject({ code: 'missing' })
  expect(await verify('')).toMatchObject({ ok: true, entries: 0 })
})
