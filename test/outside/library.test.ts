import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DisposalStack, Secret, type SecretError } from '@rekey/secret'
import { folderOf, PACKAGES } from '@rekey/test-packed'
import { readRunbook } from '@rekey/test-support'
import { findForTest, isExhaustive } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type LibraryLoad,
  type RotatedSecret,
  secretsOfLibrary,
  startLoad,
} from './library-clients.ts'
import { type LibraryFamily, openLibraryFamily, succeed } from './library-family.ts'
import { blocksOf, type LibraryFolder, openLibraryFolder } from './library-folder.ts'
import { type LibraryStore, openDotenvStore, openVaultStore } from './library-stores.ts'
import { DOCUMENTS, type Snippet, writeSnippets } from './readme-snippets.ts'

const ROOT = join(import.meta.dirname, '../..')
const TIMEOUT_MS = 600_000
const TSC_FLAGS = [
  ...['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', '--types', 'node'],
  ...['--target', 'es2022', '--lib', 'es2023,esnext.disposable,dom', '--module', 'nodenext'],
  ...['--rootDir', 'readmes', '--outDir', 'readmes/dist'],
]
const [gitleaks, vault] = await Promise.all([findForTest('gitleaks'), findForTest('vault')])
const own = new DisposalStack()
let folder: LibraryFolder

beforeAll(async () => {
  folder = own.use(await openLibraryFolder(), 'folder')
  for (const block of blocksOf(folder, 'Build and check')) await succeed(folder, block)
}, TIMEOUT_MS)
afterAll(() => own.dispose())

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
    expect(DOCUMENTS.toSorted()).toEqual(await documentsWithCode())
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
  const inPackages = await Promise.all(PACKAGES.map((name) => pagesOf(folderOf(name))))
  const all = ['README.md', ...inPackages.flat()]
  const shown = await Promise.all(all.map(async (each) => (await readRunbook(each)).blocks('ts')))
  return all.filter((_, at) => (shown[at] ?? []).length > 0).toSorted()
}

async function pagesOf(folder: string): Promise<string[]> {
  const all = await readdir(join(ROOT, folder), { recursive: true })
  const pages = all.filter((path) => /^docs\/[\w-]+\.md$/.test(path))
  return ['README.md', ...pages].map((name) => `${folder}/${name}`)
}

interface Resolved {
  resolved?: string
}

/** The secrets of the family are in each of these in turn, shared with other families or not; `leaks` of them leak. All are tried where tests are exhaustive. */
const STORES = [
  {
    ...{ where: 'Vault', found: vault.found, isShared: true, leaks: 1 },
    open: () => openVaultStore(folder, vault.path),
  },
  {
    ...{ where: '.env', found: true, isShared: false, leaks: Infinity },
    open: () => openDotenvStore(folder),
  },
]

describe.each(isExhaustive || !vault.found ? STORES : STORES.slice(0, 1))(
  'the installed command, on secrets in $where and under load',
  { timeout: TIMEOUT_MS },
  ({ found, isShared, open, leaks }) => {
    const stack = new DisposalStack()
    const seen = new Set<string>()
    let place: LibraryStore
    let family: LibraryFamily
    let secrets: readonly RotatedSecret[]
    let load: LibraryLoad

    beforeAll(async () => {
      if (!found) return
      place = stack.use(await open(), 'store')
      family = stack.use(await openLibraryFamily(folder, place), 'family')
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
      ['rekey rotate', title, '--family', place.deployment, ...flags].join(' ')

    it.runIf(found)(
      'rotates every kind by the commands of the README, one after its rotator was killed; each old value is refused',
      async () => {
        const typed = blocksOf(folder, 'Rotate').join('').trim().split('\n')
        expect(typed.map((line) => line.replace('development.json', place.deployment))).toEqual(
          secrets.map((one) => command(one)),
        )
        const [key, ...others] = secrets as [RotatedSecret, ...RotatedSecret[]]
        const ofKilled = await valueOf(key)
        await family.killAt('promote', command(key))
        expect(await key.isRefused(ofKilled)).toBe(false)
        // Meanwhile the lease of the killed rotator ends.
        for (const one of [...others, key]) {
          const old = one === key ? ofKilled : await valueOf(one)
          expect([one.name, await one.isRefused(old)]).toEqual([one.name, false])
          await family.rotate(command(one))
          expect([one.name, await one.isRefused(old)]).toEqual([one.name, true])
          expect([one.name, await one.isRefused(await valueOf(one))]).toEqual([one.name, false])
        }
      },
    )

    it.runIf(found)('fails no request meanwhile', async () => {
      const { done, failed } = await load.stop()
      expect(failed).toEqual([])
      expect(done).toBeGreaterThan(300)
    })

    // A query that runs with a leaked login may fail: it ends with the login's sessions.
    it.runIf(found)('cuts off what has leaked under load, and then fails no request', async () => {
      const during = startLoad(family)
      for (const one of secrets.slice(0, leaks)) {
        const old = await valueOf(one)
        await family.rotate(command(one, '--compromised'))
        expect([one.name, await one.isRefused(old)]).toEqual([one.name, true])
        await valueOf(one)
      }
      await during.stop()
      const after = startLoad(family)
      await delay(1_000)
      const { done, failed } = await after.stop()
      expect(failed).toEqual([])
      expect(done).toBeGreaterThan(0)
    })

    it.runIf(found)('prints no value', () => {
      expect(seen.size).toBe(2 * secrets.length + Math.min(leaks, secrets.length))
      expect([...seen].filter((value) => family.printed().includes(value))).toEqual([])
    })

    it.runIf(found && isShared)(
      'gives a service no secret of another, and no right to write',
      async () => {
        await using store = await place.openStore(place.environmentOf('loan-desk'))
        const answers = await Promise.all(
          secrets.map(async ({ name }) => {
            const read = store.read(name).then(() => 'read')
            return [name, await read.catch((error: unknown) => (error as SecretError).code)]
          }),
        )
        expect(answers).toEqual(
          secrets.map(({ name }) => [name, name.includes('LOAN_DESK') ? 'read' : 'forbidden']),
        )
        const write = store.create('DATABASE_OTHER', Secret.of('text', 'DATABASE_OTHER'))
        await expect(write).rejects.toMatchObject({ code: 'forbidden' })
      },
    )
  },
)

describe('the key of the CA', { timeout: TIMEOUT_MS }, () => {
  it('is replaced by the commands of the README, with a backup and its drill', async () => {
    for (const block of blocksOf(folder, 'The key of the CA')) await succeed(folder, block)
    const { stdout } = await folder.type('rekey ca rotate status keys/ca')
    expect(stdout).toMatch(/generation 1 +crl-only[^]*generation 2 +active/)
  })
})
