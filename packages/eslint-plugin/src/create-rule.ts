import type { ESLintUtils } from '@typescript-eslint/utils'

/** What every rule says of itself beside ESLint's own fields. */
export interface RuleDocs {
  readonly description: string
  /** The weakness that the rule finds, in the Common Weakness Enumeration: `CWE-532`. */
  readonly cwe: string
}

/**
 * Makes a rule whose documentation is the page of its name in this package's `docs/rules`. What its `meta` gives as
 * default options ESLint has put in before the rule is asked, once for all files; `RuleCreator` would for each.
 */
export function createRule<Options extends readonly unknown[], MessageIds extends string>({
  name,
  meta,
  create,
}: Readonly<ESLintUtils.RuleWithMetaAndName<Options, MessageIds, RuleDocs>>) {
  const docs = { ...meta.docs, url: `docs/rules/${name}.md` }
  return {
    name,
    meta: { ...meta, docs },
    create: (context) => create(context, context.options),
  } satisfies ESLintUtils.RuleModule<MessageIds, Options, RuleDocs> & { name: string }
}
