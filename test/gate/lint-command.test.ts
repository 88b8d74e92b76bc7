// @lane servers
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { GateReport } from '@rekey/eslint-plugin/internal/gate'
import type { Log } from 'sarif'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runGateCommand } from './run-gate.ts'

const LEAK = 'console.log(secret.expose())\n'
const CLEAN = 'console.log(secret.label)\n'

/** A folder with these files, and no configuration of any kind. */
async function newFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-lint-'))
  onTestFinished(() => rm(root, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return root
}

const lint = (root: string, ...args: readonly string[]) =>
  runGateCommand(['lint', '--root', root, ...args])

/** The files in which something is found, with the line. */
async function foundIn(root: string, ...args: readonly string[]): Promise<string[]> {
  const { stdout, stderr, exitCode } = await lint(root, '--json', ...args)
  if (exitCode > 1) throw new Error(stderr)
  const { findings } = JSON.parse(stdout) as GateReport
  expect(exitCode).toBe(findings.length === 0 ? 0 : 1)
  return findings.map(({ where: { file, line } }) => `${file}:${line}`)
}

describe('rekey-gate lint', { timeout: 60_000 }, () => {
  it('finds a leak in each language', async () => {
    const root = await newFolder({
      'a.js': LEAK,
      'b.ts': `let name = <string>given\n${LEAK}`,
      'c.tsx': `let view = <div />\n${LEAK}`,
      'd.cjs': `if (done) return\n${LEAK}`,
      'e.jsx': `let view = <div />\n${LEAK}`,
      'f.mts': LEAK,
      'g.vue': `<template>\n  <p />\n</template>\n<script setup lang="ts">\nlet a = <string>b\n${LEAK}</script>\n`,
      'h.vue': `<script lang="ts" generic="T extends Box<U>">\nexport default {}\n</script>\n<style>\n</style>\n<script setup>\n${LEAK}`,
      'i.cjs': `var mode = 0755, bell = '\\07', eight = '\\8', nine = 09\n${LEAK}`,
      'notes.md': LEAK,
    })
    const found = ['a.js:1', 'b.ts:2', 'c.tsx:2', 'd.cjs:2', 'e.jsx:2', 'f.mts:1', 'g.vue:6']
    expect(await foundIn(root)).toEqual([...found, 'h.vue:7', 'i.cjs:2'])
  })

  it('passes clean code, and counts what it has linted', async () => {
    const { exitCode, stdout } = await lint(await newFolder({ 'a.js': CLEAN, 'b.ts': CLEAN }))
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'lint: 2 files\nNothing found.\n' })
  })

  it('leaves out what is installed or built, and a link, unless a PATH names it', async () => {
    const files = { 'a.js': CLEAN, 'node_modules/b/b.js': LEAK, 'sub/dist/c.js': LEAK }
    const root = await newFolder(files)
    await symlink('dist/c.js', join(root, 'sub/link.js'))
    expect(await foundIn(root)).toEqual([])
    expect(await foundIn(root, 'sub/dist')).toEqual(['sub/dist/c.js:1'])
    expect(await foundIn(root, 'node_modules/b/b.js')).toEqual(['node_modules/b/b.js:1'])
  })

  it('leaves out what git ignores, in the repository and in those within it', async () => {
    const root = await newFolder({
      '.gitignore': 'made/\n',
      'made/a.js': LEAK,
      'b.js': LEAK,
      'inner/.gitignore': 'c.js\n',
      'inner/c.js': LEAK,
      'inner/d.js': LEAK,
    })
    for (const folder of ['', 'inner'])
      execFileSync('git', ['init', '-q'], { cwd: join(root, folder) })
    expect(await foundIn(root)).toEqual(['b.js:1', 'inner/d.js:1'])
  })

  it('reads a component in linear time', async () => {
    const root = await newFolder({
      'a.vue': '<script '.repeat(1e5),
      'b.vue': `${'<script></script>'.repeat(1e5)}<script>\n${LEAK}</script>`,
    })
    expect(await foundIn(root)).toEqual(['b.vue:2'])
  })

  it('reads no configuration of the folder', async () => {
    const root = await newFolder({
      'a.js': LEAK,
      'eslint.config.js': 'throw new Error("it was read")\n',
      'package.json': '{',
      'tsconfig.json': '{',
    })
    expect(await foundIn(root)).toEqual(['a.js:1'])
  })

  it('accepts a comment for our rules, counts it, and ignores those for rules of others', async () => {
    const off = '// eslint-disable-next-line @rekey/no-secret-in-logs -- a test of the log\n'
    const others =
      '/* eslint-env mocha *//* eslint unknown/rule: "error" */\n// eslint-disable-next-line no-such-rule\n'
    const { exitCode, stdout } = await lint(await newFolder({ 'a.js': `${others}${off}${LEAK}` }))
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('1 finding switched off by comments') as string,
    })
  })

  it('has the presets of the plugin, and ends well with warnings alone', async () => {
    const root = await newFolder({ 'a.js': 'console.log(user.password)\n' })
    expect(await foundIn(root)).toEqual([])
    const { exitCode, stdout } = await lint(root, '--preset', 'rekey')
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /no-secret-name-in-output \(warning\)[^]*\n1 warning\.\n$/,
      ) as string,
    })
    expect(await foundIn(root, '--preset', 'strict')).toEqual(['a.js:1'])
  })

  it('takes files of tests for tests by their place under the root alone', async () => {
    const outer = await newFolder({
      'test/app/a.js': LEAK,
      'test/app/test/b.js': 'let key = uuid()\n',
    })
    expect(await foundIn(join(outer, 'test/app'))).toEqual(['a.js:1'])
  })

  it('writes SARIF', async () => {
    const root = await newFolder({ 'a.js': LEAK })
    const file = join(root, 'out.sarif')
    expect((await lint(root, '--sarif', file)).exitCode).toBe(1)
    const full = await lint(root, '--sarif', '/dev/full')
    expect(full).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(
        '/dev/full cannot be written, the disk is full: free some space',
      ) as string,
    })
    const { runs } = JSON.parse(await readFile(file, 'utf8')) as Log
    expect(runs[0]?.results?.[0]).toMatchObject({
      ruleId: 'lint/@rekey/no-secret-in-logs',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'a.js' } } }],
    })
  })

  it('reports a file that it cannot read as code, with what to do', async () => {
    const { exitCode, stdout } = await lint(await newFolder({ 'a.js': 'let = \n' }))
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^a\.js:1:\d+\n {2}lint: parser\n.*\n {2}fix: correct the syntax, /)
  })

  it('reports code that is nested deeper than the stack can follow, and lints the rest', async () => {
    const files = { 'a.js': 'a.b'.repeat(20_000), 'b.js': 'if(a)'.repeat(20_000), 'c.js': LEAK }
    const root = await newFolder(files)
    expect(await foundIn(root)).toEqual(['a.js:1', 'b.js:1', 'c.js:1'])
    const { stdout } = await lint(root)
    expect(stdout.match(/nested deeper than the stack can follow/g)).toHaveLength(2)
  })

  it.each([
    ['a path that is not there', ['nowhere'], 'lint: nowhere does not exist: correct PATH'],
    ['a path outside of the root', ['/'], 'lies outside of'],
    ['a link that leads out', ['out'], 'lies outside of'],
    ['a file that is no code', ['notes.md'], 'is neither a folder nor JavaScript'],
    ['a folder without code', ['empty'], 'empty has no code, or git ignores all of it'],
    ['an unknown preset', ['--preset', 'x'], 'name one of recommended, rekey, strict'],
    ['an unknown option', ['--nonsense'], "Unknown option '--nonsense'"],
  ])('refuses %s with 2 and a reason', async (_, args, reason) => {
    const root = await newFolder({ 'notes.md': '', 'empty/notes.md': '' })
    await symlink('/usr', join(root, 'out'))
    const { exitCode, stderr, stdout } = await lint(root, ...args)
    expect({ exitCode, stderr, stdout }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining(reason) as string,
      stdout: '',
    })
  })
})
