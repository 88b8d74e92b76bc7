import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSignedLog, openAuditLog } from '@rekey/audit-log'
import { createFakeClock } from '@rekey/secret'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runProgram } from '../../../test/commands/run-program.support.ts'
import { OCSF_EVENT } from './ocsf.ts'

const SEGMENT = 'audit-000000000001.jsonl'
const DAY_MS = 86_400_000

let root: string
let directory: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rekey-audit-'))
  directory = join(root, 'audit')
  const clock = createFakeClock(Date.parse('2026-11-26T10:00:00.000Z'))
  const log = createSignedLog({ directory, person: 'unix:1000:alice', clock })
  const event = { actor: 'host:1', subject: 'KEY', outcome: 'succeeded' } as const
  await log.record({ ...event, action: 'rotation.stage', details: { epoch: 1 } })
  await clock.advance(DAY_MS)
  await log.record({ ...event, action: 'rotation.revoke', version: '0123456789' })
  await log.record({ ...event, action: 'leak', subject: 'OTHER', outcome: 'refused' })
  await log.record({ ...event, action: 'command.rotate', person: 'unix:1001:bob' })
  await log.close()
})
afterEach(() => rm(root, { recursive: true }))

const audit = (command: string, ...args: string[]) =>
  runProgram(['audit', command, directory, ...args, '--json'])

const seqs = async (...args: string[]) =>
  (await audit('query', ...args)).lines().map(({ seq }) => seq)

it('verify finds a log sound, with the checkpoint up to where that was signed', async () => {
  const sound = { type: 'sound', entries: 5, confirmed: 0, hasKey: true, isWitnessed: false }
  expect((await audit('verify')).lines()).toMatchObject([sound])
  const out = join(root, 'checkpoint.json')
  const written = await audit('checkpoint', '--out', out)
  expect(written.lines()).toMatchObject([{ type: 'checkpoint', out, seq: 6 }])
  const verified = await audit('verify', '--checkpoint', out)
  expect(verified.lines()).toMatchObject([
    { ...sound, entries: 6, confirmed: 6, isWitnessed: true },
  ])
  expect((await audit('checkpoint', '--out', out)).lines()).toMatchObject([{ code: 'conflict' }])
  const nowhere = await audit('checkpoint', '--out', join(root, 'absent/checkpoint.json'))
  expect(nowhere.output).toContain('its directory does not exist')
})

it('verify without a checkpoint that was kept elsewhere is no success, unless the family is in development', async () => {
  const file = join(root, 'family.json')
  const verify = async (environment: string, ...args: string[]) => {
    const store = { locator: `dotenv:${join(root, '.env')}` }
    const family = {
      services: ['a'],
      store,
      auditDirectory: directory,
      environment,
      validationMs: 0,
    }
    await writeFile(file, JSON.stringify({ ...family, secrets: {}, journal: 'store', fleet: [] }))
    return runProgram(['audit', 'verify', '--family', file, ...args])
  }
  const words = 'an older copy put back with its key would go unnoticed'
  for (const run of [
    await runProgram(['audit', 'verify', directory]),
    await verify('production'),
  ]) {
    expect([run.code, run.output]).toEqual([1, expect.stringContaining(words)])
    expect(run.output).toMatch(/^NOT CONFIRMED: 5 entries/)
  }
  const local = await verify('development')
  expect([local.code, local.output]).toEqual([0, expect.stringContaining(words)])
  const out = join(root, 'checkpoint.json')
  await audit('checkpoint', '--out', out)
  expect(await verify('production', '--checkpoint', out)).toMatchObject({ code: 0 })
})

it('verify names what was done to a log, and exits with 1; nothing else reads on in it', async () => {
  const path = join(directory, SEGMENT)
  const out = join(root, 'checkpoint.json')
  await writeFile(path, (await readFile(path, 'utf8')).replace('"epoch":1', '"epoch":2'))
  const damaged = { type: 'damaged', reason: 'edited', entry: 2, entries: 1, path, line: 2 }
  expect(await audit('verify')).toMatchObject({ code: 1 })
  expect((await audit('verify')).lines()).toMatchObject([damaged])
  for (const args of [['query'], ['tail'], ['export'], ['checkpoint', '--out', out]]) {
    const [command = '', ...rest] = args
    const failure = { type: 'failure', code: 'conflict', details: { entry: 2, reason: 'edited' } }
    expect((await audit(command, ...rest)).lines()).toMatchObject([failure])
  }
  const readable = await runProgram(['audit', 'verify', directory])
  expect(readable.output).toMatch(/NOT SOUND: edited at entry 2 .*line 2/)
})

it('verify refuses a checkpoint that was changed, and names a log that is gone', async () => {
  const out = join(root, 'checkpoint.json')
  await audit('checkpoint', '--out', out)
  await rm(directory, { recursive: true })
  const gone = await audit('verify', '--checkpoint', out)
  expect(gone).toMatchObject({ code: 1 })
  expect(gone.lines()).toMatchObject([{ type: 'damaged', reason: 'shortened', entry: 1 }])
  await writeFile(out, (await readFile(out, 'utf8')).replace('"seq":6', '"seq":5'))
  expect((await audit('verify', '--checkpoint', out)).lines()).toMatchObject([{ code: 'rejected' }])
  expect((await audit('verify')).lines()).toMatchObject([{ code: 'missing' }])
})

it('verify reads logs of before the signed format too', async () => {
  const name = 'rotator-01234567-89ab-cdef-0123-456789abcdef.log'
  const path = join(directory, name)
  const event = { actor: 'rotator', action: 'read', subject: 'KEY', outcome: 'succeeded' } as const
  {
    await using log = await openAuditLog({ path })
    await log.record(event)
    await log.record(event)
  }
  const [old, sound] = (await audit('verify')).lines()
  expect(old).toMatchObject({ type: 'unsigned', file: name, ok: true, entries: 2 })
  expect(sound).toMatchObject({ type: 'sound' })
  await writeFile(path, (await readFile(path, 'utf8')).replace('read', 'edit'))
  const verified = await audit('verify')
  expect(verified).toMatchObject({ code: 1 })
  expect(verified.lines()[0]).toMatchObject({ ok: false, reason: 'edited at line 1' })
})

it('query shows the entries of one secret, actor, person, action, outcome or time', async () => {
  expect(await seqs('--secret', 'KEY')).toEqual([2, 3, 5])
  expect(await seqs('--actor', 'bob')).toEqual([5])
  expect(await seqs('--actor', 'host:1', '--action', 'rotation.')).toEqual([2, 3])
  expect(await seqs('--outcome', 'refused')).toEqual([4])
  expect(await seqs('--since', '2026-11-27')).toEqual([3, 4, 5])
  expect(await seqs('--until', '2026-11-27')).toEqual([1, 2])
  expect(await audit('query', '--since', 'yesterday')).toMatchObject({ code: 2 })
})

it('shows an entry in one row, whose text cannot rule the terminal', async () => {
  const log = createSignedLog({ directory })
  const details = { note: 'end\n9  2026-11-27  a forged row', escape: '\u001b[2J', mark: '\u2028' }
  const subject = 'KEY\u202e'
  await log.record({ actor: 'host:1', action: 'leak', subject, outcome: 'failed', details })
  await log.close()
  const { output } = await runProgram(['audit', 'tail', directory, '--lines', '1'])
  expect(output.trimEnd()).toMatch(/^6 .*KEY\? .*note=end\?9 .*escape=\?\[2J {2}mark=\?$/)
  const [shown] = (await audit('tail', '--lines', '1')).lines()
  expect(shown).toMatchObject({ subject, details })
})

it('tail shows the last entries', async () => {
  expect((await audit('tail', '--lines', '2')).lines().map(({ seq }) => seq)).toEqual([4, 5])
  const text = await runProgram(['audit', 'tail', directory])
  expect(text.output).toMatch(/^4 {2}2026-11-27T10:00:00\.000Z {2}leak {2}OTHER {2}REFUSED/m)
  expect(text.output).toContain('host:1 for unix:1001:bob')
})

it('export prints events of OCSF that an analyst finds by secret, person and outcome', async () => {
  const { output } = await runProgram(['audit', 'export', directory])
  const events = output
    .trimEnd()
    .split('\n')
    .map((line) => OCSF_EVENT.strict().parse(JSON.parse(line)))
  expect(events).toHaveLength(5)
  expect(events[2]).toMatchObject({
    ...{ class_uid: 3004, category_uid: 3, activity_id: 4, type_uid: 300_404, status_id: 1 },
    time: Date.parse('2026-11-27T10:00:00.000Z'),
    metadata: { version: '1.3.0', event_code: 'rotation.revoke', sequence: 3 },
    actor: { app_name: 'host:1', user: { name: 'unix:1000:alice' } },
    entity: { name: 'KEY', type: 'Secret', version: '0123456789' },
  })
  expect(events[3]).toMatchObject({ status_id: 2, status_detail: 'refused', severity_id: 3 })
  expect(events[1]).toMatchObject({ unmapped: { epoch: 1 } })
})
