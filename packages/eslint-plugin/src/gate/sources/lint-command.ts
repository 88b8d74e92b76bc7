import { join, relative, resolve, sep } from 'node:path'
import { parseArgs } from 'node:util'
import { formatReport } from '../report/format-report.ts'
import { toSarif } from '../report/sarif.ts'
import { writeReport } from '../report/write-report.ts'
import { existsSync } from 'node:fs'
import { lstat, readdir, realpath } from 'node:fs/promises'
import { ifMissing } from '@rekey/secret/internal/files'
import { listFiles } from '../git.ts'
import { CODE, isWithin, readWorkFile } from '../work-tree.ts'
import { Linter } from 'eslint'
import type { SharedConfigs } from '../../configs.ts'
import plugin from '../../index.ts'
import type { Finding } from '../finding.ts'
import { findingOf } from '../lint/message-finding.ts'
import { scriptOf } from './script-blocks.ts'
import { isUnread, verifyScript } from './verify-script.ts'

const USAGE = `rekey-gate lint [--preset NAME] [--json] [--sarif FILE] [--root DIR] [PATH…]

Lints the code of any folder with the rules of @rekey/eslint-plugin: JavaScript, TypeScript,
JSX, and the script blocks of Vue components. It reads no configuration and needs none, leaves
out node_modules, dist and what git ignores, and does not use types.

  --preset NAME  recommended (default), rekey or strict
  --json         print the report as JSON
  --sarif FILE   also write the findings to FILE, for code scanning (SARIF 2.1.0)
  --root DIR     lint PATH in DIR instead of this folder (default PATH: all of it)

Ends with 0 if nothing or only warnings were found, 1 for errors, 2 if it could not be linted.
`

/**
 * Runs `rekey-gate lint` with its arguments.
 *
 * @returns the exit code: 0 if nothing has to be mended, 1 if something has, 2 if nothing could be linted
 */
export async function runLintCommand(args: readonly string[]): Promise<number> {
  try {
    return await lintAs(args)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    process.stderr.write(`lint: ${reason}\n\n${USAGE}`)
    return 2
  }
}

async function lintAs(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      preset: { type: 'string', default: 'recommended' },
      json: { type: 'boolean', default: false },
      sarif: { type: 'string' },
      root: { type: 'string', default: '.' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const preset = presetOf(values.preset)
  const root = resolve(values.root)
  const files = await listCode(root, positionals.length === 0 ? ['.'] : positionals)
  const { findings, suppressed } = await lintSources(root, files, preset)
  const covered = [
    count(files.length, 'file'),
    ...(suppressed === 0 ? [] : [`${count(suppressed, 'finding')} switched off by comments`]),
  ]
  const report = { findings, covered: { lint: covered.join(', ') }, skipped: [] }
  if (values.sarif !== undefined) {
    await writeReport(values.sarif, toSarif(findings))
  }
  process.stdout.write(
    values.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report, 'Nothing found.'),
  )
  return findings.every(({ level }) => level === 'warning') ? 0 : 1
}

function presetOf(name: string): Preset {
  const preset = PRESETS.find((each) => each === name)
  if (preset === undefined) {
    throw new Error(`there is no preset ${name}: name one of ${PRESETS.join(', ')}`)
  }
  return preset
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** Not written here: what is installed, and what is built. */
const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git'])

/** Whether the name is that of a file that {@link listCode} lists. */
function isCode(name: string): boolean {
  return CODE.test(name) || name.endsWith('.vue')
}

/**
 * Lists the files with code under `paths`, relative to `root`: of a folder, all but what git ignores, links, and the folders
 * `node_modules` and `dist` in it. A file that is named itself is always one of them.
 *
 * @throws {Error} for a path that does not exist, leads out of `root`, or has no code
 */
async function listCode(root: string, paths: readonly string[]): Promise<string[]> {
  const top = await realpath(root)
  const listed = await Promise.all(paths.map((path) => listPath(top, path)))
  return [...new Set(listed.flat())].toSorted()
}

async function listPath(top: string, path: string): Promise<string[]> {
  const real = await realpath(resolve(top, path)).catch(ifMissing)
  if (real === undefined) throw new Error(`${path} does not exist: correct PATH`)
  if (!(await isWithin(top, real))) {
    throw new Error(`${path} lies outside of ${top}: name that folder with --root`)
  }
  const isFolder = (await lstat(real)).isDirectory()
  if (!isFolder && !isCode(real)) {
    throw new Error(
      `${path} is neither a folder nor JavaScript, TypeScript or Vue: name another PATH`,
    )
  }
  const files = isFolder ? await codeUnder(real) : [real]
  if (files.length === 0) {
    throw new Error(`${path} has no code, or git ignores all of it: name another PATH`)
  }
  return files.map((file) => relative(top, file).replaceAll(sep, '/'))
}

async function codeUnder(folder: string): Promise<string[]> {
  const code: string[] = []
  const folders = [folder]
  for (const each of folders) {
    const isRepository = each === folder || existsSync(join(each, '.git'))
    // Git lists nothing where there is no work tree, or it is absent.
    const listed = isRepository ? await listFiles(each).catch(() => undefined) : undefined
    const names = listed ?? (await readdir(each))
    for (const name of names) {
      if (name.split('/').some((part) => LEFT_OUT.has(part))) continue
      const path = join(each, name)
      // What git still lists may be gone, and a link leads to what is linted where it is, or is of others.
      const found = await lstat(path).catch(ifMissing)
      if (found?.isDirectory() === true) folders.push(path)
      else if (found?.isFile() === true && isCode(name)) code.push(path)
    }
  }
  return code
}

const ERROR = 2

/** A shared config, by its name. */
type Preset = keyof SharedConfigs

/** All names of presets. */
const PRESETS = Object.keys(plugin.configs) as readonly Preset[]

/** The findings, and the count of those that are not shown. */
interface LintedSources {
  readonly findings: readonly Finding[]
  /** Errors that a comment in the code switches off. */
  readonly suppressed: number
}

/** ESLint's types leave the method out, which its pages document. */
type SuppressingLinter = Linter & { getSuppressedMessages(): Linter.LintMessage[] }

/** Lints `files` of `root` with a preset, without types and without any configuration of `root`. */
async function lintSources(
  root: string,
  files: readonly string[],
  preset: Preset,
): Promise<LintedSources> {
  const linter = new Linter({ cwd: root }) as SuppressingLinter
  const findings: Finding[] = []
  let suppressed = 0
  for (const file of files) {
    const messages = lint(linter, file, (await readWorkFile(root, file)) ?? '', preset)
    findings.push(...messages.map((message) => describe(file, message)))
    suppressed += linter.getSuppressedMessages().filter(isOurs).length
  }
  return { findings, suppressed }
}

function lint(linter: Linter, file: string, text: string, preset: Preset): Linter.LintMessage[] {
  const script = scriptOf(file, text)
  const found = verifyScript(script, (code, languageOptions) =>
    linter.verify(
      code,
      [
        // A file that is named is linted, wherever it lies.
        { ignores: ['!**/node_modules/', '!**/.git/'] },
        {
          files: ['**/*.*'],
          // Comments may switch our rules off. What they say of rules of others is of no concern.
          linterOptions: { reportUnusedDisableDirectives: 'off' },
          languageOptions,
        },
        ...(plugin.configs[preset] as Linter.Config[]),
      ],
      { filename: file },
    ),
  )
  return found.filter((message) => isUnread(message) || isOurs(message))
}

function isOurs({ ruleId }: Pick<Linter.LintMessage, 'ruleId'>): boolean {
  return ruleId?.startsWith('@rekey/') === true
}

function describe(file: string, message: Linter.LintMessage): Finding {
  const rule = plugin.rules[message.ruleId?.replace('@rekey/', '') ?? '']
  const level = message.severity === ERROR ? {} : ({ level: 'warning' } as const)
  const finding: Finding = { ...findingOf(file, message, rule?.meta.docs), ...level }
  if (message.ruleId !== null) return finding
  return {
    ...finding,
    fix: 'correct the syntax, have git ignore the file, or name the PATHs without it',
  }
}
