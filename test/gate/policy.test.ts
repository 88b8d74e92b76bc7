import { issueApiKey } from '@rekey/api-key-auth'
import type { GateReport } from '@rekey/eslint-plugin/internal/gate'
import { findForTest } from '@rekey/testbed'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Family, openFamily } from './family.ts'
import { runGateCommand } from './run-gate.ts'

const gitleaks = await findForTest('gitleaks')
const newKey = () => issueApiKey({ environment: 'prod' }).text.expose()

let family: Family
beforeEach(async () => {
  family = await openFamily()
  await family.edit('gate.json', '"lint":', '"suppressions": 0, "lint":')
  await family.commit()
  await family.git('branch', 'base')
})
afterEach(() => family[Symbol.asyncDispose]())

async function report(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const all = ['--json', '--root', family.root, ...args, 'eslint.config.js']
  const { stdout, stderr, exitCode } = await runGateCommand(all, env)
  if (exitCode > 1) throw new Error(stderr)
  const { findings, covered } = JSON.parse(stdout) as GateReport
  return { covered, found: findings.map(({ rule, where: { file } }) => `${rule} ${file}`).sort() }
}

const ALLOW_ALL = '\n[[allowlists]]\ndescription = "All"\nregexes = [".*"]\n'

/** Has gitleaks find nothing, and the gate believe that this is how it should be. */
async function weaken(): Promise<void> {
  await family.edit('.gitleaks.toml', 'title = "rekey"', `title = "rekey"${ALLOW_ALL}`)
  await family.edit('gate.json', '"suppressions": 0', '"suppressions": 9')
  const comment = '// eslint-disable-next-line @rekey/no-secret-in-logs -- it is quiet now'
  await family.plant('services/signing/src/quiet.ts', `${comment}\nexport const quiet = true\n`)
  await family.plant('notes.txt', `${newKey()}\n`)
  await family.commit()
}

describe.runIf(gitleaks.found)('a change of the policy', { timeout: 60_000 }, () => {
  it('does not apply to the change that makes it, and is a finding itself', async () => {
    await weaken()
    expect((await report(['--base', 'base'])).found).toEqual([
      'policy-changed .gitleaks.toml',
      'policy-changed gate.json',
      'rekey-api-key notes.txt',
      'rekey-api-key notes.txt',
      'suppression-budget services/signing/src/quiet.ts',
    ])
  })

  it('applies once it is approved, and is printed', async () => {
    await family.edit('gate.json', '"suppressions": 0', '"suppressions": 3')
    await family.plant('.github/workflows/gate.yml', 'steps:\n  - run: npx rekey-gate\n')
    const { found, covered } = await report(['--base', 'base', '--allow-policy-change'])
    expect(found).toEqual([])
    expect(covered.policy).toBe(
      'the policy, changed since base: gate.json (1 lines added, 1 removed), .github/workflows/gate.yml (new)',
    )
  })

  it('is measured from where the branch was left, as the CI service names it', async () => {
    await family.git('update-ref', 'refs/remotes/origin/main', 'HEAD')
    await family.plant('services/signing/notes.txt', 'nothing\n')
    await family.commit()
    const { found, covered } = await report([], { GITHUB_BASE_REF: 'main' })
    expect(found).toEqual([])
    expect(covered.policy).toBe('the policy, unchanged since origin/main')
  })

  it('cannot be told without a base that git finds', async () => {
    await expect(report(['--base', 'nonesuch'])).rejects.toThrow('fetch it')
    await expect(report([], { GITHUB_BASE_REF: 'main' })).rejects.toThrow('origin/main')
  })
})
