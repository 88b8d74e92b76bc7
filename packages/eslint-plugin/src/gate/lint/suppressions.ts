import type { Rule } from 'eslint'
import type { Finding, Place } from '../finding.ts'
import { readWorkFile } from '../work-tree.ts'
import { lintWith } from './own-lint.ts'

type Comment = ReturnType<Rule.RuleContext['sourceCode']['getAllComments']>[number]
type MessageId = 'unexplained' | 'unnamed' | 'configured' | 'explained'

/**
 * A comment that changes what the linter does: its word, and what follows, up to the end. {@link REASON} matches the start
 * of the reason. Both as ESLint reads them.
 */
const DIRECTIVE = /^\s*(eslint(?:-disable(?:-next-line|-line)?)?)(?:\s+|$)(.*)$/s
const REASON = /(?:^|\s)-{2,}\s(.*)$/s

/** Rules whose suppressions count. */
const COUNTED = '@rekey/'

/** How a file gets around the linter in a comment: by a fault, or with a reason. */
function faultOf({ type, value }: Comment): MessageId | undefined {
  const [, word, rest = ''] = DIRECTIVE.exec(value) ?? []
  if (word === undefined || (type === 'Line' && !word.endsWith('-line'))) return undefined
  const reason = REASON.exec(rest)?.[1] ?? ''
  const rules = rest.replace(REASON, '').trim()
  if (rules === '') return 'unnamed'
  // What a repository does with other rules is its own affair.
  if (!rules.includes(COUNTED)) return undefined
  if (word === 'eslint') return 'configured'
  return reason.trim() === '' ? 'unexplained' : 'explained'
}

const reportSuppressions: Rule.RuleModule = {
  meta: {
    messages: {
      unexplained: 'a comment switches a rule of @rekey off and gives no reason',
      unnamed: 'a comment switches off every rule there is, not one by its name',
      explained: 'a comment switches a rule off, and gives a reason',
      configured: 'a comment configures a rule of @rekey, where a reviewer does not look for it',
    } satisfies Record<MessageId, string>,
  },
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        const messageId = faultOf(comment)
        if (messageId !== undefined && comment.loc) context.report({ loc: comment.loc, messageId })
      }
    },
  }),
}

/** The word in every comment that could matter; most files have none. */
const MENTION = 'eslint'

/** The comments that switch rules off. */
export interface Suppressions {
  readonly findings: readonly Finding[]
  /** Those that name rules of `@rekey` and give a reason. */
  readonly explained: readonly Place[]
}

/**
 * Finds the comments by which code of `files` gets around the linter: those that switch rules off without naming them or
 * without a reason after `--`, those that configure rules, and those that have a reason where there are more than `budget`.
 */
export async function checkSuppressions(
  root: string,
  files: readonly string[],
  budget = Infinity,
): Promise<Suppressions> {
  const texts = await Promise.all(files.map((file) => readWorkFile(root, file)))
  const mentioning = files.filter((_file, index) => texts[index]?.includes(MENTION))
  const reports = await lintWith(reportSuppressions, root, mentioning)
  const explained = reports
    .filter(({ messageId }) => messageId === 'explained')
    .map(({ where }) => where)
  const faults = reports
    .filter(({ messageId }) => messageId !== 'explained')
    .map(({ where, message }): Finding => ({ ...UNEXPLAINED, where, why: message }))
  return { findings: [...faults, ...overBudget(explained, budget)], explained }
}

const UNEXPLAINED = {
  check: 'lint',
  rule: 'unexplained-suppression',
  fix: 'mend what the rule finds; where it is wrong, write the reason: eslint-disable-next-line RULE -- REASON',
} as const

function overBudget(explained: readonly Place[], budget: number): Finding[] {
  const [first] = explained.slice(budget === Infinity ? explained.length : budget)
  if (first === undefined) return []
  return [
    {
      check: 'lint',
      rule: 'suppression-budget',
      where: first,
      why: `${explained.length} comments switch rules of @rekey off; gate.json allows ${budget}`,
      fix: 'mend what the rule finds; or raise "suppressions" in gate.json, which a reviewer sees',
      related: explained.filter((place) => place !== first),
    },
  ]
}
