import type { ESLintUtils, TSESLint } from '@typescript-eslint/utils'
import { ruleFailureOf } from './engine/rule-failure.ts'
import { adoptModels } from './models/models-of.ts'
import { pageOf } from './manifest.ts'

/** The documentation of a rule beside ESLint's own fields. */
export interface RuleDocs {
  readonly description: string
  /** The weakness that the rule finds, in the Common Weakness Enumeration: `CWE-532`. */
  readonly cwe: string
}

const FAILED = 'ruleFailed'
const MESSAGE =
  'The rule {{rule}} failed in this file ({{error}} at {{place}}), so what it would find here is not known. Report this to the authors of @rekey/eslint-plugin.'

/**
 * Makes a rule whose documentation is the page of its name in this package's `docs/rules`. What its `meta` gives as
 * default options ESLint has put in before the rule is asked, once for all files; `RuleCreator` would for each.
 *
 * A rule that throws reports `ruleFailed` for that file, since ESLint would end the run for all rules and files.
 */
export function createRule<Options extends readonly unknown[], MessageIds extends string>({
  name,
  meta,
  create,
}: Readonly<ESLintUtils.RuleWithMetaAndName<Options, MessageIds, RuleDocs>>) {
  const docs = { ...meta.docs, url: pageOf(name) }
  const messages = { ...meta.messages, [FAILED]: MESSAGE } as Record<MessageIds, string>
  return {
    name,
    meta: { ...meta, docs, messages },
    create(context) {
      // Outside of what a rule may fail at: a setting that is wrong has to end the run.
      adoptModels(context)
      return listenSafely(name, context, () => create(context, context.options))
    },
  } satisfies ESLintUtils.RuleModule<MessageIds, Options, RuleDocs> & { name: string }
}

type Context = Readonly<TSESLint.RuleContext<string, readonly unknown[]>>

/** Makes the listeners of `create` listen, until one of them throws. */
function listenSafely(
  rule: string,
  context: Context,
  create: () => TSESLint.RuleListener,
): TSESLint.RuleListener {
  let hasFailed = false
  function run<T>(action: () => T): T | undefined {
    if (hasFailed) return undefined
    try {
      return action()
    } catch (error) {
      hasFailed = true
      const data = { rule, ...ruleFailureOf(error) }
      context.report({ loc: { line: 1, column: 0 }, messageId: FAILED, data })
      return undefined
    }
  }
  const listeners = Object.entries(run(create) ?? {}).map(([selector, listener]) => [
    selector,
    (...given: unknown[]) => {
      run(() => {
        ;(listener as (...given: unknown[]) => void)(...given)
      })
    },
  ])
  return Object.fromEntries(listeners) as TSESLint.RuleListener
}
