import { createRequire } from 'node:module'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describeMissingPackage, installCommand } from './internal.ts'
import { expect, it, onTestFinished } from 'vitest'

/** The URL of a module in a package of its own. */
async function moduleIn(manifest: object): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-peer-'))
  onTestFinished(() => rm(root, { recursive: true }))
  await mkdir(join(root, 'dist/deep'), { recursive: true })
  await writeFile(join(root, 'package.json'), JSON.stringify(manifest))
  return pathToFileURL(join(root, 'dist/deep/index.js')).href
}

it('names each peer in the versions that the package takes, as one word of a shell', async () => {
  const url = await moduleIn({
    name: 'driver',
    exports: { './package.json': './package.json' },
    peerDependencies: { one: '>=1.4 <2', '@scope/two': '^3' },
  })
  expect(installCommand(url, 'driver', 'one', '@scope/two')).toBe(
    'npm install "one@>=1.4 <2" "@scope/two@^3"',
  )
})

it('names the peer alone where no package.json is to be had, as in a bundle', async () => {
  expect(installCommand(await moduleIn({ name: 'bundle' }), 'driver', 'one')).toBe(
    'npm install one',
  )
})

it.each([
  ['nope-esm', (name: string) => import(name)],
  ['@scope/nope/deep.js', (name: string) => import(name)],
  ['nope-cjs/deep', (name: string) => Promise.resolve(createRequire(import.meta.url)(name))],
])(
  'the package of the import %s is named with the command that installs it',
  async (name, load) => {
    const [own = ''] = /^(?:@\w+\/)?[\w-]+/.exec(name) ?? []
    const error: unknown = await Promise.resolve(name)
      .then(load)
      .catch((caught: unknown) => caught)
    expect(describeMissingPackage(error)).toBe(
      `the package ${own} is not installed: npm install ${own}`,
    )
  },
)

it('a file that is not there, and any other error, is of no package', async () => {
  const gone = './gone.js'
  const error: unknown = await import(gone).catch((caught: unknown) => caught)
  expect(describeMissingPackage(error)).toBeUndefined()
  expect(describeMissingPackage(new Error("Cannot find package 'a'"))).toBeUndefined()
})
