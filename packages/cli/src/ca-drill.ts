import { resolve } from 'node:path'
import { describeReport, drillBackup } from '@rekey/ca-keystore'
import type { Command } from 'commander'
import { opening, openingIn, type OpeningFlags } from './ca-backup.ts'
import type { CliContext } from './cli-context.ts'
import { UsageError } from './failure.ts'
import { readPublicFile, writePrivateFile } from './passphrase-files.ts'
import { createPrinter } from './printer.ts'

interface DrillFlags extends OpeningFlags {
  readonly json?: boolean
  readonly certificate: string
  readonly keystore?: string
  readonly report?: string
}

/** Adds `rekey ca drill`. */
export function addDrill(ca: Command, context: CliContext): void {
  opening(ca.command('drill'))
    .description(
      'prove that a backup restores: into an empty directory, in a new process, thrown away',
    )
    .argument('<backup>', 'the directory of the backup')
    .requiredOption('--certificate <file>', 'ca.crt as verifiers have it, not from the backup')
    .option('--keystore <directory>', 'the keystore of the CA, which gets the report')
    .option('--report <file>', 'is made, with the report that the restored key signed')
    .option('--json', 'print JSON, one object a line')
    .action((path: string, flags: DrillFlags) => drill(path, flags, context))
}

async function drill(path: string, flags: DrillFlags, context: CliContext): Promise<void> {
  const at = (one: string) => resolve(context.cwd, one)
  const { line } = createPrinter(flags, context)
  const way = await openingIn(flags, context)
  if (way === undefined) {
    throw new UsageError(
      'what opens the backup? name --backup-passphrase-file FILE or --share FILE',
    )
  }
  const certificate = await readPublicFile(at(flags.certificate), '--certificate')
  const { report, signed } = await drillBackup({
    ...{ backup: at(path), opening: way, certificate },
    ...(flags.keystore !== undefined && { directory: at(flags.keystore) }),
  })
  if (flags.report !== undefined) await writePrivateFile(at(flags.report), signed, [])
  line({ outcome: 'drilled', ...report }, describeReport(report))
}
