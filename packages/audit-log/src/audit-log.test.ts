import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFile,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath, pid } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createFakeClock, Secret } from '@rekey/secret'
import { canMount } from '@rekey/testbed/can-mount'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { AuditEvent } from './internal.ts'
import { openAuditLog, verifyAuditLog } from './index.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-audit-'))
  path = join(directory, 'audit.jsonl')
})
afterEach(() => rm(directory, { recursive: true }))

const event: AuditEvent = {
  actor: 'signing',
  action: 'promote',
  subject: 'API_KEY_FRONTEND_SIGNING',
  version: '0123456789',
  outcome: 'succeeded',
  details: { replicas: 3, forced: false, note: 'line\nend' },
}

async function recordSome(count: number) {
  await using log = await openAuditLog({ path })
  for (let i = 0; i < count; i += 1) await log.record(event)
}

async function startWriter() {
  const script = fileURLToPath(new URL('../test/audit-writer.child.ts', import.meta.url))
  const child = spawn(execPath, ['--conditions=@rekey/source', '--import=tsx', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('open')
  return { child, lines, exited: once(child, 'exit') }
}

it('writes one line for each event, chained to the line before', async () => {
  const clock = createFakeClock(Date.parse('2026-11-24T15:00:00.000Z'))
  await using log = await openAuditLog({ path, clock })
  await log.record(event)
  await clock.advance(1_500)
  await log.record({ actor: 'a', action: 'read', subject: 'KEY', outcome: 'refused' })
  const [first = '', second = ''] = (await readFile(path, 'utf8')).split('\n')
  expect(JSON.parse(first)).toEqual({
    seq: 1,
    at: '2026-11-24T15:00:00.000Z',
    ...event,
    prev: '0'.repeat(64),
  })
  expect(JSON.parse(second)).toMatchObject({ seq: 2, at: '2026-11-24T15:00:01.500Z' })
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await verifyAuditLog(path)).toEqual({ ok: true, entries: 2, head: log.head })
})

it('goes on where the last writer ended', async () => {
  await recordSome(3)
  await recordSome(2)
  expect(await verifyAuditLog(path)).toMatchObject({ ok: true, entries: 5 })
  expect(await readdir(directory)).toEqual(['audit.jsonl'])
})

it('keeps the order of events recorded at once', async () => {
  await using log = await openAuditLog({ path })
  const subjects = Array.from({ length: 500 }, (_, i) => `KEY_${i}`)
  await Promise.all(subjects.map((subject) => log.record({ ...event, subject })))
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  expect(lines.map((line) => (JSON.parse(line) as AuditEvent).subject)).toEqual(subjects)
  expect(await verifyAuditLog(path)).toMatchObject({ ok: true, entries: 500 })
})

const unsound: Record<string, object> = {
  'without an actor': { actor: '' },
  'without a subject': { subject: undefined },
  'with an outcome of its own': { outcome: 'fine' },
  'with a nested detail': { details: { request: { body: 1 } } },
  'with a secret as a detail': { details: { value: Secret.of('x', 'KEY') } },
  'with a number that is none': { details: { count: NaN } },
  'with a list of details': { details: ['a'] },
  'with a version that is no text': { version: 7 },
  'that is too large': { details: { note: 'x'.repeat(16 * 1024) } },
}

it.each(Object.entries(unsound))(
  'refuses an event %s, and records the next',
  async (_what, part) => {
    await using log = await openAuditLog({ path })
    const bad = log.record({ ...event, ...part })
    const good = log.record(event)
    await expect(bad).rejects.toMatchObject({ code: 'malformed' })
    await good
    expect(await verifyAuditLog(path)).toMatchObject({ ok: true, entries: 1 })
  },
)

it('records nothing once it is closed, and closes twice without harm', async () => {
  const log = await openAuditLog({ path })
  const last = log.record(event)
  await log[Symbol.asyncDispose]()
  await log[Symbol.asyncDispose]()
  await last
  await expect(log.record(event)).rejects.toMatchObject({ code: 'disposed' })
  expect(await verifyAuditLog(path)).toMatchObject({ ok: true, entries: 1 })
})

it('lets one writer in, in this process and in another', { timeout: 60_000 }, async () => {
  const log = await openAuditLog({ path })
  await expect(openAuditLog({ path })).rejects.toMatchObject({ code: 'conflict', details: { pid } })
  await log[Symbol.asyncDispose]()
  const { child, exited } = await startWriter()
  await expect(openAuditLog({ path })).rejects.toMatchObject({
    code: 'conflict',
    details: { pid: child.pid },
  })
  child.kill()
  await exited
})

it('lets exactly one of many openers in', async () => {
  await writeFile(`${path}.lock`, `${pid} ${hostname()} of-an-earlier-process\n`)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, () => openAuditLog({ path })),
  )
  const opened = outcomes.flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []))
  expect(opened).toHaveLength(1)
  await opened[0]?.[Symbol.asyncDispose]()
  expect(await readdir(directory)).toEqual(['audit.jsonl'])
})

it('does not take over the lock of another machine', async () => {
  await writeFile(`${path}.lock`, `${pid} elsewhere x\n`)
  await expect(openAuditLog({ path })).rejects.toMatchObject({
    code: 'conflict',
    details: { host: 'elsewhere' },
  })
})

it(
  'keeps every event it confirmed when its process is killed, and takes over its lock',
  { timeout: 60_000 },
  async () => {
    let confirmed = 0
    for (let round = 0; round < 3; round += 1) {
      const { child, lines, exited } = await startWriter()
      for (let i = 0; i < 20; i += 1) confirmed = Number((await lines.next()).value)
      child.kill('SIGKILL')
      await exited
      await using log = await openAuditLog({ path })
      expect(log.head.seq).toBeGreaterThanOrEqual(confirmed)
      await log.record(event)
      expect(await verifyAuditLog(path)).toMatchObject({ ok: true, entries: log.head.seq })
    }
  },
)

it('moves a last line that was cut aside, and says so', async () => {
  await recordSome(2)
  const torn = '{"seq":3,"at":"2026'
  await appendFile(path, torn)
  expect(await verifyAuditLog(path)).toEqual({ ok: false, entries: 2, line: 3, reason: 'torn' })
  const log = await openAuditLog({ path })
  expect(log.tornBytes).toBe(torn.length)
  await log.record(event)
  await log[Symbol.asyncDispose]()
  expect(await readFile(`${path}.torn`, 'utf8')).toBe(`${torn}\n`)
  expect(await verifyAuditLog(path)).toMatchObject({ ok: true, entries: 3 })
})

it('moves aside a first line that was cut', async () => {
  await writeFile(path, '{"seq":1')
  await recordSome(1)
  expect(await verifyAuditLog(path)).toMatchObject({ ok: true, entries: 1 })
})

it.each([['other text\n'], ['x'.repeat(64 * 1024)], ['{"seq":1}\n']])(
  'does not write to a file that is no audit log',
  async (text) => {
    await writeFile(path, text)
    await expect(openAuditLog({ path })).rejects.toMatchObject({ code: 'malformed' })
    expect(await readFile(path, 'utf8')).toBe(text)
    expect(await readdir(directory)).toEqual(['audit.jsonl'])
  },
)

const meddling: Record<string, () => Promise<void>> = {
  'was written by somebody else': () => appendFile(path, '{}\n'),
  'was cut': () => writeFile(path, ''),
  'was moved': () => rename(path, `${path}.1`),
  'was replaced': async () => {
    await rename(path, `${path}.1`)
    await writeFile(path, await readFile(`${path}.1`))
  },
}

it.each(Object.entries(meddling))('stops recording when its file %s', async (_how, meddle) => {
  await using log = await openAuditLog({ path })
  await log.record(event)
  await meddle()
  await expect(log.record(event)).rejects.toMatchObject({ code: 'conflict' })
})

it('tells a missing directory and a directory in place of the file', async () => {
  await expect(openAuditLog({ path: join(directory, 'no', 'a') })).rejects.toMatchObject({
    code: 'missing',
  })
  await expect(openAuditLog({ path: directory })).rejects.toMatchObject({ code: 'malformed' })
})

it.runIf(canMount())('keeps the chain whole through a full disk', async () => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', directory])
  try {
    await using log = await openAuditLog({ path })
    const large = { ...event, details: { note: 'x'.repeat(5_000) } }
    const outcomes: unknown[] = []
    for (let i = 0; i < 12; i += 1) outcomes.push(await log.record(large).catch((e: unknown) => e))
    expect(outcomes.at(-1)).toMatchObject({ code: 'unwritable', details: { errno: 'ENOSPC' } })
    await log.record({ actor: 'a', action: 'b', subject: 'C', outcome: 'failed' })
    const entries = outcomes.filter((outcome) => outcome === undefined).length + 1
    expect(await verifyAuditLog(path)).toMatchObject({ ok: true, entries })
  } finally {
    execFileSync('umount', [directory])
  }
})
