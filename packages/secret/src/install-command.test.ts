import { createRequire } from 'node:module'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describeMissingPackage, importPeer, installCommand, versionOfPackage } from './internal.ts'
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

it('gives the version of a package, and none where no package.json is to be had', async () => {
  const exports = { './package.json': './package.json' }
  const url = await moduleIn({ name: 'driver', version: '1.2.3', exports })
  expect(versionOfPackage(url, 'driver')).toBe('1.2.3')
  expect(versionOfPackage(await moduleIn({ name: 'bundle' }), 'driver')).toBeUndefined()
})

it('imports an optional peer, or says for what it is needed and how it is installed', async () => {
  const url = await moduleIn({
    ...{ name: 'driver', exports: { './package.json': './package.json' } },
    peerDependencies: { 'nope-esm': '^2' },
  })
  const peer = { url, of: 'driver', name: 'nope-esm', need: 'the rotation at Redis' }
  expect(await importPeer(peer, () => Promise.resolve('imported'))).toBe('imported')
  const absent = 'nope-esm'
  await expect(importPeer(peer, () => import(absent) as Promise<unknown>)).rejects.toMatchObject({
    code: 'refused',
    message:
      'the rotation at Redis needs nope-esm, which is not installed: npm install "nope-esm@^2"',
  })
  const broken = new Error('it is broken')
  await expect(importPeer(peer, () => Promise.reject(broken))).rejects.toBe(broken)
})

it.each([
  ['an error without a code', new Error("Cannot find package 'a'")],
  ['no error', { code: 'ERR_MODULE_NOT_FOUND', message: "Cannot find package 'a'" }],
  ['nothing', undefined],
  ['another code', Object.assign(new Error("Cannot find package 'a'"), { code: 'EACCES' })],
  [
    'other words before',
    Object.assign(new Error("Error: Cannot find package 'a'"), { code: 'MODULE_NOT_FOUND' }),
  ],
])('%s is of no package', (_, error) => {
  expect(describeMissingPackage(error)).toBeUndefined()
})
