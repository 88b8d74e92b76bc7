// @lane servers
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REKEY } from '@rekey/test-support'
import { expect, it, onTestFinished, vi } from 'vitest'
import { BY_OTHER_USER, runAsOther } from './other-user.ts'
import { newText } from './service-fixture.ts'

const TOKEN = newText()

/** Says what it can see, then defines a service that needs nothing. */
const MODULE = `console.log('ran with ' + process.env.VAULT_TOKEN)
export const definition = { name: 'shop', settings: { shape: {} }, secrets: {} }
`

vi.setConfig({ testTimeout: 60_000 })

/** A work tree with the definition of one service, which this user alone can change. */
async function newTree(text = MODULE) {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'rekey-tree-')))
  onTestFinished(() => rm(root, { recursive: true }))
  await chmod(root, 0o755)
  const folder = join(root, 'services/shop/src')
  const file = join(folder, 'secrets.ts')
  await mkdir(folder, { recursive: true, mode: 0o755 })
  await writeFile(file, text, { mode: 0o644 })
  return { root, folder, file }
}

/** What `rekey generate shop` prints in a directory. */
function generate(cwd: string, ...flags: string[]): Promise<string> {
  const args = [REKEY, 'generate', 'shop', '--check', ...flags]
  const env = { PATH: process.env['PATH'], VAULT_TOKEN: TOKEN }
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env }, (_error, stdout, stderr) => {
      resolve(stdout + stderr)
    })
  })
}

it('runs a definition that is found in a work tree which only this user can change', async () => {
  const { root } = await newTree()
  // The command masks what is in its environment.
  expect(await generate(root)).toContain('ran with [secret VAULT_TOKEN]')
})

it(`does not run a definition that ${BY_OTHER_USER} has put where one is looked for, unless it is named`, async () => {
  const { root, folder, file } = await newTree()
  await rm(file)
  await chmod(folder, 0o777)
  runAsOther('printf %s "$2" > "$1"', file, MODULE)
  const output = await generate(root)
  expect(output).toContain('refused: ')
  expect(output).toContain(`name it: --definition ${file}`)
  expect(output).not.toContain('ran with')
  expect(await generate(root, '--definition', file)).toContain('ran with')
})

it.each<[string, (tree: Awaited<ReturnType<typeof newTree>>) => Promise<unknown>]>([
  ['everybody can write', ({ file }) => chmod(file, 0o646)],
  ['lies in a directory that everybody can write', ({ folder }) => chmod(folder, 0o757)],
  ['lies in a work tree that everybody can write', ({ root }) => chmod(root, 0o777)],
  [
    'is reached by a symbolic link',
    async ({ root, folder }) => {
      await rename(folder, join(root, 'real'))
      await symlink(join(root, 'real'), folder)
    },
  ],
])('does not run a definition that was only found and %s', async (_which, spoil) => {
  const tree = await newTree()
  await spoil(tree)
  const output = await generate(tree.root)
  expect(output).toContain('refused: ')
  expect(output).not.toContain('ran with')
})
