import {
  appendFile,
  copyFile,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createFakeClock, systemClock } from '@rekey/secret'
import { takeProcessLock } from '@rekey/secret/internal/files'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import type { AuditEntry, AuditEvent } from '../internal.ts'
import { createSignedLog, formatCheckpoint, parseCheckpoint, verifySignedLog } from '../index.ts'

let root: string
let directory: string
let key: string
let segment: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rekey-signed-'))
  directory = join(root, 'audit')
  key = join(directory, 'audit.key')
  segment = join(directory, 'audit-000000000001.jsonl')
})
afterEach(() => rm(root, { recursive: true }))

const event: AuditEvent = {
  actor: 'rotator',
  action: 'rotation.promote',
  subject: 'API_KEY_FRONTEND_SIGNING',
  version: '0123456789',
  outcome: 'succeeded',
  details: { replicas: 3, forced: false, note: 'line\nend' },
}

async function recordSome(count: number, segmentBytes?: number) {
  const log = createSignedLog({ directory, ...(segmentBytes && { segmentBytes }) })
  await Promise.all(Array.from({ length: count }, () => log.record(event)))
  await log.close()
}

async function readEntries(): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  const verdict = await verifySignedLog({ directory, onEntry: (entry) => entries.push(entry) })
  expect(verdict).toMatchObject({ ok: true, entries: entries.length })
  return entries
}

it('begins a log with its first event, closed to others, and names the person behind each', async () => {
  const clock = createFakeClock(Date.parse('2026-11-24T15:00:00.000Z'))
  const log = createSignedLog({ directory, person: 'unix:1000:alice', clock })
  await expect(stat(directory)).rejects.toThrow('ENOENT')
  await log.record(event)
  await log.record({ ...event, person: 'oidc:sub-7' })
  expect(await readEntries()).toMatchObject([
    { seq: 1, action: 'audit.begin', person: 'unix:1000:alice', details: { format: 2 } },
    { seq: 2, at: '2026-11-24T15:00:00.000Z', ...event, person: 'unix:1000:alice' },
    { seq: 3, person: 'oidc:sub-7' },
  ])
  expect((await stat(directory)).mode & 0o777).toBe(0o700)
  expect((await stat(segment)).mode & 0o777).toBe(0o600)
  expect((await stat(key)).mode & 0o777).toBe(0o600)
})

it('keeps no key of an entry that is written', async () => {
  await recordSome(1)
  const before = await readFile(key, 'utf8')
  await recordSome(1)
  const after = await readFile(key, 'utf8')
  const seedIn = (text: string) => (JSON.parse(text) as { seed: string }).seed
  expect(seedIn(after)).not.toBe(seedIn(before))
  for (const name of await readdir(directory)) {
    expect(await readFile(join(directory, name), 'utf8')).not.toContain(seedIn(before))
  }
})

it('keeps the order of events recorded at once, by several writers of one log', async () => {
  const [even, odd] = [createSignedLog({ directory }), createSignedLog({ directory })]
  const subjects = Array.from({ length: 60 }, (_, i) => `KEY_${i}`)
  await Promise.all(
    subjects.map((subject, i) =>
      (i % 2 === 0 ? even : odd).record({ ...event, actor: `log ${i % 2}`, subject }),
    ),
  )
  const entries = await readEntries()
  for (const writer of [0, 1]) {
    const own = entries.filter(({ actor }) => actor === `log ${writer}`)
    expect(own.map(({ subject }) => subject)).toEqual(subjects.filter((_, i) => i % 2 === writer))
  }
})

it('refuses an event that is none, and records the next', async () => {
  const log = createSignedLog({ directory })
  const bad = log.record({ ...event, actor: '' })
  const good = log.record(event)
  await expect(bad).rejects.toMatchObject({ code: 'malformed' })
  await good
  await log.close()
  await expect(log.record(event)).rejects.toMatchObject({ code: 'disposed' })
  expect(await readEntries()).toHaveLength(2)
})

it.each(['\u2028', '\u2029', '\u0085', '\r', '\ud800'])(
  'records a text with %j, which others take for the end of a line, in one line',
  async (sign) => {
    const log = createSignedLog({ directory })
    await log.record({ ...event, person: `alice${sign}bob` })
    await log.record(event)
    await log.close()
    const [, recorded] = await readEntries()
    expect(recorded?.person).toBe(`alice${sign}bob`)
  },
)

it('goes on in further files once one is full', async () => {
  for (let i = 0; i < 4; i += 1) await recordSome(3, 1_500)
  const names = (await readdir(directory)).filter((name) => name.endsWith('.jsonl'))
  expect(names.length).toBeGreaterThan(2)
  expect(await readEntries()).toHaveLength(13)
  await rm(join(directory, names[1] ?? ''))
  expect(await verifySignedLog({ directory })).toMatchObject({ ok: false, reason: 'removed' })
})

/** Where a writer can be killed: after some of its lines and before the key is replaced. */
const KILLED = {
  'before the first line': { whole: 0, part: 0 },
  'within the first line': { whole: 0, part: 40 },
  'after a line of several': { whole: 1, part: 0 },
  'within the second line': { whole: 1, part: 40 },
  'after all lines': { whole: 3, part: 0 },
}

it.each(Object.entries(KILLED))(
  'goes on after a writer that was killed %s',
  async (_where, { whole, part }) => {
    await recordSome(2)
    await copyFile(key, join(root, 'old.key'))
    const before = (await stat(segment)).size
    await recordSome(3)
    const lines = (await readFile(segment)).subarray(before).toString().split('\n')
    await truncate(segment, before)
    const left = lines.slice(0, whole).map((line) => `${line}\n`)
    await appendFile(segment, left.join('') + (lines[whole] ?? '').slice(0, part))
    await copyFile(join(root, 'old.key'), key)
    await recordSome(1)
    expect(await readEntries()).toHaveLength(3 + whole + 1)
    const torn = part > 0 ? lines[whole]?.slice(0, part) : undefined
    const aside = await readFile(`${segment}.torn`, 'utf8').catch(() => undefined)
    expect(aside).toBe(torn && `${torn}\n`)
    if (torn !== undefined) expect((await stat(`${segment}.torn`)).mode & 0o777).toBe(0o600)
  },
)

it('is sound while its last line is being written, is torn if that stays so, and reports each entry once', async () => {
  await recordSome(3)
  const whole = await readFile(segment)
  const cut = whole.length - 40
  await truncate(segment, cut)
  const { seq, ...state } = JSON.parse(await readFile(key, 'utf8')) as { readonly seq: number }
  await writeFile(key, JSON.stringify({ ...state, seq: 0 }))
  const seen: number[] = []
  const verify = () => verifySignedLog({ directory, onEntry: (entry) => seen.push(entry.seq) })
  expect(await verify()).toMatchObject({ ok: false, reason: 'torn', entry: seq })
  expect(seen).toEqual([1, 2, 3])
  const verdict = verify()
  await delay(50)
  await appendFile(segment, whole.subarray(cut))
  expect(await verdict).toMatchObject({ ok: true, entries: seq })
  expect(seen).toEqual([1, 2, 3, 1, 2, 3, 4])
})

it('goes on after a writer that was killed before its first event, or at the begin of a file', async () => {
  await recordSome(1)
  const first = await readFile(segment)
  await recordSome(4)
  await copyFile(key, join(root, 'old.key'))
  await recordSome(2, 100)
  await copyFile(join(root, 'old.key'), key)
  await recordSome(1, 100)
  expect(await readEntries()).toHaveLength(9)
  expect(first.length).toBeGreaterThan(0)
})

it('takes over the lock of a machine that is gone, and waits for no one else', async () => {
  await recordSome(1)
  const lock = join(directory, 'audit.lock')
  await writeFile(lock, '1 a-pod-that-was-killed x\n')
  await utimes(lock, new Date(0), new Date(0))
  await recordSome(1)
  expect(await readEntries()).toHaveLength(3)
})

it('gives up a lock after a minute, however few attempts a busy machine has made by then', async () => {
  await recordSome(1)
  onTestFinished(await takeProcessLock(join(directory, 'audit.lock')))
  let elapsedMs = 0
  const elapsed = vi.spyOn(systemClock, 'elapsed').mockImplementation(() => (elapsedMs += 30_000))
  onTestFinished(() => {
    elapsed.mockRestore()
  })
  await expect(recordSome(1)).rejects.toMatchObject({ code: 'conflict' })
}, 10_000)

it.each([
  ['that is shorter than its key states', () => truncate(segment, 100)],
  ['with a line of another', () => appendFile(segment, '{}\n')],
  ['without its key', () => rm(key)],
  ['that is gone', () => rm(segment)],
])('adds nothing to a log %s', async (_what, meddle) => {
  await recordSome(2)
  await meddle()
  const before = await readFile(segment, 'utf8').catch(() => undefined)
  await expect(recordSome(1)).rejects.toMatchObject({ code: 'conflict' })
  expect(await readFile(segment, 'utf8').catch(() => undefined)).toBe(before)
})

it('does not show what is in a key file that is none', async () => {
  await recordSome(1)
  await writeFile(key, '{"seed":"not-a-secret-but-a-mark"')
  const error = await recordSome(1).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'malformed', details: { path: key } })
  expect(JSON.stringify(error) + String(error)).not.toContain('mark')
})

it('signs a checkpoint that is the same after it was written, and refuses one that was changed', async () => {
  await recordSome(3)
  const log = createSignedLog({ directory })
  const checkpoint = await log.checkpoint()
  const text = formatCheckpoint(checkpoint)
  expect(parseCheckpoint(text)).toEqual(checkpoint)
  const changed = () => parseCheckpoint(text.replace('"seq":4', '"seq":3'))
  expect(changed).toThrow(expect.objectContaining({ code: 'rejected' }) as Error)
  expect(() => parseCheckpoint('{}')).toThrow(
    expect.objectContaining({ code: 'malformed' }) as Error,
  )
  await recordSome(2)
  const verdict = await verifySignedLog({ directory, checkpoints: [checkpoint] })
  expect(verdict).toMatchObject({ ok: true, entries: 6, confirmed: 4, log: checkpoint.log })
})

it('says that there is no log, which is not the same as a log that is gone', async () => {
  await expect(verifySignedLog({ directory })).rejects.toMatchObject({ code: 'missing' })
  await recordSome(1)
  const checkpoint = await createSignedLog({ directory }).checkpoint()
  await rm(directory, { recursive: true })
  const gone = await verifySignedLog({ directory, checkpoints: [checkpoint] })
  expect(gone).toMatchObject({ ok: false, reason: 'shortened', entry: 1 })
})
