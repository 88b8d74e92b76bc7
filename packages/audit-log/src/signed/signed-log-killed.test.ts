// @lane servers
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createSignedLog, verifySignedLog } from '../index.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rekey-signed-'))
})
afterEach(() => rm(directory, { recursive: true }))

function startWriter() {
  const script = fileURLToPath(new URL('../../test/audit-writer.child.ts', import.meta.url))
  const args = ['--conditions=@rekey/source', '--import=tsx', script, directory, 'signed']
  const child = spawn(execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return { child, lines, exited: once(child, 'exit') }
}

it(
  'keeps every event it confirmed when processes that share it are killed',
  { timeout: 240_000 },
  async () => {
    const confirmed = new Set<string>()
    for (let round = 0; round < 3; round += 1) {
      const kill = async ({ child, lines, exited }: ReturnType<typeof startWriter>) => {
        for (let i = 0; i < 15; i += 1) confirmed.add(String((await lines.next()).value))
        child.kill('SIGKILL')
        await exited
      }
      await Promise.all([kill(startWriter()), kill(startWriter())])
    }
    const log = createSignedLog({ directory })
    await log.record({ actor: 'a', action: 'read', subject: 'LAST', outcome: 'succeeded' })
    await log.close()
    const subjects: string[] = []
    const onEntry = ({ subject }: { subject: string }) => subjects.push(subject)
    expect(await verifySignedLog({ directory, onEntry })).toMatchObject({ ok: true })
    expect(subjects).toEqual(expect.arrayContaining([...confirmed, 'LAST']))
    expect(confirmed.size).toBe(90)
  },
)
