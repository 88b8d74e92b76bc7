import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { writeCommonJsEntries } from './commonjs-entries.ts'

const TARGET = {
  require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
  types: './dist/index.d.ts',
  default: './dist/index.js',
}

/** A package in a folder of its own, built of these files. */
async function writePackage(dist: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rekey-entries-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'dist'))
  const exports = { '.': TARGET, './package.json': './package.json' }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', exports }))
  for (const [name, text] of Object.entries(dist)) await writeFile(join(folder, 'dist', name), text)
  return folder
}

it('a module is required as it is, and each value has the type that it has there', async () => {
  const folder = await writePackage({
    'index.js': 'export class Box {}\nexport const open = () => new Box()\n',
    'index.d.ts': `export { Box, type Lid } from './box.js'
export declare const open: () => void
export interface Key { readonly teeth: number }
`,
    'box.d.ts': 'export declare class Box<T = string> { value: T }\nexport declare class Lid {}\n',
  })
  await writeCommonJsEntries([folder])
  expect(await readFile(join(folder, 'dist/index.d.cts'), 'utf8')).toBe(
    `import type * as esm from './index.js' with { 'resolution-mode': 'import' }
export type * from './index.js' with { 'resolution-mode': 'import' }
export declare const Box: typeof esm.Box
export type Box<T = string> = esm.Box<T>
export declare const open: typeof esm.open
`,
  )
  const required = createRequire(import.meta.url)(join(folder, 'dist/index.cjs')) as object
  expect(Object.keys(required)).toEqual(['Box', 'open'])
})

it('the default export of a module is what is required', async () => {
  const folder = await writePackage({
    'index.js': 'export default 7\n',
    'index.d.ts': 'declare const seven: number\nexport default seven\n',
  })
  await writeCommonJsEntries([folder])
  expect(createRequire(import.meta.url)(join(folder, 'dist/index.cjs'))).toBe(7)
  expect(await readFile(join(folder, 'dist/index.d.cts'), 'utf8')).toContain('export = required')
})

it('a package that is not built is refused', async () => {
  const folder = await writePackage({})
  await expect(writeCommonJsEntries([folder])).rejects.toThrow('build the package')
})
