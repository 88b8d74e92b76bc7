import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSignedLog } from '@rekey/audit-log'
import { createFakeClock } from '@rekey/secret'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { followAudit } from './follow-audit.ts'

const { signal } = new AbortController()
const EVENT = { actor: 'host:1', subject: 'KEY', outcome: 'succeeded' } as const

let root: string
let directory: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rekey-audit-'))
  directory = join(root, 'audit')
})
afterEach(() => rm(root, { recursive: true }))

/** Records events of these actions. */
async function record(...actions: readonly string[]): Promise<void> {
  const log = createSignedLog({ directory, person: 'unix:1000:alice' })
  for (const action of actions) await log.record({ ...EVENT, action })
  await log.close()
}

it('reads the newest twenty entries, and each that is added', async () => {
  const read = followAudit({ directory }, createFakeClock())
  await record(...Array.from({ length: 30 }, (_, n) => `read.${n}`))
  const first = await read(signal)
  expect(first).toHaveProperty('newest.length', 20)
  expect(first).toHaveProperty('newest.0.action', 'read.29')
  expect(first).toHaveProperty('newest.0.person', 'unix:1000:alice')
  await record('rotation.revoke')
  expect(await read(signal)).toHaveProperty('newest.0.action', 'rotation.revoke')
})

it('does not verify a log again that has not changed', async () => {
  const read = followAudit({ directory }, createFakeClock())
  await record('read')
  expect(await read(signal)).toBe(await read(signal))
})

it('names the entry at which the chain is broken, and returns the sound ones before it', async () => {
  await record('rotation.stage', 'rotation.promote', 'rotation.revoke')
  const path = join(directory, 'audit-000000000001.jsonl')
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace('rotation.promote', 'rotation.abort'))
  const reading = await followAudit({ directory })(signal)
  expect(reading).toMatchObject({ damage: { reason: 'edited' } })
  expect(reading).toMatchObject({ newest: [{ action: 'rotation.stage' }, {}] })
})

it('returns the reason where there is no log', async () => {
  expect(await followAudit({ directory })(signal)).toMatchObject({ error: { code: 'missing' } })
})
