import { AuditSpool } from '../../journal/audit-spool.ts'
import { systemClock } from '@rekey/secret'
import { type Command, Option } from 'commander'
import type { CliContext, CommonFlags, WaitingFlags } from '../cli-context.ts'
import { UsageError } from '../failure.ts'
import { printing } from '../json-output.ts'
import { common, toMilliseconds, toPort, waiting } from '../options.ts'
import { withRotator } from '../with-rotator.ts'
import { recorded } from '../recorded-command.ts'
import { createLeakPrinter, ROTATE_LEAKED_LINES, SHOW_LINES } from './leak-lines.ts'
import { LISTEN_LINES, type ListenFlags, listenForFindings } from './listen-command.ts'
import { MATCH_LINES, matchFindings } from './match-findings.ts'
import { keepLooking, lookForLeaks } from './rotate-leaked.ts'

interface RotateLeakedFlags extends WaitingFlags {
  readonly dryRun?: boolean
  readonly everyMs?: number
}

/** Adds `rekey leaks`. */
export function addLeaks(program: Command, context: CliContext): void {
  const leaks = program
    .command('leaks')
    .description('what replicas were about to print, and what was found outside')
  printing(common(leaks.command('show')), SHOW_LINES)
    .description('show the live versions that replicas were about to print, and where')
    .action((flags: CommonFlags) => showLeaks(flags, context))
  printing(waiting(leaks.command('rotate')), ROTATE_LEAKED_LINES)
    .description(
      'rotate without grace what has leaked, as far as policy.leaks of the family lets it',
    )
    .option('--dry-run', 'print what would be rotated, and change nothing')
    .addOption(
      new Option('--every-ms <ms>', 'look again so often, until it is stopped')
        .argParser(toMilliseconds)
        .conflicts('dryRun'),
    )
    .action((flags: RotateLeakedFlags) => rotateLeaked(flags, context))
  printing(common(leaks.command('match')), MATCH_LINES)
    .description(
      'find which findings of gitleaks are secrets of the family: live, dead, to be changed by hand or not ours; no value is printed or sent',
    )
    .argument('<file>', 'the report of gitleaks, without --redact: SARIF or its own JSON')
    .action((file: string, flags: CommonFlags) => matchFindings(file, flags, context))
  addListen(leaks, context)
}

function addListen(leaks: Command, context: CliContext): void {
  printing(waiting(leaks.command('listen')), LISTEN_LINES)
    .description(
      'answer the secret scanning of GitHub (partner program): which tokens it found are secrets of the family; rotate without grace what is live, as far as policy.leaks lets it',
    )
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
