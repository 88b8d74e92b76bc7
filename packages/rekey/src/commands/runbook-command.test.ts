import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runProgram } from '../../test/commands/run-program.support.ts'

const ENVIRONMENTS = ['aws', 'development', 'kubernetes', 'systemd', 'vault']
const ALL = ['README', ...ENVIRONMENTS].map((name) => `${name}.md`)

const runbook = (...args: string[]) => runProgram(['runbook', ...args])

it('writes a page for each environment with every cell that it prints, and reports one that was edited', async () => {
  const out = await mkdtemp(join(tmpdir(), 'rekey-runbook-'))
  onTestFinished(() => rm(out, { recursive: true }))
  const written = await runbook('--out', join(out, 'pages'), '--json')
  expect(written.code).toBe(0)
  expect(written.lines().map(({ outcome }) => outcome)).toEqual(ALL.map(() => 'written'))
  expect((await readdir(join(out, 'pages'))).toSorted()).toEqual(ALL)
  const vault = join(out, 'pages/vault.md')
  const page = await readFile(vault, 'utf8')
  const cells = (await runbook('--environment', 'vault', '--json')).lines()
  expect(cells.length).toBeGreaterThan(20)
  expect(cells.filter(({ text }) => !page.includes(String(text)))).toEqual([])
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
