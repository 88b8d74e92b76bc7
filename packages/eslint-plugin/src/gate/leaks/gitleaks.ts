import { execFile } from 'node:child_process'
import type { Stats } from 'node:fs'
import {
  access,
  constants,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ifMissing } from '@rekey/secret/internal/files'
import { isWithin } from '../work-tree.ts'

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

/** The scope of gitleaks: every commit, what is staged, or the files of a folder. */
type LeakScan = 'history' | 'staged' | 'folder'

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
): Promise<readonly GitleaksFinding[]> {
  await using workshop = await openWorkshop()
  const report = join(workshop.path, 'report.json')
  const options = ['--config', config, '--redact', '--ignore-gitleaks-allow', '--no-banner']
  const output = ['--report-format', 'json', '--report-path', report, '--exit-code', '0']
  const place = { cwd: directory, maxBuffer: MAX_OUTPUT }
  await run(program, [...COMMANDS[scan], ...options, ...output, '.'], place).catch(() => {
    throw new Error(`gitleaks cannot look at the ${scan}; run it by hand to see why`)
  })
  return JSON.parse(await readFile(report, 'utf8')) as readonly GitleaksFinding[]
}

/** A temporary folder that is gone with its scope. */
export async function openWorkshop(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'rekey-gate-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

const INSTALL =
  'install gitleaks 8.25 or newer (https://github.com/gitleaks/gitleaks), or name its file with --gitleaks FILE'

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

const LIST = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']

/** A work tree that was copied. */
export interface CopiedTree {
  /** How many files it has. */
  readonly files: number
  /** Folders in it that are repositories of their own: submodules, and others. */
  readonly repositories: readonly string[]
  /** Files that were not copied, and why. */
  readonly left: readonly { readonly file: string; readonly why: string }[]
}

/** Larger files are not searched. */
const MAX_MIB = 256

/**
 * Copies what git tracks or would take into `target`, so that ignored files (`.env`, `node_modules`) are not searched. Of a link that is its text, as
 * for git, and nothing of what it leads to.
 */
export async function copyWorkTree(root: string, target: string): Promise<CopiedTree> {
  const { stdout } = await run('git', LIST, { cwd: root, maxBuffer: MAX_OUTPUT })
  const listed = stdout.split('\0').filter((file) => file !== '')
  const repositories: string[] = []
  const left: { file: string; why: string }[] = []
  await mkdir(target, { recursive: true })
  for (const file of listed) {
    const [from, to] = [join(root, file), join(target, file)]
    const found = await lstat(from).catch(ifMissing)
    // Git lists what is behind a link to a folder for as long as it was there before.
    if (found === undefined || !(await isWithin(root, await realpath(dirname(from))))) continue
    if (found.isDirectory()) {
      if (await isRepository(from)) repositories.push(file.replace(/\/$/, ''))
      continue
    }
    await mkdir(dirname(to), { recursive: true })
    const why = reasonToLeave(found)
    if (found.isSymbolicLink()) await writeFile(to, await readlink(from))
    else if (why === undefined) await copyFile(from, to)
    else left.push({ file, why })
  }
  return { files: listed.length - repositories.length - left.length, repositories, left }
}

function reasonToLeave(found: Stats): string | undefined {
  if (!found.isFile()) return 'it is a pipe, a socket or a device'
  return found.size > MAX_MIB * 2 ** 20 ? `it has more than ${MAX_MIB} MiB` : undefined
}

/** Not one that is empty, since it was not fetched. */
async function isRepository(folder: string): Promise<boolean> {
  return (await lstat(join(folder, '.git')).catch(ifMissing)) !== undefined
}
