import type { Linter, Rule } from 'eslint'
import type { Finding } from '../finding.ts'

/** How a message speaks of another line: "(line 12)", "(the key, line 12)". */
const NAMED_LINE = /\bline (\d+)\)/g

/**
 * The finding that a message of ESLint about `file` is.
 *
 * @param docs of the rule, if ESLint knows them
 */
export function findingOf(
  file: string,
  { ruleId, line, column, message, suggestions = [] }: Linter.LintMessage,
  docs: Rule.RuleMetaData['docs'],
): Finding {
  const named = [...message.matchAll(NAMED_LINE)].map(([, other]) => Number(other))
  return {
    check: 'lint',
    rule: ruleId ?? 'parser',
    where: { file, line, column },
    why: message,
    fix: describeFix(suggestions[0]?.desc, docs?.url, file),
    related: named.filter((other) => other !== line).map((other) => ({ file, line: other })),
    ...(docs?.description === undefined ? {} : { asks: docs.description }),
  }
}

/** Describes the first suggestion, and where to read about the rule. */
function describeFix(
  suggestion: string | undefined,
  url: string | undefined,
  file: string,
): string {
  const look = `see ${url ?? `npx eslint ${file}`}`
  return suggestion === undefined ? look : `${suggestion.replace(/\.$/, '')}; ${look}`
}
