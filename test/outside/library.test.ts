import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DisposalStack } from '@rekey/secret'
import { openStore } from '@rekey/secret-stores/locate'
import { folderOf, PACKAGES } from '@rekey/test-packed'
import { readRunbook } from '@rekey/test-support'
import { findForTest } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type LibraryLoad,
  type RotatedSecret,
  secretsOfLibrary,
  startLoad,
} from './library-clients.ts'
import {
  type LibraryFamily,
  type LibraryStore,
  openLibraryFamily,
  succeed,
} from './library-family.ts'
import { type LibraryFolder, openLibraryFolder } from './library-folder.ts'
import { DOCUMENTS, type Snippet, writeSnippets } from './readme-snippets.ts'

const TIMEOUT_MS = 600_000
const TSC_FLAGS = [
  ...['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', '--types', 'node'],
  ...['--target', 'es2022', '--lib', 'es2023,esnext.disposable,dom', '--module', 'nodenext'],
  ...['--rootDir', 'readmes', '--outDir', 'readmes/dist'],
]
const gitleaks = await findForTest('gitleaks')
const own = new DisposalStack()
let folder: LibraryFolder

beforeAll(async () => {
  folder = own.use(await openLibraryFolder(), 'folder')
  for (const block of blocksOf('Build and check')) await succeed(folder, block)
}, TIMEOUT_MS)
afterAll(() => own.dispose())

function blocksOf(heading: string): readonly string[] {
  const blocks = folder.blocks.get(heading)
  if (blocks === undefined) throw new Error(`the README has no heading ${heading}`)
  return blocks
}

function dotenvStore(): LibraryStore {
  const environment = { REKEY_ENVIRONMENT: 'development', REKEY_SECRETS: 'dotenv:.env' }
  const path = join(folder.root, '.env')
  return {
    nonProduction: true,
    deployment: 'development.json',
    setup: blocksOf('The first secrets'),
    operator: {},
    environmentOf: (who) => (who === 'rotator' ? {} : environment),
    openStore: () => openStore(`dotenv:${path}`, { env: {} }),
    put: (name, value) => appendFile(path, `${name}='${value}'\n`),
  }
}

describe.runIf(gitleaks.found)('rekey-gate in the library', { timeout: TIMEOUT_MS }, () => {
  const gate = async () => {
    const { stdout, stderr } = await folder.type(`rekey-gate --json --gitleaks ${gitleaks.path}`)
    if (stdout === '') throw new Error(stderr)
    const { findings } = JSON.parse(stdout) as { findings: Record<string, unknown>[] }
    return findings
  }
  const commit = 'git add . && git -c user.name=a -c user.email=a@example.test commit --quiet -m a'

  it('asks for the rule of the API keys of the family, and passes with it', async () => {
    await forgetTarballs()
    await succeed(folder, `git init --quiet && ${commit}`)
    const [finding, ...others] = await gate()
    expect(others).toEqual([])
    expect(finding).toMatchObject({ check: 'leaks', rule: 'leak-rule-drift' })
    const [, rule = ''] = String(finding?.['fix']).split(/\n(.*)/s)
    await succeed(folder, `cat >> .gitleaks.toml <<'RULE'\n\n${rule}\nRULE\n${commit}`)
    expect(await gate()).toEqual([])
  })

  it('names a breach in TypeScript, in JavaScript, in the family and in a note; so does the linter', async () => {
    const { root } = folder
    const secrets = join(root, 'services/card-office/src/secrets.js')
    const kept = await readFile(secrets, 'utf8')
    const planted = {
      'services/loan-desk/src/leak.ts':
        "import type { Secret } from '@rekey/secret'\nexport const show = (key: Secret) => { console.log(key.expose()) }\n",
      'services/card-office/src/leak.js': 'export const port = process.env.PORT\n',
      'services/card-office/src/secrets.js': kept
        .replace('  secrets: {', '  secrets: {\n    members: oidcClient(),')
        .concat("import { oidcClient } from '@rekey/oidc-client'\n"),
    }
    for (const [path, text] of Object.entries(planted)) await writeFile(join(root, path), text)
    await succeed(folder, 'rekey issue api-key a:b --production | tee note.txt > /dev/null')
    const found = (await gate()).map(({ check, rule }) => `${String(check)} ${String(rule)}`)
    const linted = await folder.type('npm run lint')
    const plantedPaths = [
      ...Object.keys(planted).filter((path) => path.includes('leak')),
      'note.txt',
    ]
    for (const path of plantedPaths) await rm(join(root, path))
    await writeFile(secrets, kept)
    expect(new Set(found)).toEqual(
      new Set([
        'access holder',
        'drift generated-file',
        'leaks rekey-api-key',
        'lint @rekey/no-raw-env',
        'lint @rekey/no-secret-in-logs',
        'lint @rekey/service-access',
      ]),
    )
    expect(linted.code).toBe(1)
    expect(linted.stdout).toMatch(
      /leak\.js[^]*no-raw-env[^]*service-access[^]*leak\.ts[^]*no-secret-in-logs/,
    )
  })
})

describe('the code of each README, beside installed packages', { timeout: TIMEOUT_MS }, () => {
  let snippets: readonly Snippet[]

  it('compiles with plain tsc', async () => {
    expect(DOCUMENTS).toEqual(await documentsWithCode())
    snippets = await writeSnippets(folder)
    expect(snippets.length).toBeGreaterThan(30)
    const wrong = "import { createKeyring } from '@rekey/api-key-auth'\ncreateKeyring(1)\n"
    await writeFile(join(folder.root, 'readmes/wrong.ts'), wrong)
    const { stdout } = await folder.type(`tsc ${TSC_FLAGS.join(' ')} readmes/*.ts`)
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^readmes\/wrong\.ts\(2,15\): error TS2345/),
    ])
  })

  it('runs, where it needs no server', async () => {
    const runnable = snippets.filter(({ runs }) => runs)
    expect(runnable.length).toBeGreaterThan(2)
    for (const { name } of runnable) await succeed(folder, `node readmes/dist/${name}.js`)
  })
})

/** Published, a package comes from the registry: a lock with the path of a tarball is refused. */
async function forgetTarballs(): Promise<void> {
  const path = join(folder.root, 'package-lock.json')
  const lock = JSON.parse(await readFile(path, 'utf8')) as { packages: Record<string, Resolved> }
  for (const entry of Object.values(lock.packages)) {
    if (entry.resolved?.startsWith('file:') === true) delete entry.resolved
  }
  await writeFile(path, JSON.stringify(lock, undefined, 2))
}

/** The README of the repository, and of each package that shows TypeScript. */
async function documentsWithCode(): Promise<string[]> {
  const all = ['README.md', ...PACKAGES.map((name) => `${folderOf(name)}/README.md`)]
  const shown = await Promise.all(all.map(async (each) => (await readRunbook(each)).blocks('ts')))
  return all.filter((_, at) => (shown[at] ?? []).length > 0)
}

interface Resolved {
  resolved?: string
}

describe(
  'the installed command, on secrets in .env and under load',
  { timeout: TIMEOUT_MS },
  () => {
    const stack = new DisposalStack()
    const seen = new Set<string>()
    let family: LibraryFamily
    let secrets: readonly RotatedSecret[]
    let load: LibraryLoad

    beforeAll(async () => {
      for (const name of ['keys', '.env']) {
        await rm(join(folder.root, name), { recursive: true, force: true })
      }
      family = stack.use(await openLibraryFamily(folder, dotenvStore()), 'family')
      secrets = secretsOfLibrary(family)
      load = startLoad(family)
    }, TIMEOUT_MS)
    afterAll(() => stack.dispose())

    const valueOf = async ({ name }: RotatedSecret) => {
      const value = (await family.store.read(name)).current.value.expose()
      seen.add(value)
      return value
    }
    const command = ({ title }: RotatedSecret, ...flags: readonly string[]) =>
      ['rekey rotate', title, '--family', family.place.deployment, ...flags].join(' ')

    it('rotates every kind by the commands of the README; each old value is refused', async () => {
      const typed = blocksOf('Rotate').join('').trim().split('\n')
      expect(
        typed.map((line) => line.replace('development.json', family.place.deployment)),
      ).toEqual(secrets.map((one) => command(one)))
      for (const one of secrets) {
        const old = await valueOf(one)
        expect([one.name, await one.isRefused(old)]).toEqual([one.name, false])
        await family.rotate(command(one))
        expect([one.name, await one.isRefused(old)]).toEqual([one.name, true])
        expect([one.name, await one.isRefused(await valueOf(one))]).toEqual([one.name, false])
      }
    })

    it('ends a rotation whose rotator was killed after it promoted', async () => {
      const [key] = secrets as [RotatedSecret]
      const old = await valueOf(key)
      await family.killAt('promote', command(key))
      expect(await key.isRefused(old)).toBe(false)
      await family.rotate(command(key))
      expect(await key.isRefused(old)).toBe(true)
    })

    it('cuts off what has leaked, of every kind', async () => {
      for (const one of secrets) {
        const old = await valueOf(one)
        await family.rotate(command(one, '--compromised'))
        expect([one.name, await one.isRefused(old)]).toEqual([one.name, true])
      }
    })

    it('fails no request, and prints no value', async () => {
      const { done, failed } = await load.stop()
      expect(failed).toEqual([])
      expect(done).toBeGreaterThan(300)
      for (const one of secrets) await valueOf(one)
      expect(seen.size).toBe(3 * secrets.length + 1)
      expect([...seen].filter((value) => family.printed().includes(value))).toEqual([])
    })

    it('replaces the key of the CA by the commands of the README, with a backup and its drill', async () => {
      for (const block of blocksOf('The key of the CA')) await succeed(folder, block)
      const { stdout } = await folder.type('rekey ca rotate status keys/ca')
      expect(stdout).toMatch(/generation 1 +crl-only[^]*generation 2 +active/)
    })
  },
)
