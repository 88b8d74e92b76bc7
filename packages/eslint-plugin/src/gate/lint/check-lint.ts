import { join, relative, sep } from 'node:path'
import { ESLint } from 'eslint'
import { withPaths } from '../../engine/leaks/found-paths.ts'
import type { CheckOutcome, Finding, Place } from '../finding.ts'
import { listCode, requireReadable } from '../work-tree.ts'
import { findingOf } from './message-finding.ts'
import { isProduction, listSources } from './own-lint.ts'
import { openPlantingLinter, type PlantingLinter } from './planted-leaks.ts'
import { findReached, type ReachedFile } from './production-code.ts'
import {
  type AccessOptions,
  checkRequiredRules,
  REQUIRED_ANYWHERE,
  REQUIRED_RULES,
  type RequiredThere,
} from './required-rules.ts'
import { checkSuppressions } from './suppressions.ts'

const ERROR = 2

/** The linted files. */
export interface LintSearch {
  readonly paths: readonly string[]
  /** Whether `paths` are those of the policy, and not those of one run. */
  readonly isWhole: boolean
  /** The folders under `services/`. */
  readonly services: readonly string[]
  /** Absent if the family could not be read, which is a finding of its own. */
  readonly access: AccessOptions | undefined
  /** How many comments may switch rules of `@rekey` off. Default: any number. */
  readonly suppressions?: number | undefined
}

/** Code that the policy is about, and what must be found in it. */
interface Production extends RequiredThere {
  /** Files that are reached from it under a name or in a folder that the linter may take for a test. */
  readonly reached: readonly ReachedFile[]
}

/**
 * Runs ESLint with the configuration of `root` over `paths`; only errors count. Also plants leaks beside all code of every service, which the
 * required rules must report there, checks the grants and definers of the family, that code of services is linted, and that no comment switches a
 * rule off without a reason, there or in what is linted.
 */
export async function checkLint(root: string, search: LintSearch): Promise<CheckOutcome> {
  try {
    return await lint(root, search)
  } catch (error) {
    if ((error as { messageTemplate?: unknown }).messageTemplate !== 'config-file-missing')
      throw error
    return { findings: [NO_CONFIG], covered: '0 files' }
  }
}

const NO_CONFIG: Finding = {
  check: 'lint',
  rule: 'no-lint-config',
  where: { file: 'eslint.config.js' },
  why: 'it is not there, so no code is linted',
  fix: "write it: import rekey from '@rekey/eslint-plugin'; export default [...rekey.configs.recommended]",
}

async function lint(root: string, search: LintSearch): Promise<CheckOutcome> {
  const { paths, services, isWhole } = search
  await requireReadable(root, [...paths, ...services.map((name) => `services/${name}/src`)])
  const production = await findProduction(root, search)
  const eslint = new ESLint({
    cwd: root,
    passOnNoPatterns: true,
    errorOnUnmatchedPattern: false,
    warnIgnored: false,
  })
  const linter = openPlantingLinter(root, REQUIRED_RULES)
  const guarded: Finding[] = []
  for (const unit of production) {
    guarded.push(...(await checkRequiredRules(linter, unit)))
    guarded.push(...(await checkReached(linter, unit)))
  }
  const { result: results, pathOf } = await withPaths(() => eslint.lintFiles([...paths]))
  const rules = eslint.getRulesMetaForResults(results)
  const linted = results.map(({ filePath, messages }) => {
    return { filePath, file: relative(root, filePath).replaceAll(sep, '/'), messages }
  })
  const sources = production.flatMap(({ files, reached }) => [
    ...files,
    ...reached.map(({ file }) => file),
  ])
  const lintedFiles = linted.map(({ file }) => file)
  const expected = lintedFiles.length === 0 ? [...sources, ...(await listCode(root))] : sources
  const left = isWhole ? await findUnlinted(eslint, root, { expected, linted: lintedFiles }) : []
  const commented = [...new Set([...sources, ...lintedFiles])]
  const suppressed = await checkSuppressions(root, commented, search.suppressions)
  const errors = linted.flatMap(({ filePath, file, messages }) =>
    messages
      .filter(({ severity, ruleId }) => severity === ERROR && !isUnknown(ruleId, rules))
      .map((message) => {
        const path = pathOf(filePath, message.ruleId, message.line, message.column)
        const finding = findingOf(file, message, rules[message.ruleId ?? '']?.docs)
        return path === undefined ? finding : { ...finding, path }
      }),
  )
  return {
    findings: [...guarded, ...left, ...suppressed.findings, ...errors],
    covered: describeCovered(results.length, suppressed.explained),
  }
}

/** Whether a comment names a rule whose plugin is not loaded. That is nothing about the code, unless the rule is of Rekey. */
function isUnknown(ruleId: string | null, rules: ESLint.LintResultData['rulesMeta']): boolean {
  return ruleId !== null && !Object.hasOwn(rules, ruleId) && !ruleId.startsWith('@rekey/')
}

/** The code of each service; where there is none, the code of the repository that is no test. */
async function findProduction(
  root: string,
  { services, access, paths, isWhole }: LintSearch,
): Promise<readonly Production[]> {
  const units =
    services.length > 0
      ? services.map(async (name) => {
          return { files: await listSources(root, name), rules: REQUIRED_RULES, access }
        })
      : [isWhole ? wholeCode(root, paths) : NO_CODE]
  return Promise.all(
    units.map(async (unit) => {
      const { files, ...rest } = await unit
      return { ...rest, files, reached: await findReached(root, files) }
    }),
  )
}

const NO_CODE = { files: [], rules: REQUIRED_ANYWHERE, access: undefined }

async function wholeCode(root: string, paths: readonly string[]) {
  const files = (await listCode(root)).filter(
    (file) =>
      isProduction(file) && paths.some((path) => file === path || file.startsWith(`${path}/`)),
  )
  return { ...NO_CODE, files }
}

/** How many suppressions are listed; all are counted. */
const LISTED = 20

function describeCovered(files: number, suppressed: readonly Place[]): string {
  const covered = files === 1 ? '1 file' : `${files} files`
  if (suppressed.length === 0) return covered
  const places = suppressed.slice(0, LISTED).map(({ file, line }) => `${file}:${line ?? 1}`)
  const more = suppressed.length > LISTED ? ', …' : ''
  return `${covered}; @rekey rules are switched off ${suppressed.length} times: ${places.join(', ')}${more}`
}

/** Code that production imports must be linted as production, whatever its name. */
async function checkReached(
  linter: PlantingLinter,
  { rules, reached }: Production,
): Promise<Finding[]> {
  const blind: (ReachedFile & { readonly rules: number })[] = []
  for (const { file, from } of reached) {
    const missing = await checkRequiredRules(linter, { files: [file], rules, access: undefined })
    if (missing.length > 0) blind.push({ file, from, rules: missing.length })
  }
  const [first, ...others] = blind.toSorted((a, b) => (a.file < b.file ? -1 : 1))
  if (first === undefined) return []
  const { file, from } = first
  const more = others.length === 0 ? '' : `; the same with ${others.length} more files`
  const why = `${from} imports it, and the linter takes it for a test: ${first.rules} of its rules find nothing there${more}`
  const fix = 'give it a name and a folder that eslint.config.js takes for code of the service'
  return [{ check: 'lint', rule: 'test-in-production', where: { file }, why, fix }]
}

interface Lintable {
  readonly expected: readonly string[]
  readonly linted: readonly string[]
}

/** Code of services outside of what the policy has linted. What ESLint ignores is a finding of another rule. */
async function findUnlinted(
  eslint: ESLint,
  root: string,
  { expected, linted }: Lintable,
): Promise<Finding[]> {
  const seen = new Set(linted)
  const left: string[] = []
  for (const file of new Set(expected)) {
    if (!seen.has(file) && !(await eslint.isPathIgnored(join(root, file)))) left.push(file)
  }
  const [first, ...others] = left
  if (first === undefined) return []
  const more = others.length === 0 ? '' : `; nor are ${others.length} more files`
  const why = `gate.json does not have it linted${more}`
  const fix = 'add its folder to "lint" of gate.json, or leave "lint" out to have all code linted'
  return [{ check: 'lint', rule: 'unlinted', where: { file: first }, why, fix }]
}
