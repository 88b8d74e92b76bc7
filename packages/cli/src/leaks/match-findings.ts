import { resolve } from 'node:path'
import { z } from 'zod'
import type { CliContext, CommonFlags } from '../cli-context.ts'
import { worstOf } from '../failure.ts'
import { jsonLine, secretName } from '../json-output.ts'
import { createPrinter } from '../printer.ts'
import { withRotator } from '../with-rotator.ts'
import { type Matched, readValues } from './match-values.ts'
import { type Finding, readFindings } from './read-findings.ts'

/** The answer to a finding, as `--json` has it. */
export const FINDING = jsonLine('finding', 'A finding, and whether it is a secret of the family.', {
  verdict: z
    .enum(['live', 'dead', 'not ours', 'hidden'])
    .describe(
      'live: it is accepted; dead: it was replaced; hidden: the report does not have the text',
    ),
  rule: z.string().describe('of the scanner'),
  place: z.string().describe('the file or URL'),
  line: z.int().optional(),
  secret: secretName.optional().describe('its name on the command line'),
  version: z.string().optional(),
  stage: z.enum(['pending', 'current', 'previous']).optional(),
  next: z.string().optional().describe('the command to type next'),
})

/** The lines of `rekey leaks match`. */
export const MATCH_LINES = z.discriminatedUnion('type', [
  FINDING,
  jsonLine('matched', 'The last line: how many findings there are of each verdict.', {
    ...{ live: z.int(), dead: z.int(), notOurs: z.int(), hidden: z.int() },
  }),
])

type Answer = Matched | { readonly verdict: 'hidden' }

/** `rekey leaks match`: the exit code is 1 if a finding is live, or cannot be compared. */
export async function matchFindings(
  file: string,
  flags: CommonFlags,
  context: CliContext,
): Promise<void> {
  const { process, signal } = context
  const printer = createPrinter<typeof MATCH_LINES>(flags, context)
  const findings = await readFindings(resolve(context.cwd, file))
  await withRotator(flags, context, async (rotator) => {
    const values = await readValues(rotator, signal)
    const codes = values.unreadable.map(({ secret, error }) => printer.failed(secret, error))
    const counts = { live: 0, dead: 0, 'not ours': 0, hidden: 0 }
    for (const finding of findings) {
      const answer: Answer =
        finding.text === undefined ? { verdict: 'hidden' } : values.match(finding.text)
      counts[answer.verdict] += 1
      printer.line(findingLine(finding, answer), describeFinding(finding, answer))
    }
    const { live, dead, hidden, 'not ours': notOurs } = counts
    printer.line(
      { type: 'matched', live, dead, notOurs, hidden },
      `${findings.length} findings: ${live} live, ${dead} dead, ${notOurs} not ours, ${hidden} hidden`,
    )
    process.exitCode = worstOf([...codes, ...(live + hidden > 0 ? [1] : [])])
  })
}

/** The line of a finding. */
export function findingLine({ rule, place, line }: Finding, answer: Answer) {
  const next = nextOf(answer)
  const found = { type: 'finding', rule, place, ...(line !== undefined && { line }) } as const
  return { ...found, ...answer, ...(next !== undefined && { next }) }
}

/** The command that answers a finding. */
function nextOf(answer: Answer): string | undefined {
  return answer.verdict === 'live' ? `rekey rotate ${answer.secret} --compromised` : undefined
}

/** A finding in words. */
export function describeFinding({ place, line, rule }: Finding, answer: Answer): string {
  const where = `${place}${line === undefined ? '' : `:${line}`} (${rule})`
  if (answer.verdict === 'live') {
    return `live      ${where}: ${answer.secret}, version ${answer.version}: ${nextOf(answer) ?? ''}`
  }
  if (answer.verdict === 'dead') {
    return `dead      ${where}: ${answer.secret}, version ${answer.version}, which was replaced: nothing to rotate`
  }
  if (answer.verdict === 'hidden') {
    return `hidden    ${where}: the report does not have the text: run gitleaks without --redact, and keep its report private`
  }
  return `not ours  ${where}: no live secret of this family, and none that its journal names`
}
