import { resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext, CommonFlags } from '../cli-context.ts'
import { worstOf } from '../failure.ts'
import { jsonLine, printing, secretName } from '../json-output.ts'
import { common } from '../options.ts'
import { createPrinter } from '../printer.ts'
import { withRotator } from '../with-rotator.ts'
import { type Matched, readValues, type ValueMatcher } from './match-values.ts'
import { watchBornValues } from './value-digests.ts'
import { type Finding, readFindings } from './read-findings.ts'

/** The answer to a finding, as `--json` has it. */
const FINDING = jsonLine(
  'finding',
  'A finding, and a secret of the family that it shows; one line for each.',
  {
    verdict: z
      .enum(['live', 'dead', 'by hand', 'not compared', 'not ours', 'hidden'])
      .describe(
        'live: it is accepted; dead: it was replaced; by hand: it is ours, and a person changes it; not compared: it may be one of those that could not be read; hidden: the report does not have the text',
      ),
    rule: z.string().describe('of the scanner'),
    place: z.string().describe('the file or URL'),
    line: z.int().optional(),
    secret: secretName.optional().describe('its name on the command line'),
    version: z.string().optional(),
    stage: z.enum(['pending', 'current', 'previous']).optional(),
    next: z.string().optional().describe('the command to type next'),
    runbook: z
      .string()
      .optional()
      .describe('what to do by hand: a command that prints it, or a page'),
    unread: z.array(z.string()).optional().describe('the secrets that could not be read'),
  },
)

const MATCH_LINES = z.discriminatedUnion('type', [
  FINDING,
  jsonLine('matched', 'The last line: how many findings there are of each verdict.', {
    ...{ live: z.int(), dead: z.int(), notOurs: z.int(), hidden: z.int() },
    ...{ byHand: z.int(), notCompared: z.int() },
  }),
])

type Answer = Matched | { readonly verdict: 'hidden' }

/** Defines `rekey leaks match`. */
export function defineMatch(command: Command, context: CliContext): void {
  printing(common(command), MATCH_LINES, [
    'rekey leaks match gitleaks.sarif --family production.json',
  ])
    .argument('<file>', 'the report of gitleaks, without --redact: SARIF or its own JSON')
    .action((file: string, flags: CommonFlags) => matchFindings(file, flags, context))
}

/** The exit code is 1 if a finding is live, is to be changed by hand, or cannot be compared. */
async function matchFindings(file: string, flags: CommonFlags, context: CliContext): Promise<void> {
  const { process, signal } = context
  const printer = createPrinter<typeof MATCH_LINES>(flags, context)
  const findings = await readFindings(resolve(context.cwd, file))
  using born = watchBornValues()
  await withRotator(flags, context, async (rotator) => {
    const values = await readValues(rotator, signal, { env: context.env, born })
    const codes = values.unreadable.map(({ secret, error }) => printer.failed(secret, error))
    const counts = new Map<Answer['verdict'], number>()
    for (const finding of findings) {
      for (const answer of answersOf(finding, values)) {
        counts.set(answer.verdict, (counts.get(answer.verdict) ?? 0) + 1)
        printer.line(findingLine(finding, answer), describeFinding(finding, answer))
      }
    }
    const of = (verdict: Answer['verdict']) => counts.get(verdict) ?? 0
    const open = { live: of('live'), byHand: of('by hand'), hidden: of('hidden') }
    const rest = { dead: of('dead'), notOurs: of('not ours'), notCompared: of('not compared') }
    printer.line(
      { type: 'matched', ...open, ...rest },
      `${findings.length} findings: ${open.live} live, ${open.byHand} by hand, ${rest.dead} dead, ${rest.notOurs} not ours, ${rest.notCompared} not compared, ${open.hidden} hidden`,
    )
    const left = open.live + open.byHand + open.hidden + rest.notCompared
    process.exitCode = worstOf([...codes, ...(left > 0 ? [1] : [])])
  })
}

function answersOf({ text }: Finding, values: ValueMatcher): readonly Answer[] {
  return text === undefined ? [{ verdict: 'hidden' }] : values.match(text)
}

/** The line of a finding. */
function findingLine({ rule, place, line }: Finding, answer: Answer) {
  const next = nextOf(answer)
  const found = { type: 'finding', rule, place, ...(line !== undefined && { line }) } as const
  return { ...found, ...answer, ...(next !== undefined && { next }) }
}

/** The command that answers a finding. */
function nextOf(answer: Answer): string | undefined {
  return answer.verdict === 'live' ? `rekey rotate ${answer.secret} --compromised` : undefined
}

/** A finding in words. */
function describeFinding({ place, line, rule }: Finding, answer: Answer): string {
  const where = `${place}${line === undefined ? '' : `:${line}`} (${rule})`
  const describe = DESCRIPTIONS[answer.verdict] as (one: Answer) => string
  return `${answer.verdict.padEnd(WIDTH)}  ${where}: ${describe(answer)}`
}

const WIDTH = 'not compared'.length

type AnswerOf<Verdict> = Extract<Answer, { verdict: Verdict }>

const DESCRIPTIONS: {
  readonly [Verdict in Answer['verdict']]: (answer: AnswerOf<Verdict>) => string
} = {
  live: (answer) => `${answer.secret}, version ${answer.version}: ${nextOf(answer) ?? ''}`,
  dead: ({ secret, version }) =>
    `${secret}, version ${version}, which was replaced: nothing to rotate`,
  'by hand': ({ secret, runbook }) =>
    `${secret}, which no rotation changes; change it by hand: ${runbook}`,
  'not compared': ({ unread }) =>
    `none of the secrets that could be read; it may be ${unread.join(', ')}: read them where they are, as with --family there`,
  'not ours': () => 'no live secret of this family, and none that its journal names',
  hidden: () =>
    'the report does not have the text: run gitleaks without --redact, and keep its report private',
}
