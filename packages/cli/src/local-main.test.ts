import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { findLocalMain } from './local-main.ts'

/** A directory of a project, with a `rekey` of its own or without. */
async function openProject(isInstalled: boolean) {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'rekey-local-')))
  onTestFinished(() => rm(root, { recursive: true }))
  const below = join(root, 'services/portal')
  await mkdir(below, { recursive: true })
  const folder = join(root, 'node_modules/@rekey/cli')
  const main = join(folder, 'dist/main.js')
  if (isInstalled) {
    await mkdir(join(folder, 'dist'), { recursive: true })
    await writeFile(join(folder, 'package.json'), '{ "bin": { "rekey": "./dist/main.js" } }')
    await writeFile(main, '')
  }
  return { root, below, main, url: pathToFileURL(main).href }
}

it('finds the command of the project, from any folder of it', async () => {
  const { root, below, url } = await openProject(true)
  expect(await findLocalMain(root, import.meta.url)).toBe(url)
  expect(await findLocalMain(below, import.meta.url)).toBe(url)
})

it('finds nothing where the project has none, or is the one that was called', async () => {
  const without = await openProject(false)
  expect(await findLocalMain(without.root, import.meta.url)).toBeUndefined()
  const { root, url } = await openProject(true)
  expect(await findLocalMain(root, url)).toBeUndefined()
  expect(await findLocalMain(import.meta.dirname, import.meta.url)).toBeUndefined()
})

it('refuses a command that another user could change, and says how to call it', async () => {
  const { root, main } = await openProject(true)
  await chmod(main, 0o666)
  await expect(findLocalMain(root, import.meta.url)).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('npx rekey') as string,
  })
})
