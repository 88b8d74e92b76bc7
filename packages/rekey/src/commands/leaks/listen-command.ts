import { resolve } from 'node:path'
import type { Rotator } from '../../family/rotator/open-rotator.ts'
import { AuditSpool } from '../../journal/audit-spool.ts'
import { singleFlight } from '@rekey/secret/internal'
import { systemClock } from '@rekey/secret'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext, WaitingFlags } from '../cli-context.ts'
import { jsonLine, printing } from '../json-output.ts'
import { toPort, waiting } from '../options.ts'
import { createPrinter } from '../printer.ts'
import { withRotator } from '../with-rotator.ts'
import { openFindingListener, type ReportedToken } from './finding-listener.ts'
import { createFindingQueue } from './finding-queue.ts'
import { ANSWERS, createLeakPrinter } from './leak-lines.ts'
import { describeFinding, FINDING, findingLine } from './match-findings.ts'
import { readValues } from './match-values.ts'
import { watchBornValues } from './value-digests.ts'
import { openWebhookKeys } from './webhook-keys.ts'

const LISTEN_LINES = z.discriminatedUnion('type', [
  jsonLine('listening', 'The first line.', { host: z.string(), port: z.int() }),
  FINDING,
  ...ANSWERS,
])

interface ListenFlags extends WaitingFlags {
  readonly dryRun?: boolean
  readonly port: number
  readonly host: string
  readonly keys: string
}

/** Defines `rekey leaks listen`. */
export function defineListen(command: Command, context: CliContext): void {
  printing(waiting(command), LISTEN_LINES)
    .option('--dry-run', 'print what would be rotated, and change nothing')
    .requiredOption('--port <port>', 'where to listen; 0 for any that is free', toPort)
    .option(
      '--host <host>',
      'the address to listen at; put a proxy with TLS before it',
      '127.0.0.1',
    )
    .requiredOption(
      '--keys <file-or-url>',
      'the keys that GitHub signs with: https://api.github.com/meta/public_keys/secret_scanning, or a file of that',
    )
    .action((flags: ListenFlags) => listenForFindings(flags, context))
}

/** So that a sender of ever new places cannot fill the memory. */
const MOST_KNOWN = 10_000

/**
 * Answers a scanner until a signal, and rotates what is live as far as the family lets it. A finding that is sent again is
 * answered again, and neither printed, recorded nor rotated twice.
 */
async function listenForFindings(flags: ListenFlags, context: CliContext): Promise<void> {
  const { signal, cwd } = context
  const { host, dryRun = false } = flags
  const printer = createPrinter<typeof LISTEN_LINES>(flags, context)
  const from = /^https?:/i.test(flags.keys) ? flags.keys : resolve(cwd, flags.keys)
  const keys = await openWebhookKeys({ from, clock: systemClock, signal })
  using born = watchBornValues()
  const own = { env: context.env, born }
  await withRotator(flags, context, async (rotator) => {
    const known = new Set<string>()
    // A leaked secret waits for no audit log; a finding that is left to a person does.
    const spool = new AuditSpool(rotator.audit)
    const isRotated = !dryRun && rotator.family.policy.leaks !== undefined
    const recording = { ...rotator, ...(isRotated && { audit: spool }) }
    const queue = createFindingQueue()
    await using listener = await openFindingListener({
      ...{ port: flags.port, host, keys },
      readValues: singleFlight(() => readValues(rotator, signal, own)),
      async onToken(token) {
        // Its stage changes while it is rotated.
        const { rule, place, answer } = token
        const key = JSON.stringify([rule, place, { ...answer, stage: undefined }])
        if (known.has(key)) return
        await record(token, recording)
        if (known.size >= MOST_KNOWN) known.clear()
        known.add(key)
        printer.line(findingLine(token, answer), describeFinding(token, answer))
        if (answer.verdict === 'live' && rotator.family.policy.leaks !== undefined)
          queue.add(answer)
      },
    })
    const { port } = listener
    printer.line({ type: 'listening', host, port }, `waits for findings at http://${host}:${port}`)
    const run = {
      rotator: recording,
      printer: createLeakPrinter(flags, context),
      signal,
      clock: systemClock,
    }
    await queue.work({ ...run, mode: dryRun ? 'plan' : 'rotate', known: new Set() })
  })
}

async function record(
  { place, rule, answer }: ReportedToken,
  { audit, kinds }: Pick<Rotator, 'audit' | 'kinds'>,
): Promise<void> {
  if (answer.verdict !== 'live' && answer.verdict !== 'by hand') return
  const subject = kinds.get(answer.secret)?.name ?? answer.secret
  const { version } = answer
  const about = { subject, ...(version !== undefined && { version }) }
  const event = { actor: 'rekey leaks listen', action: 'leak', ...about }
  await audit.record({ ...event, outcome: 'refused', details: { channel: 'scanner', place, rule } })
}
