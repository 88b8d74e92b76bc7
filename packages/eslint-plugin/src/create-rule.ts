import { ESLintUtils } from '@typescript-eslint/utils'

/** What every rule says of itself beside ESLint's own fields. */
export interface RuleDocs {
  readonly description: string
  /** The weakness that the rule finds, in the Common Weakness Enumeration: `CWE-532`. */
  readonly cwe: string
}

/** Makes a rule whose documentation is the page of its name in this package's `docs/rules`. */
export const createRule = ESLintUtils.RuleCreator<RuleDocs>((name) => `docs/rules/${name}.md`)
