// @lane servers
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GateReport } from '@rekey/eslint-plugin/internal/gate'
import { fillSample } from '@rekey/log-redactor/internal/signs'
import { leakRules } from '@rekey/rekey/internal'
import { findForTest } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CODE_EVASIONS } from './evasions/code.ts'
import { CONFIG_EVASIONS } from './evasions/configurations.ts'
import {
  FILE_EVASIONS,
  newVendorKey,
  type Repository,
  repositoryAt,
  STAGED_EVASIONS,
} from './evasions/history.ts'
import { POLICY_EVASIONS } from './evasions/policies.ts'
import { runGateCommand, runGateOver } from './run-gate.ts'

const gitleaks = await findForTest('gitleaks')
const REPOSITORY = join(import.meta.dirname, '../..')
const PAGE = join(REPOSITORY, 'docs/gate.md')

/** More than these must not pass. */
const MOST = 8

const ATTRIBUTES = '*.nodiff -diff\n*.binary binary\n*.diffed diff\n'

const slug = (name: string) => name.replaceAll(/[^\w]+/g, '-')
const roots: string[] = []

async function openRepository(files: Readonly<Record<string, string>>): Promise<Repository> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-evasion-'))
  roots.push(root)
  const repository = repositoryAt(root)
  await symlink(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'))
  const all = {
    '.gitignore': 'node_modules\n.env\n',
    'package.json': '{ "type": "module", "private": true }\n',
    'package-lock.json': '{ "lockfileVersion": 3, "packages": {} }\n',
    ...files,
  }
  for (const [file, text] of Object.entries(all)) await repository.plant(file, text)
  repository.git('init', '--quiet')
  repository.git('add', '--all')
  repository.git('commit', '--quiet', '--message', 'first')
  return repository
}

const codeFile = (name: string) => `services/app/src/${slug(name)}.js`
const configFolder = (name: string) => `services/${slug(name)}/src`

/** All ways that leave a trace of their own, in one repository. */
async function openShared(): Promise<string> {
  const files: Record<string, string> = {
    '.gitattributes': ATTRIBUTES,
    'gate.json': '{ "suppressions": 0 }\n',
    '.gitleaks.toml': `[extend]\nuseDefault = true\n\n${leakRules()
      .map(({ toml }) => toml)
      .join('\n')}`,
    'eslint.config.js': sharedConfig(),
    [codeFile('nothing')]: 'export const nothing = 1\n',
  }
  for (const [name, text] of CODE_EVASIONS) files[codeFile(name)] = `${fillSample(text)}\n`
  for (const [name, { main = '', files: others = {} }] of CONFIG_EVASIONS) {
    files[`${configFolder(name)}/main.js`] = `${main}\n`
    for (const [file, text] of Object.entries(others)) {
      files[join(configFolder(name), file)] = `${text}\n`
    }
  }
  const repository = await openRepository(files)
  for (const [file, plant] of FILE_EVASIONS.values()) await plant(repository, String(file))
  repository.git('add', '--force', '--all', '--', '.', ':!node_modules', ':!docs/huge')
  repository.git('add', '--intent-to-add', 'docs/huge')
  return repository.root
}

/** What is staged in a repository of its own, over a commit without a leak. */
async function openStaged(): Promise<string> {
  const repository = await openRepository({ '.gitattributes': ATTRIBUTES })
  const { git } = repository
  for (const [file, plant] of STAGED_EVASIONS.values()) {
    await plant(repository, String(file))
    git('add', '--force', '--all', '--', '.', ':!node_modules', ':!docs/out.txt')
  }
  return repository.root
}

function sharedConfig(): string {
  const parts = [...CONFIG_EVASIONS].map(([name, { config }]) =>
    config.replace('FILES', JSON.stringify([`services/${slug(name)}/**`])),
  )
  return `import * as espree from 'espree'
import rekey from '@rekey/eslint-plugin'
export default [
  ...rekey.configs.strict,
  { rules: {
    '@rekey/require-startup-validation': ['error', { loaders: ['loadService'], checkExported: true }],
    '@rekey/service-access': ['error', { grants: {} }],
  } },
  ${parts.join(',\n  ')},
]
`
}

/** An unchanged repository without services and family. */
const NOTHING = 'nothing'
/** No code of a program, and the linter does not look at it. */
const RUNNER = {
  'vitest.config.mts': "import './test/agent.js'\n",
  'test/agent.js': 'export {}\n',
  'src/main.d.ts': 'export declare const nothing: number\n',
  // A description of an interface, which the program has.
  'src/api.js': "import './openapi/spec/user.js'\n",
  'src/openapi/spec/user.js': 'export {}\n',
}

/** One repository for a change of its policy. */
async function openPolicy(name: string): Promise<string> {
  const { files, key = 'notes.txt' } = POLICY_EVASIONS.get(name) ?? { files: {}, key: '' }
  const repository = await openRepository({
    'eslint.config.js':
      "import rekey from '@rekey/eslint-plugin'\nexport default [...rekey.configs.recommended]\n",
    'src/main.js': 'export const nothing = 1\n',
    ...(name === NOTHING && RUNNER),
    ...(key === 'notes.txt' && { [key]: `token = '${newVendorKey()}'\n` }),
    ...(key.endsWith('.js') && {
      [key]: 'export const log = (vault) => console.log(vault.expose())\n',
    }),
  })
  for (const [file, text] of Object.entries(files)) {
    if (text === undefined) await rm(join(repository.root, file))
    else await repository.plant(file, text)
  }
  repository.git('add', '--all')
  repository.git('commit', '--quiet', '--allow-empty', '--message', 'policy')
  return repository.root
}

type Findings = GateReport['findings']

describe.runIf(gitleaks.found)('ways to get a secret past the gate', () => {
  let shared: Findings
  let clean: GateReport | undefined
  const passed: string[] = []
  const policies = new Map<string, Findings>()

  beforeAll(async () => {
    const names = [...POLICY_EVASIONS.keys()]
    const opened = [await openShared()]
    for (const name of [...names, NOTHING]) opened.push(await openPolicy(name))
    const [first, ...others] = await runGateOver(opened)
    shared = (first?.findings ?? []).filter(({ check }) => check === 'lint' || check === 'leaks')
    clean = others.at(-1)
    names.forEach((name, index) => policies.set(name, others[index]?.findings ?? []))
    const isFound = (place: string | RegExp) =>
      shared.some(({ where: { file } }) =>
        typeof place === 'string' ? file.startsWith(place) : place.test(file),
      )
    for (const name of CODE_EVASIONS.keys()) if (!isFound(codeFile(name))) passed.push(name)
    for (const name of CONFIG_EVASIONS.keys()) {
      if (!isFound(`services/${slug(name)}/`)) passed.push(name)
    }
    for (const [name, [file]] of FILE_EVASIONS) if (!isFound(file)) passed.push(name)
    for (const [name, found] of policies) if (found.length === 0) passed.push(name)
  }, 600_000)
  afterAll(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))))

  it('are at least 60, and few pass', () => {
    const tried = [CODE_EVASIONS, CONFIG_EVASIONS, FILE_EVASIONS, POLICY_EVASIONS]
    expect(tried.reduce((sum, { size }) => sum + size, 0)).toBeGreaterThanOrEqual(60)
    expect(passed.length).toBeLessThanOrEqual(MOST)
  })

  it('do not pass by being staged alone', { timeout: 60_000 }, async () => {
    const { stdout } = await runGateCommand(['--staged', '--json', '--root', await openStaged()])
    const { findings } = JSON.parse(stdout) as GateReport
    const found = findings.map(({ where }) => where.file)
    const unseen = [...STAGED_EVASIONS].filter(
      ([, [place]]) => !found.some((file) => file.startsWith(String(place))),
    )
    expect(unseen.map(([name]) => name)).toEqual([])
    expect(stdout).not.toMatch(/ghp_[0-9A-Za-z]{36}/)
  })

  it('are named on the page about the gate, where they pass', async () => {
    const page = await readFile(PAGE, 'utf8')
    const [, chapter = ''] = page.split('\n## What passes the gate\n')
    const rows = chapter.split('\n## ')[0]?.matchAll(/^\| ([^|]+?) +\|/gm) ?? []
    const named = [...rows].map(([, name = '']) => name).slice(2)
    expect(named.sort()).toEqual([...passed].sort())
  })

  it('are reported without the secret', () => {
    expect(JSON.stringify(shared)).not.toMatch(/ghp_[0-9A-Za-z]{36}/)
  })

  it('are not found where there is nothing', () => {
    expect(clean?.findings).toEqual([])
    expect(clean?.skipped).toEqual([expect.stringContaining('access, startup, drift: ')])
    expect(shared.filter(({ where }) => where.file === codeFile('nothing'))).toEqual([])
  })
})
