import { resolve } from 'node:path'
import { type Issuance, readIssuances } from '../record/read-issuances.ts'
import {
  type CliContext,
  type Command,
  createPrinter,
  jsonLine,
  Option,
  printing,
} from '@rekey/rekey/internal/command'
import { z } from 'zod'

const STATES: readonly Issuance['state'][] = ['void', 'reserved', 'signed', 'recorded']

const LINES = z.discriminatedUnion('type', [
  jsonLine('serial', 'A serial that was reserved.', {
    ...{ serial: z.string(), state: z.enum(STATES), subject: z.string(), profile: z.string() },
    reservedAt: z.string(),
    index: z.int().optional().describe('of its entry in the log'),
  }),
  jsonLine('summary', 'The last line.', {
    ...{ state: z.enum(STATES), serials: z.int(), issued: z.int() },
  }),
])

interface SerialFlags {
  readonly state: Issuance['state']
  readonly json?: boolean
}

/** Adds `rekey ca serials`. */
export function addSerials(ca: Command, context: CliContext): void {
  printing(ca.command('serials'), LINES, [
    'rekey ca serials /srv/ca',
    'rekey ca serials /srv/ca --state signed --json',
  ])
    .description('list serials that a CA has reserved, by default those that no certificate has')
    .argument('<directory>', 'the keystore of the CA, whose record has them')
    .addOption(
      new Option(
        '--state <state>',
        'void: never signed; reserved: a process is signing; signed: not known to be in the log; recorded: in the log',
      )
        .choices(STATES)
        .default('void'),
    )
    .action((directory: string, flags: SerialFlags) => listSerials(directory, flags, context))
}

async function listSerials(
  directory: string,
  flags: SerialFlags,
  context: CliContext,
): Promise<void> {
  const issuances = await readIssuances(resolve(context.cwd, directory))
  const { line } = createPrinter<typeof LINES>(flags, context)
  const found = issuances.filter(({ state }) => state === flags.state)
  for (const { serial, subject, profile, reservedAt, state, index } of found) {
    const at = reservedAt.toISOString()
    line(
      {
        type: 'serial',
        serial,
        state,
        subject,
        profile,
        reservedAt: at,
        ...(index !== undefined && { index }),
      },
      `${serial}  ${at}  ${profile.padEnd(7)}  ${subject}`,
    )
  }
  const summary = {
    type: 'summary' as const,
    state: flags.state,
    serials: found.length,
    issued: issuances.length,
  }
  line(summary, `${found.length} of ${issuances.length} serials are ${flags.state}`)
}
