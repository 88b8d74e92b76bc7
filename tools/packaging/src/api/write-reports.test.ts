import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { writeReports } from './write-reports.ts'

const entry = (name: string) => ({
  '@rekey/source': `./src/${name}.ts`,
  types: `./dist/${name}.d.ts`,
})

/** A repository with one package, which is built of these declarations. */
async function createRepository(dist: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-api-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const folder = join(root, 'packages/till')
  await mkdir(join(folder, 'dist'), { recursive: true })
  const exports = { '.': entry('index'), './node': entry('node'), './internal': entry('internal') }
  const manifest = { name: '@rekey/till', version: '1.0.0', type: 'module', exports }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  for (const [name, text] of Object.entries(dist)) await writeFile(join(folder, 'dist', name), text)
  return root
}

it('one file of a package has the signatures of each public entry, in order and without comments', async () => {
  const root = await createRepository({
    'index.d.ts': `export { openTill } from './open.ts'\n/** Its drawer. */\nexport type Drawer = 1 | 2\n`,
    'open.d.ts': '/** Opens it. */\nexport declare function openTill(waitMs?: number): void\n',
    'node.d.ts': 'export interface Till {\n  readonly drawers: number\n}\n',
    'internal.d.ts': 'export declare const hidden: 1\n',
  })
  await writeReports(root, join(root, 'etc'))
  expect(await readdir(join(root, 'etc'))).toEqual(['till.api.md'])
  expect(await readFile(join(root, 'etc/till.api.md'), 'utf8')).toMatchInlineSnapshot(`
    "<!-- Written by npm run api. -->

    ## @rekey/till

    \`\`\`ts
    export type Drawer = 1 | 2

    export function openTill(waitMs?: number): void
    \`\`\`

    ## @rekey/till/node

    \`\`\`ts
    export interface Till {
        readonly drawers: number
    }
    \`\`\`
    "
  `)
})

it('a package that is not built is refused', async () => {
  const root = await createRepository({ 'index.d.ts': 'export {}\n' })
  await expect(writeReports(root, join(root, 'etc'))).rejects.toThrow(
    'node.d.ts is not there: run npm run build',
  )
})
