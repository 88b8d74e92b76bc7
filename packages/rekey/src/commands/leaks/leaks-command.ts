import { AuditSpool } from '../../journal/audit-spool.ts'
import { systemClock } from '@rekey/secret'
import { type Command, Option } from 'commander'
import type { CliContext, CommonFlags, WaitingFlags } from '../cli-context.ts'
import { UsageError } from '../failure.ts'
import { printing } from '../json-output.ts'
import { common, toMilliseconds, waiting } from '../options.ts'
import { withRotator } from '../with-rotator.ts'
import { recorded } from '../recorded-command.ts'
import { createLeakPrinter, ROTATE_LEAKED_LINES, SHOW_LINES } from './leak-lines.ts'
import { keepLooking, lookForLeaks } from './rotate-leaked.ts'

interface RotateLeakedFlags extends WaitingFlags {
  readonly dryRun?: boolean
  readonly everyMs?: number
}

/** Defines `rekey leaks show`. */
export function defineShow(command: Command, context: CliContext): void {
  printing(common(command), SHOW_LINES, ['rekey leaks show --family production.json']).action(
    (flags: CommonFlags) => showLeaks(flags, context),
  )
}

/** Defines `rekey leaks rotate`. */
export function defineRotateLeaked(command: Command, context: CliContext): void {
  printing(waiting(command), ROTATE_LEAKED_LINES, [
    'rekey leaks rotate --family production.json --dry-run',
    'rekey leaks rotate --family production.json --every-ms 2000 --json',
  ])
    .option('--dry-run', 'print what would be rotated, and change nothing')
    .addOption(
      new Option('--every-ms <ms>', 'look again so often, until it is stopped')
        .argParser(toMilliseconds)
        .conflicts('dryRun'),
    )
    .action((flags: RotateLeakedFlags) => rotateLeaked(flags, context))
}

async function showLeaks(flags: CommonFlags, context: CliContext): Promise<void> {
  const { process, signal } = context
  const printer = createLeakPrinter(flags, context)
  await withRotator(flags, context, async (rotator) => {
    const run = { rotator, printer, signal, clock: systemClock, known: new Set<string>() }
    process.exitCode = await lookForLeaks({ ...run, mode: 'show' })
    if (process.exitCode === 0) printer.note('no replica reports a leak of a live version')
  })
}

async function rotateLeaked(flags: RotateLeakedFlags, context: CliContext): Promise<void> {
  const { process, signal } = context
  const { dryRun = false, everyMs } = flags
  const printer = createLeakPrinter(flags, context)
  await withRotator(flags, context, async (opened) => {
    // A leaked secret waits for no audit log.
    const rotator = { ...opened, audit: new AuditSpool(opened.audit) }
    if (rotator.family.policy.leaks === undefined) {
      throw new UsageError(
        'the family has no policy.leaks, so nothing is rotated by itself: add { "rotate": ["api-key"] } there, or see rekey leaks show',
      )
    }
    const run = { rotator, printer, signal, clock: systemClock, known: new Set<string>() }
    const mode = dryRun ? 'plan' : 'rotate'
    const look = async () => {
      if (everyMs !== undefined) await keepLooking({ ...run, mode: 'rotate' }, everyMs)
      else process.exitCode = await lookForLeaks({ ...run, mode })
    }
    await (mode === 'plan'
      ? look()
      : recorded({ audit: rotator.audit }, { command: 'leaks rotate' }, look))
    if (everyMs === undefined && process.exitCode === 0)
      printer.note('no leak of a live version is left')
  })
}
