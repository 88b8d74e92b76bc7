import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditEntry, AuditSink } from '@rekey/audit-log/internal'
import { verifySignedLog } from '@rekey/audit-log'
import { createFakeClock, SecretError, type StagedSecret } from '@rekey/secret'
import { createLiveSecret } from '@rekey/secret/internal'
import { createMemoryStore } from '../store/memory-store.ts'
import { expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { env, fresh, NAME, textSpec } from '../../test/follow/fixture.support.ts'
import { defineService, loadService } from '../index.ts'
import { runService } from './index.ts'
import { recordAccesses } from './record-accesses.ts'

const definition = defineService({
  name: 'app',
  settings: z.object({}),
  secrets: { text: textSpec() },
})
const PATIENT = { timeout: 60_000 }

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-access-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return join(directory, 'audit')
}

/** Runs a service with one secret whose accesses are recorded in `directory`. */
async function runRecorded(directory: string) {
  const store = createMemoryStore({ [NAME]: fresh().expose() })
  const signals = new EventEmitter()
  const exited = once(signals, 'exited')
  const lines: string[] = []
  const process = Object.assign(signals, {
    exit: (code: number) => signals.emit('exited', code),
    stderr: { write: (text: string) => lines.push(text) },
    env: { REKEY_AUDIT_DIRECTORY: directory },
  }) as unknown as NodeJS.Process
  let service:
    Awaited<ReturnType<typeof loadService<z.ZodObject, typeof definition.secrets>>> | undefined
  await runService(process, async (own) => {
    service = own.use(await loadService(definition, { env, source: store }), 'secrets')
    return { service, healthPort: 0 }
  })
  const stop = async () => {
    signals.emit('SIGTERM')
    return (await exited) as [number]
  }
  return { store, live: service?.secrets.text, stop, exited, lines }
}

async function entriesIn(directory: string) {
  const entries: AuditEntry[] = []
  await verifySignedLog({ directory, onEntry: (entry) => entries.push(entry) })
  return entries
    .filter(({ action }) => action.startsWith('access.'))
    .map(({ action, version, details }) => [action, version, details?.['stage'], details?.['uses']])
}

test('the first read, a refresh and the use of a version that was replaced are entries of the audit log', async () => {
  const directory = await newDirectory()
  const { store, live, stop } = await runRecorded(directory)
  const first = live?.current.version ?? ''
  expect(await entriesIn(directory)).toEqual([['access.read', first, 'current', undefined]])
  live?.usage.record(first)
  const staged = await store.stage(NAME, fresh(), (await store.read(NAME)).revision)
  const { current } = await store.promote(NAME, staged.revision)
  const refreshed = ['access.refresh', current.version, 'current', undefined]
  await vi.waitFor(async () => {
    expect(await entriesIn(directory)).toContainEqual(refreshed)
  }, PATIENT)
  live?.usage.record(first)
  live?.usage.record(first)
  expect(await stop()).toEqual([0])
  expect(await entriesIn(directory)).toEqual([
    ['access.read', first, 'current', undefined],
    refreshed,
    ['access.previous', first, 'previous', 2],
  ])
})

test('a service whose first reads cannot be recorded does not start', async () => {
  const directory = await newDirectory()
  await writeFile(directory, '')
  const { exited, lines } = await runRecorded(directory)
  expect(await exited).toEqual([1])
  expect(lines.join('')).toContain(directory)
})

test.each([0, 1])(
  'a log that cannot be written fails the check beyond a buffer of %i, and gets what waited later',
  async (buffer) => {
    const recorded: string[] = []
    let failure: SecretError | undefined
    const audit: AuditSink = {
      record({ action }) {
        if (failure !== undefined) return Promise.reject(failure)
        recorded.push(action)
        return Promise.resolve()
      },
    }
    const live = createLiveSecret(stagedOf('1'))
    const onProblem = vi.fn()
    const parts = { actor: 'app', replica: 'r', secrets: [live], audit, buffer, onProblem }
    const recorder = await recordAccesses({ ...parts, clock: createFakeClock(), everyMs: 10 })
    failure = new SecretError('unwritable', 'the disk is full')
    live.update(stagedOf('2'))
    await vi.waitFor(() => {
      expect(onProblem).toHaveBeenCalledWith(failure)
    }, PATIENT)
    const check = recorder.check().then(
      () => 'ready',
      () => 'not ready',
    )
    expect(await check).toBe(buffer === 0 ? 'not ready' : 'ready')
    failure = undefined
    await vi.waitFor(() => {
      expect(recorded).toEqual(['access.read', 'access.refresh'])
    }, PATIENT)
    await recorder.close()
    await expect(recorder.check()).resolves.toBeUndefined()
  },
)

function stagedOf(version: string): StagedSecret {
  const current = { name: NAME, version, stage: 'current', value: fresh(), sensitive: [] } as const
  return { name: NAME, revision: version, current }
}
