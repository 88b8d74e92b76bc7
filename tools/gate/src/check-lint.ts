import { join, relative } from 'node:path'
import { ESLint, type Linter } from 'eslint'
import type { CheckOutcome, Finding } from './finding.ts'
import { REQUIRED_RULES } from './policy.ts'

/**
 * Runs ESLint with the configuration of `root` over `paths`; only errors count. Also sees to it that the configuration has
 * the policy's rules switched on for every service, since a rule that is off finds nothing.
 *
 * @param services the folders under `services/`
 */
export async function checkLint(
  root: string,
  paths: readonly string[],
  services: readonly string[],
): Promise<CheckOutcome> {
  const eslint = new ESLint({ cwd: root })
  const switchedOff = await Promise.all(services.map((name) => checkRules(eslint, root, name)))
  const results = await eslint.lintFiles([...paths])
  const rulesMeta = eslint.getRulesMetaForResults(results)
  const errors = results.flatMap(({ filePath, messages }) =>
    messages
      .filter(({ severity }) => severity === 2)
      .map((message) => {
        const url = rulesMeta[message.ruleId ?? '']?.docs?.url
        return describe(relative(root, filePath), message, url)
      }),
  )
  return { findings: [...switchedOff.flat(), ...errors], covered: `${results.length} files` }
}

async function checkRules(eslint: ESLint, root: string, service: string): Promise<Finding[]> {
  const file = `services/${service}/src/main.ts`
  const config = (await eslint.calculateConfigForFile(join(root, file))) as
    { rules?: Readonly<Record<string, readonly [severity: number]>> } | undefined
  return REQUIRED_RULES.filter((rule) => config?.rules?.[rule]?.[0] !== 2).map((rule) => ({
    check: 'lint',
    rule: 'rule-off',
    where: file,
    why: `${rule} is not an error there, so it guards nothing`,
    fix: `switch it on in eslint.config.js: { rules: { '${rule}': 'error' } }`,
  }))
}

function describe(file: string, message: Linter.LintMessage, url: string | undefined): Finding {
  const { ruleId, line, column, suggestions = [] } = message
  const page = url === undefined ? `run npx eslint ${file} to see it in place` : `see ${url}`
  return {
    check: 'lint',
    rule: ruleId ?? 'parser',
    where: [file, line, column].filter(Boolean).join(':'),
    why: message.message,
    fix: suggestions[0]?.desc ?? page,
  }
}
