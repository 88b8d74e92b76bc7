import { relative, sep } from 'node:path'
import { ESLint } from 'eslint'
import type { CheckOutcome } from '../finding.ts'
import { requireReadable } from '../work-tree.ts'
import { findingOf } from './message-finding.ts'
import { listSources } from './own-lint.ts'
import { type AccessOptions, checkRequiredRules } from './required-rules.ts'
import { checkSuppressions } from './suppressions.ts'

const ERROR = 2

/** The linted files. */
export interface LintSearch {
  readonly paths: readonly string[]
  /** The folders under `services/`. */
  readonly services: readonly string[]
  /** Absent if the family could not be read, which is a finding of its own. */
  readonly access: AccessOptions | undefined
}

/**
 * Runs ESLint with the configuration of `root` over `paths`; only errors count. Also checks that the required rules are
 * switched on for all code of every service, with the grants and definers of the family, and that no comment switches one off without a reason, there or in
 * what is linted.
 */
export async function checkLint(
  root: string,
  { paths, services, access }: LintSearch,
): Promise<CheckOutcome> {
  await requireReadable(root, [...paths, ...services.map((name) => `services/${name}/src`)])
  const eslint = new ESLint({ cwd: root, passOnNoPatterns: true, warnIgnored: false })
  const sources = await Promise.all(services.map((name) => listSources(root, name)))
  const switchedOff = await Promise.all(
    sources.map((files) => checkRequiredRules(eslint, root, { files, access })),
  )
  const results = await eslint.lintFiles([...paths])
  const rules = eslint.getRulesMetaForResults(results)
  const linted = results.map(({ filePath, messages }) => {
    return { file: relative(root, filePath).replaceAll(sep, '/'), messages }
  })
  const read = new Set([...sources.flat(), ...linted.map(({ file }) => file)])
  const suppressed = await checkSuppressions(root, [...read])
  const errors = linted.flatMap(({ file, messages }) =>
    messages
      .filter(({ severity }) => severity === ERROR)
      .map((message) => findingOf(file, message, rules[message.ruleId ?? '']?.docs)),
  )
  return {
    findings: [...switchedOff.flat(), ...suppressed, ...errors],
    covered: results.length === 1 ? '1 file' : `${results.length} files`,
  }
}
