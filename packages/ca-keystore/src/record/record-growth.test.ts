import { randomBytes } from 'node:crypto'
import { appendFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { freshPath } from '../../test/ca.support.ts'
import { createRecordMarks, followSigned } from '../index.ts'
import { readIssuances } from '../internal.ts'
import { createIssuanceJournal, type IssuanceJournal } from './issuance-journal.ts'
import { SegmentFile } from './segment-file.ts'

let directory: string
beforeEach(() => {
  directory = freshPath()
})

const folder = () => join(directory, 'record')
const segments = async (suffix: string) =>
  (await readdir(folder())).filter((name) => name.endsWith(suffix)).toSorted()

async function issue(journal: IssuanceJournal, count: number): Promise<string[]> {
  const serials = Array.from({ length: count }, () => randomBytes(20).toString('hex'))
  for (const serial of serials) {
    await journal.reserve({ serial, subject: 'alice', profile: 'client', at: new Date() })
    await journal.signed(serial, `PEM of ${serial}`)
  }
  return serials
}

function openJournal(mostLines = 4): IssuanceJournal {
  const journal = createIssuanceJournal(directory, { mostLines })
  onTestFinished(() => journal.close())
  return journal
}

const refusal = { code: 'refused', details: { reason: 'serial' } }
const again = (serial: string) => ({ serial, subject: 'bob', profile: 'client', at: new Date() })

it('K24 begins a new segment after a number of lines, and refuses the serials of all of them, also after a restart', async () => {
  const serials = await issue(openJournal(), 5)
  expect((await segments('.issued')).length).toBeGreaterThan(2)
  expect((await readIssuances(directory)).map(({ serial }) => serial).toSorted()).toEqual(
    serials.toSorted(),
  )
  for (let start = 0; start < 2; start += 1) {
    const journal = openJournal()
    for (const serial of serials) {
      await expect(journal.reserve(again(serial))).rejects.toMatchObject(refusal)
    }
  }
  expect((await segments('.serials')).length).toBeGreaterThan(1)
})

it('K24 makes a list of serials again that was cut at any length or is of an older segment', async () => {
  const [first = ''] = await issue(openJournal(2), 2)
  await expect(openJournal().reserve(again(first))).rejects.toMatchObject(refusal)
  const [name = ''] = await segments('.serials')
  const path = join(folder(), name)
  const text = await readFile(path, 'utf8')
  for (let length = 0; length < text.length; length += 1) {
    await truncate(path, length)
    await expect(openJournal().reserve(again(first))).rejects.toMatchObject(refusal)
    expect(await readFile(path, 'utf8')).toBe(text)
  }
  await writeFile(path, text.replace(/^\d+/, '1'))
  await expect(openJournal().reserve(again(first))).rejects.toMatchObject(refusal)
})

it('K24 names a serial that is in two segments, one of which has a list', async () => {
  const [first = ''] = await issue(openJournal(2), 1)
  await expect(openJournal().reserve(again(first))).rejects.toMatchObject(refusal)
  const other = new SegmentFile(directory, 'issued')
  await other.append({ reserved: first, subject: 'bob', profile: 'client', at: new Date() })
  await other.close()
  await expect(openJournal().reserve(again('41'.repeat(20)))).rejects.toMatchObject({
    code: 'conflict',
  })
})

it('follows what is signed and not on record, and reads a finished segment no more', async () => {
  const journal = openJournal()
  const serials = await issue(journal, 4)
  const follower = followSigned(directory)
  const left = async (by = follower) => (await by.left()).map(({ serial }) => serial)
  expect(await left()).toEqual(serials)
  await using marks = createRecordMarks(directory)
  await marks.mark(serials[0] ?? '', 0)
  await marks.mark(serials[1] ?? '', 1)
  expect(await left()).toEqual(serials.slice(2))
  const more = await issue(journal, 1)
  expect(await left()).toEqual([...serials.slice(2), ...more])
  const finished = await segments('.finished')
  expect(finished).toHaveLength(1)
  // Only what is not read at all can be unsound.
  const path = join(folder(), finished[0]?.replace('.finished', '') ?? '')
  const text = await readFile(path, 'utf8')
  await writeFile(path, 'x'.repeat(Buffer.byteLength(text)))
  expect(await left(followSigned(directory))).toEqual([...serials.slice(2), ...more])
  await appendFile(path, 'x\n')
  await expect(left(followSigned(directory))).rejects.toMatchObject({ code: 'malformed' })
})

it('leaves a certificate whose line was half written until it is whole', async () => {
  const journal = openJournal(100)
  const [serial = ''] = await issue(journal, 1)
  const [name = ''] = await segments('.issued')
  const path = join(folder(), name)
  const text = await readFile(path, 'utf8')
  const follower = followSigned(directory)
  await truncate(path, text.length - 5)
  expect(await follower.left()).toEqual([])
  await writeFile(path, text)
  expect(await follower.left()).toEqual([{ serial, certificate: `PEM of ${serial}` }])
})

it('refuses a closed segment from which a line was deleted, and issues nothing beside it', async () => {
  await issue(openJournal(), 3)
  const [name = ''] = await segments('.issued')
  const path = join(folder(), name)
  const whole = await readFile(path, 'utf8')
  const lines = whole.split('\n')
  const wanted = { code: 'malformed', details: { reason: 'record-cut' } }
  for (let at = 1; at < lines.length - 2; at += 1) {
    await writeFile(path, lines.toSpliced(at, 1).join('\n'))
    await expect(readIssuances(directory)).rejects.toMatchObject(wanted)
    await expect(followSigned(directory).left()).rejects.toMatchObject(wanted)
    await expect(openJournal().reserve(again('41'.repeat(20)))).rejects.toMatchObject(wanted)
  }
  // Of older segments the last line has no count.
  await writeFile(path, whole.replace(/,"lines":\d+/, ''))
  expect(await readIssuances(directory)).toHaveLength(3)
})
