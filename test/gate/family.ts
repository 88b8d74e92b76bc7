import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { generateFiles, listServices, loadServiceFolder } from '@rekey/rekey/internal/definitions'
import { CLEAN, DESCRIPTION, type Violation } from './corpus.ts'
import { fillRandom } from './random-text.ts'

const run = promisify(execFile)
const REPOSITORY = join(import.meta.dirname, '../..')

/** A work tree of its own with a family of services in it, all of it committed. */
export interface Family extends AsyncDisposable {
  readonly root: string
  readonly plant: (file: string, text: string) => Promise<void>
  /** Replaces what must be there. */
  readonly edit: (file: string, from: string, to: string) => Promise<void>
  readonly git: (...command: string[]) => Promise<void>
  readonly commit: () => Promise<void>
}

/** Lays out the clean family, or what a violation makes of it. */
export async function openFamily(violation?: Violation): Promise<Family> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-family-'))
  const family = familyAt(root)
  await copyFilled(CLEAN, root)
  await surround(family)
  if (violation !== undefined) {
    await copyFilled(violation.folder, root)
    for (const file of violation.removes) await rm(join(root, file))
    for (const { file, from, to } of violation.edits) await family.edit(file, from, to)
  }
  await generate(family, violation)
  await family.git('init', '--quiet')
  await family.commit()
  return family
}

function familyAt(root: string): Family {
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.test']
  const git = async (...command: string[]) => {
    await run('git', [...author, ...command], { cwd: root })
  }
  const plant = async (file: string, text: string) => {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
  return {
    root,
    plant,
    git,
    async edit(file, from, to) {
      const text = await readFile(join(root, file), 'utf8')
      if (!text.includes(from)) throw new Error(`${file} has no ${from}`)
      await plant(
        file,
        text.replace(from, () => to),
      )
    },
    async commit() {
      await git('add', '.')
      await git('commit', '--quiet', '--message', 'planted')
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

async function copyFilled(folder: string, root: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    if (!entry.isFile() || entry.name === DESCRIPTION) continue
    const source = join(entry.parentPath, entry.name)
    const target = join(root, relative(folder, source))
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, fillRandom(await readFile(source, 'utf8')))
  }
}

/** What the family takes from this repository. */
async function surround({ root, plant }: Family): Promise<void> {
  await symlink(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'))
  await cp(join(REPOSITORY, '.gitleaks.toml'), join(root, '.gitleaks.toml'))
  await cp(join(REPOSITORY, 'gate.json'), join(root, 'gate.json'))
  await cp(join(REPOSITORY, 'tsconfig.base.json'), join(root, 'base.json'))
  await plant('.gitignore', 'node_modules\n.env\n')
  await plant('tsconfig.json', '{ "extends": "./base.json", "include": ["services"] }\n')
}

/** Makes what follows from the definitions, but for the files that the violation brings. */
async function generate({ root, plant }: Family, violation: Violation | undefined): Promise<void> {
  const brought =
    violation === undefined ? [] : await readdir(violation.folder, { recursive: true })
  for (const service of await listServices(root)) {
    const definition = await loadServiceFolder(root, service).catch(() => undefined)
    if (definition === undefined) continue
    for (const { name, text } of generateFiles(definition)) {
      const file = `services/${service}/${name}`
      if (!brought.includes(file)) await plant(file, text)
    }
  }
}
