// @lane servers
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LIFE_ACTIONS } from '../internal.ts'
import { readBiography } from '../index.ts'
import { afterAll, expect, it } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

const PAGE = new URL('../../../../docs/runbooks/ca.md', import.meta.url)
const TODAY = new Date().toISOString().slice(0, 10)
const OPENSSL = 'openssl'
const hasOpenssl = spawnSync(OPENSSL, ['version']).status === 0
const cwd = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-ca-runbook-'))
afterAll(() => rm(cwd, { recursive: true }))

/** Runs a line of the page: `rekey` in this process, with `--json` so that its lines are checked by their schemas; anything else by a shell. */
async function run(line: string): Promise<{ code: number | null; output: string }> {
  const [program, ...words] = line.match(/"[^"]*"|\S+/g) ?? []
  if (program === 'rekey') {
    const args = words.map((word) => word.replaceAll('"', '').replace('$(date +%F)', TODAY))
    return runProgram([...args, '--json'], { cwd })
  }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd, encoding: 'utf8' })
  return { code: status, output: stdout + stderr }
}

it.skipIf(!hasOpenssl)(
  'every command of docs/runbooks/ca.md works, in its order, and each kind of event gets into a biography',
  async () => {
    const blocks = (await readFile(PAGE, 'utf8')).matchAll(/```sh\n([\s\S]*?)```/g)
    const lines = [...blocks].flatMap(([, block = '']) => block.trim().split('\n'))
    expect(lines.filter((line) => line.startsWith('rekey ca ')).length).toBeGreaterThan(9)
    for (const line of lines) {
      const { code, output } = await run(line)
      expect(code, `${line}\n${output}`).toBe(0)
    }
    const recorded = new Set<string>()
    for (const name of ['root', 'restored', 'vpn', 'issuing', 'issuing/generation-2']) {
      const { entries } = await readBiography({ directory: join(cwd, 'keys', name) })
      for (const { action } of entries) recorded.add(action)
    }
    // The page goes through a rotation without going back.
    const others = ['rotate-abort', 'rotate-rolled-back']
    expect([...recorded, ...others].toSorted()).toEqual(LIFE_ACTIONS.toSorted())
  },
  300_000,
)
