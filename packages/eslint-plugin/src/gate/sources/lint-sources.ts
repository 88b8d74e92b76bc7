import * as parser from '@typescript-eslint/parser'
import { Linter } from 'eslint'
import type { SharedConfigs } from '../../configs.ts'
import plugin from '../../index.ts'
import type { Finding } from '../finding.ts'
import { findingOf } from '../lint/message-finding.ts'
import { readWorkFile } from '../work-tree.ts'
import { scriptOf } from './script-blocks.ts'

const ERROR = 2

/** A shared config, by its name. */
export type Preset = keyof SharedConfigs

/** All names of presets. */
export const PRESETS = Object.keys(plugin.configs) as readonly Preset[]

/** The findings, and the count of those that are not shown. */
export interface LintedSources {
  readonly findings: readonly Finding[]
  /** Errors that a comment in the code switches off. */
  readonly suppressed: number
}

/** ESLint's types leave the method out, which its pages document. */
type SuppressingLinter = Linter & { getSuppressedMessages(): Linter.LintMessage[] }

/** Lints `files` of `root` with a preset, without types and without any configuration of `root`. */
export async function lintSources(
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

/** A file is a module or, where it is none, a script. */
function lint(linter: Linter, file: string, text: string, preset: Preset): Linter.LintMessage[] {
  const script = scriptOf(file, text)
  const as = (sourceType: 'module' | 'commonjs') =>
    linter.verify(
      script.text,
      [
        // A file that is named is linted, wherever it lies.
        { ignores: ['!**/node_modules/', '!**/.git/'] },
        {
          files: ['**/*.*'],
          // Comments may switch our rules off. What they say of rules of others is of no concern.
          linterOptions: { reportUnusedDisableDirectives: 'off' },
          languageOptions: {
            sourceType,
            parser,
            parserOptions: {
              ecmaFeatures: { jsx: !script.hasCasts },
              warnOnUnsupportedTypeScriptVersion: false,
            },
          },
        },
        ...(plugin.configs[preset] as Linter.Config[]),
      ],
      { filename: file },
    )
  const found = as('module')
  const read = found.some(isUnread) ? as('commonjs') : found
  return read.filter((message) => isUnread(message) || isOurs(message))
}

/** The file could not be parsed; an `eslint-env` comment, as of ESLint 8, is fatal too and changes nothing. */
function isUnread({ fatal, message }: Linter.LintMessage): boolean {
  return fatal === true && message.startsWith('Parsing error:')
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
