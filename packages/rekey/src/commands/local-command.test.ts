import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { findLocalMain } from './local-command.ts'

/** A directory of a project, with a `rekey` of its own or without. */
async function openProject(isInstalled: boolean) {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'rekey-local-')))
  onTestFinished(() => rm(root, { recursive: true }))
  const below = join(root, 'services/portal')
  await mkdir(below, { recursive: true })
  const folder = join(root, 'node_modules/@rekey/rekey')
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
  expect(await findLocalMain(root, import.meta.url)).toMatchObject({ main: url })
  expect(await findLocalMain(below, import.meta.url)).toMatchObject({ main: url })
})

it('finds nothing where the project has none, or is the one that was called', async () => {
  const without = await openProject(false)
  expect(await findLocalMain(without.root, import.meta.url)).toBeUndefined()
  const { root, url } = await openProject(true)
  expect(await findLocalMain(root, url)).toBeUndefined()
  expect(
    await findLocalMain(import.meta.dirname, new URL('../main.ts', import.meta.url).href),
  ).toBeUndefined()
})

it.each(['dist/main.js', 'dist/run.js', './package.json'])(
  'S30: refuses a command whose %s another user could change',
  async (name) => {
    const { root, main } = await openProject(true)
    const path = join(dirname(dirname(main)), name)
    if (name === 'dist/run.js') await writeFile(path, '')
    await chmod(path, 0o666)
    await expect(findLocalMain(root, import.meta.url)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('npx rekey') as string,
    })
  },
)

it('S30: refuses a command that is outside of its package', async () => {
  const { root } = await openProject(true)
  const manifest = join(root, 'node_modules/@rekey/rekey/package.json')
  await writeFile(manifest, '{ "bin": { "rekey": "../../../elsewhere.js" } }')
  await expect(findLocalMain(root, import.meta.url)).rejects.toMatchObject({ code: 'refused' })
})
