import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findForTest } from '@rekey/testbed'
import type { GateReport } from '@rekey/eslint-plugin/internal/gate'
import type { Log } from 'sarif'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Family, openFamily } from './family.ts'
import { runGateCommand } from './run-gate.ts'

const run = promisify(execFile)
const gitleaks = await findForTest('gitleaks')
const SECRETS = 'services/signing/src/secrets.ts'

let family: Family
beforeEach(async () => {
  family = await openFamily()
})
afterEach(() => family[Symbol.asyncDispose]())

const gate = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runGateCommand(['--root', family.root, ...args], env)

async function report(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { stdout, stderr, exitCode } = await gate(['--json', ...args], env)
  if (exitCode > 1) throw new Error(stderr)
  return { exitCode, ...(JSON.parse(stdout) as GateReport) }
}

describe.runIf(gitleaks.found)('npm run gate', { timeout: 60_000 }, () => {
  it('passes a clean family, says what it does and what it has looked at', async () => {
    const { exitCode, stdout, stderr } = await gate([])
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(PASSED) as string,
    })
    expect(stderr).toMatch(/gate: leaks: done in \d+\.\d s\n/)
  })

  it('tells people what, where, why and how to mend it', async () => {
    await family.edit(SECRETS, 'ca: caPassphrase(),', '')
    const { exitCode, stdout } = await gate(['eslint.config.js'])
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(
      /^family\.json \(secrets\.ca-passphrase\)\n  access: unused-grant\n  why: .*\n  fix: .*\n/,
    )
    expect(stdout).toMatch(/\n3 findings\.\n$/)
  })

  it('finds a service without a definition, and does not guess what would be in it', async () => {
    await family.plant('services/broken/src/secrets.ts', "import 'nonesuch'\n")
    const { findings } = await report(['eslint.config.js'])
    expect(findings.filter(({ check }) => check === 'access')).toMatchObject([
      {
        rule: 'definition',
        where: { file: 'services/broken/src/secrets.ts' },
        why: 'it cannot be imported (Error)',
        fix: 'the package nonesuch is not installed: npm install nonesuch',
      },
    ])
  })

  it('names the package that the configuration of the linter lacks', async () => {
    await family.edit('eslint.config.js', 'import ', "import 'eslint-plugin-nonesuch'\nimport ")
    const { exitCode, stderr } = await gate(['eslint.config.js'])
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(
      /gate: the package eslint-plugin-nonesuch is not installed: npm install eslint-plugin-nonesuch\n\(see rekey-gate --help\)\n/,
    )
  })

  it.each(['gate', 'package'])(
    'names the line and column at which %s.json stops being JSON, and quotes nothing',
    async (stem) => {
      const name = `${stem}.json`
      const value = `dev-${randomBytes(24).toString('base64url')}`
      await family.plant('.github/workflows/test.yml', 'on: push\n')
      await family.plant(name, `{\n  "a": "${value}",\n}\n`)
      const { exitCode, stderr } = await gate(['eslint.config.js'])
      expect(exitCode).toBe(2)
      expect(stderr).toContain(`gate: ${name} is no JSON at line 3, column 1: correct it there\n`)
      expect(stderr).not.toContain(value)
    },
  )

  it('finds code that cannot be read', async () => {
    await family.plant('services/signing/src/half.ts', 'export const half = {\n')
    const { findings } = await report(['services/signing/src/half.ts'])
    expect(findings).toMatchObject([{ check: 'lint', rule: 'parser', where: { line: 2 } }])
  })

  it('says what to do without gitleaks, and fails for it under CI', async () => {
    const programs = join(family.root, '.git/programs')
    await mkdir(programs)
    const { stdout: git } = await run('sh', ['-c', 'command -v git'])
    await symlink(git.trim(), join(programs, 'git'))
    const missing = { PATH: programs, REKEY_GITLEAKS: join(programs, 'missing') }
    expect(await report(['eslint.config.js'], missing)).toMatchObject({
      exitCode: 0,
      skipped: [expect.stringContaining('name its file with --gitleaks FILE')],
    })
    const inCi = await report(['eslint.config.js'], { ...missing, CI: 'true' })
    expect(inCi).toMatchObject({ exitCode: 1, findings: [{ check: 'leaks', rule: 'absent' }] })
  })

  it('writes SARIF beside its report', async () => {
    await family.edit(SECRETS, '.coerce.number()', '.coerce.number().min(1)')
    const file = join(family.root, 'gate.sarif')
    const { exitCode } = await report(['--sarif', file, 'eslint.config.js'])
    const log = JSON.parse(await readFile(file, 'utf8')) as Log
    expect(exitCode).toBe(1)
    expect(log.runs[0]?.results?.map(({ ruleId }) => ruleId)).toEqual([
      'drift/generated-file',
      'drift/generated-file',
    ])
  })

  it('writes the way of a value into SARIF', async () => {
    const planted = 'services/signing/src/show.ts'
    const code = [
      "import { Secret } from '@rekey/secret'",
      'export function show(secret: Secret<string>): void {',
      '  const value = secret.expose()',
      '  const line = `the key is ${value}`',
      '  console.log(line)',
      '}',
    ]
    await family.plant(planted, `${code.join('\n')}\n`)
    const file = join(family.root, 'gate.sarif')
    await report(['--sarif', file, planted])
    const log = JSON.parse(await readFile(file, 'utf8')) as Log
    const logged = log.runs[0]?.results?.find(
      ({ ruleId }) => ruleId === 'lint/@rekey/no-secret-in-logs',
    )
    expect(logged).toMatchObject({ rank: 100, properties: { confidence: 'value' } })
    const steps = logged?.codeFlows?.[0]?.threadFlows[0]?.locations.map(({ location }) => [
      location?.physicalLocation?.artifactLocation?.uri,
      location?.physicalLocation?.region?.startLine,
    ])
    expect(steps).toEqual([3, 4, 4, 5].map((line) => [planted, line]))
  })

  it.each([
    ['an unknown option', ['--nonsense']],
    ['a root that is none', ['--root', '/nonexistent']],
    ['a gitleaks that is none', ['--gitleaks', '/nonexistent/gitleaks', 'eslint.config.js']],
    ['paths for what is staged', ['--staged', 'services']],
  ])('ends with 2 for %s', async (_title, args) => {
    const { exitCode, stdout, stderr } = await runGateCommand(args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain('(see rekey-gate --help)')
  })
})

const PASSED = /^policy: .*\naccess: 3 services, 8 secrets\n[\s\S]*\nThe gate is passed\.\n$/

describe.runIf(gitleaks.found)('npm run gate -- --staged', { timeout: 60_000 }, () => {
  async function staged(file: string, text: string) {
    await family.plant(file, text)
    await family.git('add', file)
    return report(['--staged'])
  }

  it.each([
    ['a note', 'notes.txt', 'nothing\n', ['leaks']],
    ['the lock', 'package-lock.json', '{ "packages": {} }\n', ['dependencies', 'leaks']],
    ['an example', 'services/signing/.env.example', 'PORT=\n', ['drift', 'leaks']],
    [
      'code',
      SECRETS,
      'export const nothing = 1\n',
      ['access', 'startup', 'drift', 'leaks', 'lint'],
    ],
  ])('makes only the checks that %s matters to', async (_title, file, text, checks) => {
    const { covered } = await staged(file, text)
    expect(Object.keys(covered)).toEqual(checks)
  })

  it('lints the files that are staged, and no other', async () => {
    const leak =
      "import type { Secret } from '@rekey/secret'\nexport const show = (key: Secret) => { console.log(key.expose()) }\n"
    await family.plant('services/signing/src/other.ts', leak)
    const { covered, findings } = await staged('services/signing/src/leak.ts', leak)
    expect(covered).toMatchObject({ lint: '1 file' })
    const logged = findings.filter(({ rule }) => rule === '@rekey/no-secret-in-logs')
    expect(logged).toMatchObject([{ where: { file: 'services/signing/src/leak.ts', line: 2 } }])
  })

  it('sees what is taken away', async () => {
    await family.git('rm', '--quiet', 'services/signing/src/main.ts')
    const { findings } = await report(['--staged'])
    expect(findings).toMatchObject([{ check: 'startup', rule: 'no-entry' }])
  })

  it('has nothing to do where nothing is staged', async () => {
    expect(await report(['--staged'])).toEqual({
      exitCode: 0,
      findings: [],
      covered: {},
      skipped: [],
    })
  })
})
