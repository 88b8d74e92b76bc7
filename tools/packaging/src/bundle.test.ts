import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { expect, it, onTestFinished } from 'vitest'
import { bundlePackages } from './bundle.ts'

const entry = (name: string) => ({
  '@rekey/source': `./src/${name}.ts`,
  default: `./dist/${name}.js`,
})

const MANIFEST = {
  ...{ name: 'box', type: 'module', sideEffects: false },
  exports: {
    '.': entry('index'),
    './more': entry('more/index'),
    './package.json': './package.json',
  },
}

/** Bundles a package in a folder of its own. `run` returns what a script of that folder prints. */
async function bundle(sources: Readonly<Record<string, string>>, more: object = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-bundle-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...MANIFEST, ...more }))
  for (const [path, text] of Object.entries(sources)) await write(`src/${path}`, text)
  await bundlePackages([folder])
  const run = (script: string) =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      ...{ cwd: folder, encoding: 'utf8' },
    }).trim()
  const files = async () =>
    (await readdir(join(folder, 'dist'), { recursive: true })).filter((path) => /\.\w+$/.test(path))
  return { folder, write, run, files }
}

const SHARED = {
  'index.ts': `export { Box, made } from './box.ts'\nexport { own } from './own.ts'\n`,
  'more/index.ts': `export { Box } from '../box.ts'\n`,
  'box.ts': `export const made: Box[] = []
export class Box {
  static readonly first = new Box()
  readonly kind: string = 'box'
  constructor() { made.push(this) }
}
`,
  'own.ts': 'export const own = 1\n',
}

it('a class that two entries export is one class, and keeps its name', async () => {
  const { run } = await bundle(SHARED)
  const script = `
import { Box, made } from 'box'
import * as more from 'box/more'
new more.Box()
console.log(Box === more.Box, made.length, Box.name, made[1] instanceof Box)`
  expect(run(script)).toBe('true 2 Box true')
})

it('each entry has its path, and modules that only one of them needs are in it', async () => {
  const { files } = await bundle(SHARED)
  const names = (await files()).map((name) => name.replace(/-\w{8}\./, '-HASH.'))
  expect(names.toSorted()).toEqual(['chunks/chunk-HASH.js', 'index.js', 'more/index.js'])
})

it('a module that is imported late is loaded late', async () => {
  const { run } = await bundle({
    'index.ts': `export const late = () => import('./late.ts')\n`,
    'more/index.ts': 'export {}\n',
    'late.ts': `console.log('loaded')\nexport const late = 1\n`,
  })
  expect(run(`import { late } from 'box'; console.log('first'); await late()`)).toBe(
    'first\nloaded',
  )
})

it('what a module names relative to itself, such as a program that it starts, is found', async () => {
  const { run } = await bundle({
    'index.ts': `export { main } from './deep/start.ts'\n`,
    'more/index.ts': `export { main } from '../deep/start.ts'\n`,
    'deep/start.ts': `export const main = new URL(
  import.meta.url.endsWith('.ts') ? './main.ts' : './main.js',
  import.meta.url,
)
`,
    'deep/main.ts': `console.log('started')\nexport {}\n`,
  })
  expect(run(`import { main } from 'box'; await import(main)`)).toBe('started')
})

it('a command has its path, and its first line', async () => {
  const command = { 'open.ts': `#!/usr/bin/env node\nconsole.log('opened')\n` }
  const { folder } = await bundle({ ...SHARED, ...command }, { bin: { box: './dist/open.js' } })
  const text = await readFile(join(folder, 'dist/open.js'), 'utf8')
  expect(text).toMatch(/^#!\/usr\/bin\/env node\n/)
})

it('another package is imported, not copied', async () => {
  const { folder } = await bundle({
    'index.ts': `export * from '@rekey/secret'\nimport pg from 'pg'\nexport { pg }\n`,
    'more/index.ts': 'export {}\n',
  })
  const text = await readFile(join(folder, 'dist/index.js'), 'utf8')
  expect(text.match(/from "[^"]+"/g)).toEqual(['from "@rekey/secret"', 'from "pg"'])
})

it('the stack of an error has the names of the functions that it went through', async () => {
  const { run } = await bundle({
    'index.ts': `import { fail } from './fail.ts'\nexport function open() { fail() }\n`,
    'more/index.ts': `export { fail } from '../fail.ts'\n`,
    'fail.ts': `export function fail(): never { throw new Error('failed') }\n`,
  })
  const script = `
import { open } from 'box'
try { open() } catch ({ stack }) { console.log(stack) }`
  expect(run(script)).toMatch(/at fail \(.*\/dist\/chunks\/.*at open \(.*\/dist\/index\.js:/s)
})

it('a second bundle leaves what is as it was, and removes what is no longer made', async () => {
  const { folder, write, files } = await bundle(SHARED)
  const index = join(folder, 'dist/more/index.js')
  const { mtimeMs } = await stat(index)
  await write('dist/old.js', '')
  await write('dist/old.d.ts', '')
  await write('dist/page/main.js', '')
  await bundlePackages([folder])
  expect((await stat(index)).mtimeMs).toBe(mtimeMs)
  expect((await files()).filter((path) => /old|page/.test(path))).toEqual([
    'old.d.ts',
    'page/main.js',
  ])
})
