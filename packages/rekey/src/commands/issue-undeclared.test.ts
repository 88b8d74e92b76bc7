import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../test/commands/run-program.support.ts'

it('issues a value of a kind that the family here does not declare', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'rekey-issue-'))
  onTestFinished(() => rm(cwd, { recursive: true }))
  const family = { services: ['shop', 'mail'], secrets: { 'api-key': ['shop:mail'] } }
  await writeFile(join(cwd, 'family.json'), JSON.stringify(family))
  const { code } = await runProgram(['issue', 'oidc-client', 'shop', '--out', 'new'], { cwd })
  expect(code).toBe(0)
  expect(await readFile(join(cwd, 'new'), 'utf8')).toMatch(/^dev-/)
})
