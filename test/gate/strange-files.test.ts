import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueApiKey } from '@rekey/api-key-auth'
import type { GateReport } from '@rekey/eslint-plugin/internal/gate'
import { findForTest } from '@rekey/testbed'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type Family, openFamily } from './family.ts'
import { runGateCommand } from './run-gate.ts'

const gitleaks = await findForTest('gitleaks')
const newKey = () => issueApiKey({ environment: 'prod' }).text.expose()

let family: Family
beforeEach(async () => {
  family = await openFamily()
})
afterEach(() => family[Symbol.asyncDispose]())

const run = (...args: readonly string[]) =>
  runGateCommand(['--json', '--root', family.root, ...args])
const at = (file: string) => join(family.root, file)

it('a pipe among the code ends the gate with its name', { timeout: 60_000 }, async () => {
  execFileSync('mkfifo', [at('services/deep.ts')])
  const { exitCode, stderr } = await run()
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('services/deep.ts is a pipe')])
})

describe.runIf(gitleaks.found)('the search for leaks', { timeout: 60_000 }, () => {
  const report = async (what = 'eslint.config.js') => {
    const { stdout, stderr, exitCode } = await run(what)
    if (exitCode > 1) throw new Error(stderr)
    return JSON.parse(stdout) as GateReport
  }

  it('skips a submodule and says so, and searches the rest', async () => {
    const inner = at('vendor/inner')
    await mkdir(inner, { recursive: true })
    execFileSync('git', ['init', '--quiet'], { cwd: inner })
    await writeFile(join(inner, 'key.txt'), newKey())
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.test']
    for (const command of [
      ['add', '.'],
      ['commit', '--quiet', '--message', 'inner'],
    ]) {
      execFileSync('git', [...author, ...command], { cwd: inner })
    }
    await family.commit()
    await family.plant('notes.txt', newKey())
    const { findings, skipped } = await report()
    expect(findings).toMatchObject([{ where: { file: 'notes.txt' } }])
    expect(skipped).toEqual(['repositories of their own: vendor/inner; run rekey-gate in each'])
  })

  it('searches the text of a link, and nothing that it leads to', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'rekey-outside-'))
    onTestFinished(() => rm(outside, { recursive: true }))
    await writeFile(join(outside, 'a.txt'), newKey())
    await symlink(join(outside, 'a.txt'), at('link.txt'))
    await family.plant('folder/a.txt', 'nothing\n')
    await family.commit()
    await rm(at('folder'), { recursive: true })
    await symlink(outside, at('folder'))
    expect((await report()).findings).toEqual([])
  })

  it('reports a staged file of 257 MiB, and skips a staged submodule', async () => {
    await family.plant('large.bin', '')
    await truncate(at('large.bin'), 257 * 2 ** 20)
    await mkdir(at('inner'))
    execFileSync('git', ['init', '--quiet'], { cwd: at('inner') })
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.test']
    const empty = ['commit', '--quiet', '--allow-empty', '--message', 'inner']
    execFileSync('git', [...author, ...empty], { cwd: at('inner') })
    await family.git('-c', 'core.compression=1', 'add', 'large.bin', 'inner')
    const { findings, skipped } = await report('--staged')
    expect(findings).toMatchObject([
      { rule: 'unsearched', where: { file: 'large.bin' }, why: 'it has more than 256 MiB' },
    ])
    expect(skipped).toEqual(['repositories of their own: inner; run rekey-gate in each'])
  })

  it('reports a tracked file that is a pipe or has 1 TB', async () => {
    await family.plant('a.txt', 'nothing\n')
    await family.plant('b.txt', 'nothing\n')
    await family.commit()
    await rm(at('a.txt'))
    execFileSync('mkfifo', [at('a.txt')])
    await truncate(at('b.txt'), 2 ** 40)
    expect((await report()).findings).toMatchObject([
      {
        check: 'leaks',
        rule: 'unsearched',
        where: { file: 'a.txt' },
        why: 'it is a pipe, a socket or a device',
      },
      {
        check: 'leaks',
        rule: 'unsearched',
        where: { file: 'b.txt' },
        why: 'it has more than 256 MiB',
      },
    ])
  })
})
