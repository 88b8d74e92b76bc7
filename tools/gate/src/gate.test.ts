import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { issueApiKey } from '@rekey/api-key-auth'
import { findForTest } from '@rekey/testbed'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GateReport, writeLeakRule } from './index.ts'

const run = promisify(execFile)
const repository = join(import.meta.dirname, '../../..')
const main = join(import.meta.dirname, 'main.ts')
const gitleaks = await findForTest('gitleaks')

const TIMEOUT_MS = 60_000
const CONFIG = 'eslint.config.js'
const LINT_CONFIG = `import rekey from '@rekey/eslint-plugin'
import parser from '@typescript-eslint/parser'

export default [
  { files: ['**/*.ts'], languageOptions: { parser, parserOptions: { projectService: true } } },
  ...rekey.configs.recommended,
]
`

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rekey-planted-'))
  for (const service of ['frontend', 'signing', 'certtransparency']) {
    for (const file of ['src/secrets.ts', '.env.example', 'service.schema.json']) {
      const path = `services/${service}/${file}`
      await cp(join(repository, path), join(root, path))
    }
  }
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'))
  await cp(join(repository, '.gitleaks.toml'), join(root, '.gitleaks.toml'))
  await plant('.gitignore', 'node_modules\n.env\n')
  await plant('package.json', '{ "type": "module" }\n')
  await plant('tsconfig.json', '{ "extends": "./base.json", "include": ["services"] }\n')
  await cp(join(repository, 'tsconfig.base.json'), join(root, 'base.json'))
  await plant(CONFIG, LINT_CONFIG)
  await git('init', '--quiet')
  await commit()
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function plant(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), text)
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(root, file), 'utf8')
  expect(text).toContain(from)
  await writeFile(join(root, file), text.replace(from, to))
}

async function git(...command: string[]): Promise<void> {
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.test']
  await run('git', [...author, ...command], { cwd: root })
}

async function commit(): Promise<void> {
  await git('add', '.')
  await git('commit', '--quiet', '--message', 'planted')
}

interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

async function runGate(arguments_: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const node = ['--conditions=@rekey/source', '--import=tsx', main]
  const options = { cwd: repository, env: { ...process.env, CI: '', ...env } }
  return run(process.execPath, [...node, ...arguments_], options).then(
    ({ stdout, stderr }) => ({ exitCode: 0, stdout, stderr }),
    (error: unknown) => {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
      return { exitCode: code, stdout, stderr }
    },
  )
}

/** Lints only what is named, since reading types takes seconds; `services` is the whole tree. */
async function check(
  path: string,
  env: NodeJS.ProcessEnv = {},
): Promise<GateReport & { exitCode: number }> {
  const { exitCode, stdout, stderr } = await runGate(['--json', '--root', root, path], env)
  if (exitCode > 1) throw new Error(stderr)
  return { exitCode, ...(JSON.parse(stdout) as GateReport) }
}

describe('the gate', { timeout: TIMEOUT_MS }, () => {
  it('lets a clean tree through', async () => {
    const { exitCode, findings, covered } = await check('services')
    expect(findings).toEqual([])
    expect(exitCode).toBe(0)
    expect(covered.access).toBe('3 services, 8 secrets')
  })

  it('finds a secret that is logged', async () => {
    await plant(
      'services/frontend/src/leak.ts',
      `import type { Secret } from '@rekey/secret'
export function leak(secret: Secret): void {
  console.log('starting with', secret.expose())
}
`,
    )
    const { exitCode, findings } = await check('services')
    expect(exitCode).toBe(1)
    expect(findings).toMatchObject([
      {
        check: 'lint',
        rule: '@rekey/no-secret-in-logs',
        where: expect.stringContaining('leak.ts:3') as string,
      },
    ])
  })

  it('finds a secret that may be too short', async () => {
    const file = 'services/signing/src/secrets.ts'
    await edit(file, 'ca: caPassphrase()', 'ca: { ...caPassphrase(), minLength: Number(8) }')
    const { exitCode, findings } = await check(CONFIG)
    expect(exitCode).toBe(1)
    expect(findings.filter((finding) => finding.check !== 'drift')).toMatchObject([
      {
        check: 'access',
        rule: 'min-length',
        where: `${file} (secrets.ca)`,
        fix: 'ask for at least 32 characters',
      },
    ])
  })

  it('finds an OIDC client secret outside of frontend', async () => {
    const file = 'services/signing/src/secrets.ts'
    await edit(file, 'ca: caPassphrase(),', 'ca: caPassphrase(), oidc: oidcClient(),')
    await edit(
      file,
      'import { z }',
      "import { oidcClient } from '@rekey/config-loader/oidc'\nimport { z }",
    )
    const { exitCode, findings } = await check(CONFIG)
    expect(exitCode).toBe(1)
    expect(findings.filter((finding) => finding.check !== 'drift')).toMatchObject([
      {
        check: 'access',
        rule: 'holder',
        where: `${file} (secrets.oidc)`,
        why: expect.stringContaining('only frontend may') as string,
      },
    ])
  })

  it('finds a service without a definition', async () => {
    await plant('services/portal/src/secrets.ts', 'export const nothing = 1\n')
    await plant('services/broken/src/secrets.ts', "import 'nonesuch'\n")
    const { findings } = await check(CONFIG)
    expect(findings.map(({ rule, where }) => [rule, where])).toEqual([
      ['definition', 'services/broken/src/secrets.ts'],
      ['definition', 'services/portal/src/secrets.ts'],
    ])
  })

  it('finds what does not follow from the definitions any more, and says how it is made', async () => {
    await edit('services/signing/src/secrets.ts', '.default(24)', '.default(48)')
    await rm(join(root, 'services/frontend/.env.example'))
    const { exitCode, findings, covered } = await check(CONFIG)
    expect(exitCode).toBe(1)
    expect(findings.map(({ check, where, fix }) => [check, where, fix])).toEqual([
      ['drift', 'services/frontend/.env.example', 'npm run rekey -- generate frontend'],
      ['drift', 'services/signing/.env.example', 'npm run rekey -- generate signing'],
      ['drift', 'services/signing/service.schema.json', 'npm run rekey -- generate signing'],
    ])
    expect(covered.drift).toBe('.env.example and service.schema.json of 3 services')
  })

  it('finds a rule of the linter that was switched off', async () => {
    const off =
      "{ files: ['services/signing/**'], rules: { '@rekey/no-secret-in-logs': 'off' } },\n]"
    await edit(CONFIG, ']\n', `${off}\n`)
    const { findings } = await check(CONFIG)
    expect(findings).toMatchObject([{ rule: 'rule-off', where: 'services/signing/src/main.ts' }])
  })

  it('finds rules for gitleaks that no longer fit the format of our keys', async () => {
    await edit('.gitleaks.toml', '{43}', '{40}')
    const { findings } = await check(CONFIG)
    expect(findings).toMatchObject([
      { rule: 'leak-rule-drift', fix: expect.stringContaining(writeLeakRule()) as string },
    ])
  })

  it('says what to do without gitleaks, and fails for it under CI', async () => {
    const missing = { REKEY_GITLEAKS: join(root, 'missing') }
    const here = await check(CONFIG, missing)
    expect(here).toMatchObject({
      exitCode: 0,
      skipped: [expect.stringContaining('npm run testbed:install gitleaks')],
    })
    const inCi = await check(CONFIG, { ...missing, CI: 'true' })
    expect(inCi).toMatchObject({ exitCode: 1, findings: [{ rule: 'absent' }] })
  })

  it('tells people what, where, why and how to mend it', async () => {
    await plant('services/portal/src/secrets.ts', 'export const nothing = 1\n')
    const { exitCode, stdout } = await runGate(['--root', root, CONFIG])
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^services\/portal.*\n  access: definition\n  why: .*\n  fix: .*\n/)
    expect(stdout).toMatch(/\n1 findings\.\n$/)
  })

  it.each([
    ['an unknown option', ['--nonsense']],
    ['a root that is none', ['--root', '/nonexistent']],
  ])('ends with 2 for %s', async (_title, arguments_) => {
    const { exitCode, stdout, stderr } = await runGate(arguments_)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain('npm run gate')
  })
})

describe.runIf(gitleaks.found)('the search for leaks', { timeout: TIMEOUT_MS }, () => {
  const newKey = () => issueApiKey({ environment: 'prod' }).text.expose()

  it('finds a committed API key, in the history too once it is gone from the tree', async () => {
    const key = newKey()
    await plant('notes.txt', `the key is ${key}\n`)
    await commit()
    await plant('notes.txt', 'nothing\n')
    await commit()
    const { stdout, exitCode } = await runGate(['--json', '--root', root, CONFIG])
    const { findings } = JSON.parse(stdout) as GateReport
    expect(exitCode).toBe(1)
    expect(findings).toMatchObject([
      {
        check: 'leaks',
        rule: 'rekey-api-key',
        where: expect.stringMatching(/^commit [0-9a-f]{12}, notes\.txt:1$/) as string,
      },
    ])
    expect(stdout).not.toContain(key.slice(-20))
  })

  it('finds one that is not committed yet, and leaves alone what git ignores', async () => {
    await plant('.env', `KEY=${newKey()}\n`)
    await plant('deep/notes.txt', `\n${newKey()}\n`)
    const { findings } = await check(CONFIG)
    expect(findings).toMatchObject([{ rule: 'rekey-api-key', where: 'deep/notes.txt:2' }])
  })

  it('finds a private key, even in the file where its armour alone is allowed', async () => {
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    const file = 'packages/log-redactor/src/redactor.test.ts'
    await plant(file, `const pem = \`${privateKey}\`\n`)
    expect((await check(CONFIG)).findings).toMatchObject([
      { rule: 'private-key', where: `${file}:1` },
    ])
  })

  it('is not talked out of it by a comment', async () => {
    await plant('notes.txt', `${newKey()} # gitleaks:allow\n`)
    expect((await check(CONFIG)).findings).toMatchObject([{ where: 'notes.txt:1' }])
  })
})
