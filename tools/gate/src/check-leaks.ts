import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { findProgram } from '@rekey/testbed'
import type { CheckOutcome, Finding } from './finding.ts'
import { checkLeakRule, LEAK_CONFIG } from './leak-rule.ts'

const run = promisify(execFile)
const MAX_OUTPUT = 64 * 1024 * 1024

/** What gitleaks reports, as far as it is used. `Secret` and `Match` are redacted and not read. */
interface Leak {
  readonly RuleID: string
  readonly Description: string
  readonly File: string
  readonly StartLine: number
  readonly Commit: string
}

/**
 * Looks for secrets with gitleaks: in every commit, and in every file of the work tree that git does not ignore. Without
 * gitleaks that is reported as skipped, and as a finding where it must be there.
 *
 * @param env decides where gitleaks is looked for; with `CI=true` it must be found
 */
export async function checkLeaks(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<CheckOutcome> {
  const drift = await checkLeakRule(root)
  if (drift.length > 0) return { findings: drift, covered: 'the rules' }
  const gitleaks = await findProgram('gitleaks', env)
  if (!gitleaks.found) {
    const { reason: why, install } = gitleaks
    const finding = { rule: 'absent', where: 'gitleaks', why, fix: install }
    return env['CI'] === 'true'
      ? { findings: [{ check: 'leaks', ...finding }], covered: 'the rules' }
      : { findings: [], covered: 'the rules', skipped: `${why}; ${install}` }
  }
  await using workshop = await openWorkshop()
  const tree = join(workshop.path, 'tree')
  const files = await copyWorkTree(root, tree)
  const scan = (command: 'git' | 'dir', directory: string) =>
    runGitleaks(gitleaks.path, command, directory, {
      config: join(root, LEAK_CONFIG),
      report: join(workshop.path, `${command}.json`),
    })
  const inHistory = await scan('git', root)
  const inTree = await scan('dir', tree)
  const findings = [...inHistory, ...inTree].map(describe)
  return { findings, covered: `the history, and ${files} files of the work tree` }
}

async function runGitleaks(
  program: string,
  command: 'git' | 'dir',
  directory: string,
  { config, report }: { config: string; report: string },
): Promise<readonly Leak[]> {
  const options = ['--config', config, '--redact', '--ignore-gitleaks-allow', '--no-banner']
  const output = ['--report-format', 'json', '--report-path', report, '--exit-code', '0']
  // Run in the directory itself, so that paths in the report and in allowlists are relative to it.
  const place = { cwd: directory, maxBuffer: MAX_OUTPUT }
  await run(program, [command, ...options, ...output, '.'], place).catch(() => {
    throw new Error(`gitleaks ${command} failed; run it by hand to see why`)
  })
  return JSON.parse(await readFile(report, 'utf8')) as readonly Leak[]
}

function describe({ RuleID, Description, File, StartLine, Commit }: Leak): Finding {
  const inHistory = Commit !== ''
  return {
    check: 'leaks',
    rule: RuleID,
    where: inHistory
      ? `commit ${Commit.slice(0, 12)}, ${File}:${StartLine}`
      : `${File}:${StartLine}`,
    why: Description,
    fix: inHistory
      ? 'revoke it now: what is in the history is known; then take the commit out of the branch'
      : 'take it out, and revoke it if it was ever valid; tests make theirs at run time',
  }
}

/** Copies what git tracks or would take, so that ignored files (`.env`, `node_modules`) are not searched. */
async function copyWorkTree(root: string, target: string): Promise<number> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const { stdout } = await run('git', list, { cwd: root, maxBuffer: MAX_OUTPUT })
  const files = stdout.split('\0').filter((file) => file !== '')
  await mkdir(target)
  for (const file of files) {
    await mkdir(dirname(join(target, file)), { recursive: true })
    await copyFile(join(root, file), join(target, file)).catch((error: unknown) => {
      const deleted = (error as NodeJS.ErrnoException).code === 'ENOENT'
      if (!deleted) throw error
    })
  }
  return files.length
}

async function openWorkshop(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'rekey-gate-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
