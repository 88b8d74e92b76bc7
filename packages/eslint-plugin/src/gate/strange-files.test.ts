import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checkDependencies } from './dependencies/check-dependencies.ts'
import { readGatePolicy } from './index.ts'
import { readLeakConfig } from './leaks/leak-config.ts'

const READERS: Readonly<Record<string, (root: string) => Promise<unknown>>> = {
  'gate.json': readGatePolicy,
  'package.json': checkDependencies,
  'package-lock.json': checkDependencies,
  'pnpm-lock.yaml': checkDependencies,
  'yarn.lock': checkDependencies,
  'bun.lock': checkDependencies,
  '.gitleaks.toml': (root) => readLeakConfig(root, []),
}

async function newRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-gate-files-'))
  onTestFinished(() => rm(root, { recursive: true }))
  await writeFile(join(root, 'package.json'), '{}')
  return root
}

describe.each([
  ['a pipe', (path: string) => execFileSync('mkfifo', [path]), 'pipe'],
  ['a link out of the repository', (path: string) => symlink('/etc/hostname', path), 'leads out'],
  ['a link to nothing', (path: string) => symlink('nothing', path), 'does not exist'],
  ['a folder', (path: string) => mkdir(path), 'is a directory'],
  [
    'a file of 1 TB',
    async (path: string) => {
      await writeFile(path, '')
      await truncate(path, 2 ** 40)
    },
    'more than',
  ],
])('%s', (_, plant, words) => {
  it.each(Object.entries(READERS))(
    'in place of %s is refused with its name',
    async (file, read) => {
      const root = await newRoot()
      await rm(join(root, file), { force: true })
      await plant(join(root, file))
      const reason = await read(root).catch((error: unknown) => error)
      expect(String(reason)).toContain(file)
      expect(String(reason)).toContain(words)
    },
  )
})

it('a link to a file of the repository is read', async () => {
  const root = await newRoot()
  await writeFile(join(root, 'real.json'), '{ "lint": ["src"] }')
  await symlink('real.json', join(root, 'gate.json'))
  expect(await readGatePolicy(root)).toMatchObject({ lint: ['src'] })
})
