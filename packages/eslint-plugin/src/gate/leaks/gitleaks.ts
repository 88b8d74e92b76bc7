import { execFile } from 'node:child_process'
import { access, constants, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const MAX_OUTPUT = 64 * 1024 * 1024

/** A finding of gitleaks, as far as it is used. `Secret` and `Match` are redacted and not read. */
export interface GitleaksFinding {
  readonly RuleID: string
  readonly Description: string
  readonly File: string
  readonly StartLine: number
  /** Empty where it is no history. */
  readonly Commit: string
}

/** The scope of gitleaks: every commit, or the files of a folder. */
type LeakScan = 'history' | 'folder'

/** Commits with what merges add by themselves (git 2.35 or newer), and files that attributes or a byte of 0 make binary. */
const LOG = '--log-opts=--full-history --all --text --diff-merges=remerge'

const COMMANDS: Readonly<Record<LeakScan, readonly string[]>> = {
  history: ['git', LOG],
  folder: ['dir'],
}

/** How deep archives in archives are opened. */
const ARCHIVES = '--max-archive-depth=4'

/** A gitleaks with the rules of one configuration. */
export interface Gitleaks {
  readonly program: string
  /** The absolute path of its `.gitleaks.toml`. */
  readonly config: string
}

/** The findings of one run, and how much it has read: where it reads nothing, gitleaks finds nothing and ends with success. */
export interface FoundLeaks {
  readonly leaks: readonly GitleaksFinding[]
  readonly bytes: number
}

/**
 * Runs gitleaks in `directory`, so that the paths in its report, and those in its configuration, begin there. Comments that
 * allow a leak (`gitleaks:allow`) are not listened to.
 *
 * @throws {Error} if gitleaks cannot do it, without its own words, which may hold a secret
 */
export async function findLeaks(
  { program, config }: Gitleaks,
  scan: LeakScan,
  directory: string,
): Promise<FoundLeaks> {
  await using workshop = await openWorkshop()
  const report = join(workshop.path, 'report.json')
  const options = ['--config', config, '--redact', '--ignore-gitleaks-allow', '--no-banner']
  const output = ['--no-color', '--report-format', 'json', '--report-path', report]
  const place = { cwd: directory, maxBuffer: MAX_OUTPUT }
  const command = [...COMMANDS[scan], ARCHIVES, ...options, ...output, '--exit-code', '0', '.']
  const { stderr } = await run(program, command, place).catch((error: unknown) => {
    throw failed(`cannot search the ${scan} (${endOf(error)})`)
  })
  const text = await readFile(report, 'utf8').catch(() => {
    throw failed(`has written no report of the ${scan}`)
  })
  const bytes = /scanned ~(\d+) bytes/.exec(stderr)?.[1]
  if (bytes === undefined) throw failed(`does not state how much of the ${scan} it has read`)
  return { leaks: JSON.parse(text) as readonly GitleaksFinding[], bytes: Number(bytes) }
}

/** @returns an error with the words of the gate */
function failed(what: string): Error {
  return new Error(`gitleaks ${what}. It must be gitleaks 8.28 or newer: run it by hand to see why`)
}

function endOf(error: unknown): string {
  const { code = 'unknown', signal } = error as { code?: unknown; signal?: unknown }
  return typeof signal === 'string' ? `ended by ${signal}` : `exit code ${String(code)}`
}

/** A temporary folder that is gone with its scope. */
export async function openWorkshop(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'rekey-gate-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

const INSTALL =
  'install gitleaks 8.28 or newer (https://github.com/gitleaks/gitleaks), or name its file with --gitleaks FILE'

/** Where gitleaks is, or why it is not run and what to do. */
type FoundGitleaks =
  { readonly path: string } | { readonly path?: never; readonly why: string; readonly fix: string }

/**
 * Finds gitleaks: the file that is named, otherwise the first on `PATH`.
 *
 * @throws {Error} if the file that is named cannot be run
 */
export async function findGitleaks(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<FoundGitleaks> {
  if (named !== undefined) {
    if (await isProgram(named)) return { path: named }
    throw new Error(`--gitleaks names ${named}, which cannot be run: correct the path or its mode`)
  }
  for (const directory of (env['PATH'] ?? '').split(delimiter).filter((part) => part !== '')) {
    const path = join(directory, 'gitleaks')
    if (await isProgram(path)) return { path }
  }
  return { why: 'gitleaks is not on PATH', fix: INSTALL }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
