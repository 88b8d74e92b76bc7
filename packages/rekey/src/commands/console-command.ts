import { resolve } from 'node:path'
import { openConsole } from '../console/open-console.ts'
import type { Command } from 'commander'
import { z } from 'zod'
import { followAudit } from './audit/follow-audit.ts'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { openEntrance } from './console-entrance.ts'
import { takeOrders } from './console-orders.ts'
import { followAuthorities } from './follow-authorities.ts'
import { UsageError } from './failure.ts'
import { jsonLine, printing } from './json-output.ts'
import { collect, common, toMilliseconds, toPort } from './options.ts'
import { readPolicies } from './policy-file.ts'
import { createPrinter } from './printer.ts'
import { recordSignIns } from './record-sign-ins.ts'
import { withRotator } from './with-rotator.ts'
import type { FamilyReading, SecretReading } from '../console/family-reading.ts'
import type { Rotator } from '../family/rotator/open-rotator.ts'
import type { RotationPolicy } from '../engine/schedule/due-times.ts'
import { systemClock } from '@rekey/secret'
import { type KnownEnds, readMembers, withEnds } from './members.ts'
import { answersOf, leaksIn } from './leaks/leak-reports.ts'
import { holdStatus } from './secret-status.ts'
import { sessionsOf } from './sessions-of.ts'
import { turnsOf } from './turns-of.ts'

/** Flags of `rekey console`. */
interface ConsoleFlags extends CommonFlags {
  readonly policy?: string
  readonly port: number
  readonly everyMs: number
  readonly ca: readonly string[]
  readonly host: string
  readonly login?: string
  readonly allowRotate?: boolean
}

/** The lines of `rekey console`. */
const CONSOLE_LINES = jsonLine('listening', 'The page can be opened.', {
  url: z.string().describe('where; with a login its public address'),
})

/** R-E-K-Y on the keys of a telephone. */
const PORT = 7359

/** Defines `rekey console`. */
export function defineConsole(command: Command, context: CliContext): void {
  printing(common(command), CONSOLE_LINES, [
    'rekey console --family production.json',
    'rekey console --family production.json --ca /var/lib/ca',
    'rekey console --family production.json --login login.json',
    'rekey console --family production.json --login login.json --allow-rotate',
    'rekey console --port 0 --json',
  ])
    .option('--policy <file>', 'when the secrets of a kind are due')
    .option('--port <port>', 'its port; 0 for any that is free', toPort, PORT)
    .option(
      '--login <file>',
      'how people log in by OpenID Connect, in JSON; the client secret is in REKEY_CONSOLE_CLIENT_SECRET',
    )
    .option('--allow-rotate', 'lets operators rotate secrets from the page; it takes --login')
    .option(
      '--host <address>',
      'where it listens; beyond loopback it takes a login with tls',
      '127.0.0.1',
    )
    .option(
      '--every-ms <ms>',
      'the pause between two looks at store, journal and replicas, while a browser watches',
      toMilliseconds,
      2_000,
    )
    .option(
      '--ca <directory>',
      'a CA whose generations, backup and drill are shown, without its passphrase; may be repeated',
      collect,
      [],
    )
    .action((flags: ConsoleFlags) => serveConsole(flags, context))
}

/** `rekey console`: until a signal. Reads with the rights of the rotator, and changes nothing but what operators order. */
async function serveConsole(flags: ConsoleFlags, context: CliContext): Promise<void> {
  const printer = createPrinter<typeof CONSOLE_LINES>(flags, context)
  const { signal } = context
  if (flags.allowRotate && flags.login === undefined) {
    throw new UsageError('--allow-rotate takes --login FILE: who orders must be known')
  }
  const policiesOf = await readPolicies(flags.policy)
  await using entrance = await openEntrance(flags.login, context)
  await withRotator(flags, context, async (rotator) => {
    const policies = policiesOf(rotator.family)
    const directories = flags.ca.map((directory) => resolve(context.cwd, directory))
    const sources: ConsoleSources = {
      ...{ rotator, policies, ends: new Map() },
      audit: followAudit(rotator.auditPlace),
      ...(directories.length > 0 && { authorities: followAuthorities(directories) }),
    }
    const read = (limited: AbortSignal) => readForConsole(sources, limited)
    const orders = flags.allowRotate && { orders: takeOrders(rotator, signal) }
    const recordSignIn = recordSignIns(rotator.audit)
    const mark = rotator.journal.mark?.bind(rotator.journal)
    const options = { read, mark, recordSignIn, ...orders, ...placeOf(flags), ...entrance.options }
    await using page = await openConsole(options)
    const { url } = page
    printer.line({ type: 'listening', url }, `the console is at ${url}: Ctrl-C ends it`)
    await new Promise((resolve) => {
      if (signal.aborted) resolve(undefined)
      signal.addEventListener('abort', resolve, { once: true })
    })
  })
}

function placeOf({ port, host, everyMs }: ConsoleFlags) {
  return { port, host, everyMs }
}

/** Where the console reads. */
interface ConsoleSources {
  readonly rotator: Rotator
  readonly policies: readonly RotationPolicy[]
  /** Kept from one reading to the next: an end is asked for once. */
  readonly ends: KnownEnds
  readonly audit: ReturnType<typeof followAudit>
  /** Absent: no keystore was named. */
  readonly authorities?: ReturnType<typeof followAuthorities>
}

/** Reads store, journal, replicas, far sides, audit log and keystores once. */
async function readForConsole(
  { rotator, policies, ends, audit, authorities }: ConsoleSources,
  signal: AbortSignal,
): Promise<FamilyReading> {
  const family = await withEnds(await readMembers(rotator, signal), signal, ends)
  const now = new Date(systemClock.now())
  const turns = turnsOf(family, policies, now)
  const secrets = family.secrets.map(async (member): Promise<SecretReading> => {
    const turn = turns.get(member.name)
    const { open = false } = member
    const [answers, sessions] = await Promise.all([
      answersOf(rotator, member, signal),
      sessionsOf(member, signal),
    ])
    const reports = answers.flatMap((each) => each.answers)
    const leaks = leaksIn(reports, member.staged)
    const held = holdStatus(member, now)
    const known = { ...(turn && { turn }), ...(held && { held }), ...(sessions && { sessions }) }
    return { ...member, open, answers, leaks, ...known }
  })
  const { environment } = rotator.family
  return {
    ...{ environment, unreadable: family.unreadable },
    secrets: await Promise.all(secrets),
    audit: await audit(signal),
    ...(authorities && { authorities: await authorities() }),
  }
}
