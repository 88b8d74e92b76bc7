import { systemClock } from '@rekey/secret'
import { isAbsent } from '@rekey/secret/internal/kind'
import type { Rotator } from '../family/rotator/open-rotator.ts'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { worstOf } from './failure.ts'
import { type Member, readMembers, withEnds } from './members.ts'
import { formatStatus } from './describe.ts'
import { instant, jsonLine, printing, secretName } from './json-output.ts'
import { common } from './options.ts'
import { readPolicies } from './policy-file.ts'
import { createPrinter } from './printer.ts'
import { JOURNAL_ENTRY, OPEN_ROTATION, SCHEDULED_TURN } from './rotation-lines.ts'
import { LEAK, leaksIn, reportsOf } from './leaks/leak-reports.ts'
import { describeMember, type SecretStatus } from './secret-status.ts'
import { turnsOf } from './turns-of.ts'
import { withRotator } from './with-rotator.ts'

interface StatusFlags extends CommonFlags {
  readonly policy?: string
}

const STATUS_LINES = jsonLine('secret', 'The state of one secret.', {
  secret: secretName.describe('its name on the command line'),
  name: z.string().describe('its name in the store'),
  versions: z.array(
    z.object({
      stage: z.enum(['pending', 'current', 'previous']),
      version: z.string(),
      createdAt: instant.optional(),
      ageMs: z.number().optional(),
    }),
  ),
  open: OPEN_ROTATION.optional(),
  turn: SCHEDULED_TURN.optional(),
  rotation: JOURNAL_ENTRY.optional().describe('the last one'),
  acknowledged: z
    .tuple([z.int(), z.int()])
    .describe('how many replicas have loaded the current version, and of how many'),
  absent: z
    .array(z.string())
    .optional()
    .describe('replicas that an open rotation waits for and that do not answer'),
  leaks: z
    .array(z.object(LEAK))
    .optional()
    .describe('live versions that a replica was about to print, and masked'),
})

/** Defines `rekey status`. */
export function defineStatus(command: Command, context: CliContext): void {
  printing(common(command), STATUS_LINES, [
    'rekey status',
    'rekey status --family production.json --json',
  ])
    .option('--policy <file>', 'when the secrets of a kind are due')
    .action((flags: StatusFlags) => showStatus(flags, context))
}

/** Prints one line for each secret that can be rotated. */
async function showStatus(flags: StatusFlags, context: CliContext): Promise<void> {
  const { process, signal } = context
  const printer = createPrinter<typeof STATUS_LINES>(flags, context)
  const policiesOf = await readPolicies(flags.policy)
  await withRotator(flags, context, async (rotator) => {
    const policies = policiesOf(rotator.family)
    const family = await withEnds(await readMembers(rotator, signal), signal)
    const now = new Date(systemClock.now())
    const turns = turnsOf(family, policies, now)
    for (const member of family.secrets) {
      const turn = turns.get(member.name)
      const replicas = await askReplicas(rotator, member, signal)
      const status = { ...describeMember(member, now), ...replicas, ...(turn && { turn }) }
      printer.line({ type: 'secret', ...status }, formatStatus(status, now))
    }
    const failures = family.unreadable.map(({ secret, error }) => printer.failed(secret, error))
    process.exitCode = worstOf(failures)
  })
}

async function askReplicas(
  rotator: Rotator,
  member: Member,
  signal: AbortSignal,
): Promise<Pick<SecretStatus, 'acknowledged' | 'absent' | 'leaks'>> {
  const answers = await reportsOf(rotator, member, signal)
  const { version: current } = member.staged.current
  const knowing = answers.filter(({ ack }) => ack?.versions.some((v) => v.version === current))
  const acknowledged = [knowing.length, answers.length] as const
  const leaks = leaksIn(answers, member.staged)
  const absent = member.open ? answers.filter(isAbsent).map(({ replica }) => replica.healthUrl) : []
  return {
    acknowledged,
    ...(absent.length > 0 && { absent }),
    ...(leaks.length > 0 && { leaks }),
  }
}
