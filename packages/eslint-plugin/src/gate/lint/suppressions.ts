import type { Rule } from 'eslint'
import type { Finding } from '../finding.ts'
import { readWorkFile } from '../work-tree.ts'
import { lintWith } from './own-lint.ts'

type Comment = ReturnType<Rule.RuleContext['sourceCode']['getAllComments']>[number]
type MessageId = 'unexplained' | 'unnamed' | 'configured'

/**
 * A comment that changes what the linter does: its word, and what follows, up to the end. {@link REASON} matches the start
 * of the reason. Both as ESLint reads them.
 */
const DIRECTIVE = /^\s*(eslint(?:-disable(?:-next-line|-line)?)?)(?:\s+|$)(.*)$/s
const REASON = /(?:^|\s)-{2,}\s(.*)$/s

/** The fault of a comment by which a file gets around the linter. */
function faultOf({ type, value }: Comment): MessageId | undefined {
  const [, word, rest = ''] = DIRECTIVE.exec(value) ?? []
  if (word === undefined || (type === 'Line' && !word.endsWith('-line'))) return undefined
  if (word === 'eslint') return 'configured'
  const reason = REASON.exec(rest)?.[1] ?? ''
  if (rest.replace(REASON, '').trim() === '') return 'unnamed'
  return reason.trim() === '' ? 'unexplained' : undefined
}

const reportSuppressions: Rule.RuleModule = {
  meta: {
    messages: {
      unexplained: 'a comment switches a rule off and gives no reason',
      unnamed: 'a comment switches off every rule there is, not one by its name',
      configured: 'a comment configures a rule, where a reviewer does not look for it',
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

/**
 * Finds the comments by which code of `files` gets around the linter: those that switch rules off without naming them or
 * without a reason after `--`, and those that configure rules.
 */
export async function checkSuppressions(
  root: string,
  files: readonly string[],
): Promise<Finding[]> {
  const texts = await Promise.all(files.map((file) => readWorkFile(root, file)))
  const mentioning = files.filter((_file, index) => texts[index]?.includes(MENTION))
  const reports = await lintWith(reportSuppressions, root, mentioning)
  return reports.map(({ where, message }) => ({
    check: 'lint',
    rule: 'unexplained-suppression',
    where,
    why: message,
    fix: 'mend what the rule finds; where it is wrong, write the reason: eslint-disable-next-line RULE -- REASON',
  }))
}
