import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { DefinitionError, loadServiceFolder } from './index.ts'

const DEFINITION = "export const definition = { name: 'portal', secrets: {} }\n"

/** A repository with one service, `portal`, whose `src` has these files. */
async function repositoryWith(...names: readonly string[]): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-definitions-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const folder = join(root, 'services/portal/src')
  await mkdir(folder, { recursive: true })
  await writeFile(join(root, 'package.json'), '{ "type": "module" }')
  for (const name of names) await writeFile(join(folder, name), DEFINITION)
  return root
}

it.each(['secrets.ts', 'secrets.mts', 'secrets.js', 'secrets.mjs'])(
  'finds the definition of a service in %s',
  async (name) => {
    const found = await loadServiceFolder(await repositoryWith(name), 'portal')
    expect(found).toEqual({ name: 'portal', secrets: {}, file: `services/portal/src/${name}` })
  },
)

it.each([
  ['secrets.ts', 'secrets.js'],
  ['secrets.js', 'secrets.mjs'],
])('refuses a service with both %s and %s, and names them', async (one, other) => {
  const loading = loadServiceFolder(await repositoryWith(one, other), 'portal')
  await expect(loading).rejects.toThrow(`two definitions, ${one} and ${other}`)
})

it('names secrets.ts where a service has no definition', async () => {
  const failure: unknown = await loadServiceFolder(await repositoryWith(), 'portal').catch(
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(DefinitionError)
  expect((failure as DefinitionError).file).toMatch(/services\/portal\/src\/secrets\.ts$/)
})
