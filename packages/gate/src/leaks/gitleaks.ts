import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const MAX_OUTPUT = 64 * 1024 * 1024

/** A finding of gitleaks, as far as it is used. `Secret` and `Match` are redacted and not read. */
export interface Leak {
  readonly RuleID: string
  readonly Description: string
  readonly File: string
  readonly StartLine: number
  /** Empty where it is no history. */
  readonly Commit: string
}

/** The scope of gitleaks: every commit, what is staged, or the files of a folder. */
export type LeakScan = 'history' | 'staged' | 'folder'

const COMMANDS: Readonly<Record<LeakScan, readonly string[]>> = {
  history: ['git'],
  staged: ['git', '--staged'],
  folder: ['dir'],
}

/** A gitleaks with the rules of one configuration. */
export interface Gitleaks {
  readonly program: string
  /** The absolute path of its `.gitleaks.toml`. */
  readonly config: string
}

/**
 * Runs gitleaks in `directory`, so that the paths in its report, and those in its configuration, begin there. Comments that
 * allow a leak (`gitleaks:allow`) are not listened to.
 *
 * @throws {Error} if gitleaks cannot do it, without its own words
 */
export async function findLeaks(
  { program, config }: Gitleaks,
  scan: LeakScan,
  directory: string,
): Promise<readonly Leak[]> {
  await using workshop = await openWorkshop()
  const report = join(workshop.path, 'report.json')
  const options = ['--config', config, '--redact', '--ignore-gitleaks-allow', '--no-banner']
  const output = ['--report-format', 'json', '--report-path', report, '--exit-code', '0']
  const place = { cwd: directory, maxBuffer: MAX_OUTPUT }
  await run(program, [...COMMANDS[scan], ...options, ...output, '.'], place).catch(() => {
    throw new Error(`gitleaks cannot look at the ${scan}; run it by hand to see why`)
  })
  return JSON.parse(await readFile(report, 'utf8')) as readonly Leak[]
}

/** A temporary folder that is gone with its scope. */
export async function openWorkshop(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'rekey-gate-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
