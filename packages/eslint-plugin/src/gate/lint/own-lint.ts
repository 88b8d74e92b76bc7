import { join, relative, sep } from 'node:path'
import * as parser from '@typescript-eslint/parser'
import { ESLint, type Rule } from 'eslint'
import type { Place } from '../finding.ts'
import { minimatch } from 'minimatch'
import { TEST_FILES } from '../../configs.ts'
import { CODE } from '../work-tree.ts'
import { readdir } from 'node:fs/promises'

/** A report of the gate's own rules. */
interface OwnReport {
  readonly where: Place
  readonly messageId: string
  readonly message: string
}

/**
 * Runs a rule of the gate over `files`, by their syntax only. Neither the configuration of `root` nor comments in the files
 * decide: what the gate looks for are the ways around them.
 */
export async function lintWith(
  rule: Rule.RuleModule,
  root: string,
  files: readonly string[],
): Promise<OwnReport[]> {
  const eslint = new ESLint({
    cwd: root,
    overrideConfigFile: true,
    allowInlineConfig: false,
    passOnNoPatterns: true,
    overrideConfig: {
      files: ['**/*.{js,jsx,mjs,cjs,ts,tsx,mts,cts}'],
      languageOptions: { parser },
      plugins: { gate: { rules: { own: rule } } },
      rules: { 'gate/own': 'error' },
    },
  })
  const results = await eslint.lintFiles(files.map((file) => join(root, file)))
  return results.flatMap(({ filePath, messages }) => {
    const file = relative(root, filePath).replaceAll(sep, '/')
    return messages.flatMap(({ messageId, message, line, column }) =>
      messageId === undefined ? [] : [{ where: { file, line, column }, messageId, message }],
    )
  })
}

const TEST = /\.test\.[\w.]+$/

/** Types alone, unless a program imports the file by its whole name: then it is reached. */
const DECLARATIONS = /\.d\.[cm]?ts$/
const isProgram = (file: string) => CODE.test(file) && !DECLARATIONS.test(file)

/** Whether a file of the work tree is part of a program, by the names and folders that the shared configs take for those of tests. */
export function isProduction(file: string): boolean {
  return isProgram(file) && !TEST_FILES.some((pattern) => minimatch(file, pattern))
}

/** The code of a service, relative to `root`: everything in its `src`, tests apart. */
export async function listSources(root: string, service: string): Promise<string[]> {
  const folder = join(root, 'services', service, 'src')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(noFolder)
  return entries
    .filter((entry) => entry.isFile() && isProgram(entry.name) && !TEST.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .sort()
}

function noFolder(error: unknown): [] {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
  throw error
}
