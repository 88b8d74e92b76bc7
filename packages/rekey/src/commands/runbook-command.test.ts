import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../test/commands/run-program.support.ts'

const PAGES = new URL('../../../../docs/runbooks/rotation/', import.meta.url)
const ENVIRONMENTS = ['aws', 'development', 'kubernetes', 'systemd', 'vault']
const ALL = ['README', ...ENVIRONMENTS].map((name) => `${name}.md`)

const runbook = (...args: string[]) => runProgram(['runbook', ...args])

it('finds the runbooks of this repository to be what follows from its family, and no page beside them', async () => {
  expect(await runbook('--out', 'docs/runbooks/rotation', '--check')).toMatchObject({
    code: 0,
    output: '',
  })
  expect((await readdir(PAGES)).toSorted()).toEqual(ALL)
})

it('writes a page for each environment, and reports one that was edited', async () => {
  const out = await mkdtemp(join(tmpdir(), 'rekey-runbook-'))
  onTestFinished(() => rm(out, { recursive: true }))
  const written = await runbook('--out', join(out, 'pages'), '--json')
  expect(written.code).toBe(0)
  expect(written.lines().map(({ outcome }) => outcome)).toEqual(ALL.map(() => 'written'))
  const vault = join(out, 'pages/vault.md')
  expect(await readFile(vault, 'utf8')).toBe(await readFile(new URL('vault.md', PAGES), 'utf8'))
  expect(await runbook('--out', join(out, 'pages'))).toMatchObject({ code: 0, output: '' })
  await writeFile(vault, 'mine')
  const { code, lines } = await runbook('--out', join(out, 'pages'), '--check', '--json')
  expect({ code, lines: lines() }).toEqual({
    code: 1,
    lines: [{ type: 'file', path: vault, outcome: 'drifted' }],
  })
})

it('prints the cells that are asked for, and no others', async () => {
  const flags = ['--environment', 'vault', '--kind', 'database', '--situation', 'emergency']
  const { code, output } = await runbook(...flags)
  expect(code).toBe(0)
  expect(output.match(/^### .*/gm)).toEqual(['### Database logins: emergency'])
  const all = (await runbook('--situation', 'stuck', '--json')).lines()
  expect(new Set(all.map(({ situation }) => situation))).toEqual(new Set(['stuck']))
  expect([...new Set(all.map(({ environment }) => environment))].toSorted()).toEqual(ENVIRONMENTS)
})

it.each([
  [['--kind', 'licence'], 'the family has no secret of the kind licence; it has: api-key, '],
  [['--environment', 'mainframe'], 'Allowed choices are development, kubernetes'],
  [['--check'], '--check goes with --out'],
  [['--out', 'x', '--kind', 'tls'], 'cannot be used with'],
])('refuses %j with the remedy', async (args, message) => {
  const { code, output } = await runbook(...args)
  expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining(message) as string })
})
