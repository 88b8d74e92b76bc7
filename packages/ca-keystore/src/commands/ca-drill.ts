import { resolve } from 'node:path'
import { describeReport, verifyDrillReport } from '../drill/drill-report.ts'
import { openOperatorKey } from '../drill/operator-signature.ts'
import { drillBackup } from '../drill/drill-backup.ts'
import {
  type CliContext,
  type Command,
  createPrinter,
  jsonLine,
  printing,
  UsageError,
} from '@rekey/rekey/internal/command'
import { z } from 'zod'
import { opening, openingIn, type OpeningFlags } from './ca-backup.ts'
import type { CaFlags } from './ca-command.ts'
import {
  checkNewPath,
  readPublicFile,
  readSmallFile,
  writePrivateFile,
} from './passphrase-files.ts'
import { readPassphrase } from './read-passphrase.ts'

const DRILL_LINE = jsonLine('drill', 'The report of a drill.', {
  outcome: z.enum(['drilled', 'verified']),
  format: z.literal(1),
  level: z.enum(['L2', 'L3']).describe('L3: restored by shares'),
  backup: z.string(),
  backedUp: z.string(),
  key: z.object({ id: z.string(), generation: z.int(), spki: z.string() }),
  ...{ subject: z.string(), started: z.string(), ended: z.string(), host: z.string() },
  steps: z.array(z.string()),
  revoked: z.int(),
  shares: z.array(z.string()),
  operator: z.string().optional().describe('SHA-256 of the public key that signed it too'),
})

interface OperatorFlags {
  readonly operatorKey?: string
  readonly operatorPassphraseFile?: string
}

interface DrillFlags extends OpeningFlags, OperatorFlags, CaFlags {
  readonly certificate: string
  readonly keystore?: string
  readonly report?: string
}

interface VerifyFlags extends CaFlags {
  readonly certificate: string
  readonly operators?: string
}

/** Adds `rekey ca drill`, and `rekey ca drill verify`. */
export function addDrill(ca: Command, context: CliContext): void {
  const command = ca
    .command('drill')
    .description('prove that a backup restores, and verify the report of that')
  printing(opening(command.command('run', { isDefault: true })), DRILL_LINE, [
    'rekey ca drill run /media/usb/backup --certificate ca.crt --backup-passphrase-file /media/other/backup.pass --keystore /srv/ca',
  ])
    .description('restore a backup into an empty directory, in a new process, thrown away')
    .argument('<backup>', 'the directory of the backup')
    .requiredOption(...CERTIFICATE)
    .option('--keystore <directory>', 'the keystore of the CA, which gets the report')
    .option('--report <file>', 'is made, with the report that the restored key signed')
    .option('--operator-key <file>', 'your Ed25519 key, encrypted PKCS#8: signs the report too')
    .option('--operator-passphrase-file <file>', 'holds the passphrase of that key')
    .action((path: string, flags: DrillFlags) => drill(path, flags, context))
  printing(command.command('verify'), DRILL_LINE, [
    'rekey ca drill verify drill.json --certificate ca.crt --operators operators.pem',
  ])
    .description('verify the signatures of a report')
    .argument('<report>', 'the file of the report')
    .requiredOption(...CERTIFICATE)
    .option('--operators <file>', 'public keys in PEM, of which one must have signed it')
    .action((path: string, flags: VerifyFlags) => verify(path, flags, context))
}

const CERTIFICATE = [
  '--certificate <file>',
  'ca.crt as verifiers have it, not from the backup',
] as const

async function drill(path: string, flags: DrillFlags, context: CliContext): Promise<void> {
  const at = (one: string) => resolve(context.cwd, one)
  const { line } = createPrinter<typeof DRILL_LINE>(flags, context)
  const way = await openingIn(flags, context)
  if (way === undefined) {
    throw new UsageError(
      'what opens the backup? name --backup-passphrase-file FILE or --share FILE',
    )
  }
  if (flags.report !== undefined) await checkNewPath(at(flags.report))
  const operatorKey = await operatorKeyIn(flags, context)
  const certificate = await readPublicFile(at(flags.certificate), '--certificate')
  const { signed, ...proved } = await drillBackup({
    ...{ backup: at(path), opening: way, certificate },
    ...(flags.keystore !== undefined && { directory: at(flags.keystore) }),
    ...(operatorKey && { operatorKey }),
  })
  if (flags.report !== undefined) await writePrivateFile(at(flags.report), signed, [])
  line(shown('drilled', proved), describeReport(proved))
}

async function operatorKeyIn(
  { operatorKey, operatorPassphraseFile }: OperatorFlags,
  context: CliContext,
) {
  if (operatorKey === undefined && operatorPassphraseFile === undefined) return undefined
  if (operatorKey === undefined || operatorPassphraseFile === undefined) {
    throw new UsageError('name both, --operator-key FILE and --operator-passphrase-file FILE')
  }
  const flag = '--operator-passphrase-file'
  using passphrase = await readPassphrase(operatorPassphraseFile, flag, context)
  const key = await readSmallFile(resolve(context.cwd, operatorKey))
  return await openOperatorKey({ key, passphrase: passphrase.value })
}

async function verify(path: string, flags: VerifyFlags, context: CliContext): Promise<void> {
  const at = (one: string) => resolve(context.cwd, one)
  const text = await readPublicFile(at(path), 'the report')
  const certificate = await readPublicFile(at(flags.certificate), '--certificate')
  const operators = flags.operators && (await readPublicFile(at(flags.operators), '--operators'))
  const proved = verifyDrillReport({ text, certificate, ...(operators && { operators }) })
  createPrinter<typeof DRILL_LINE>(flags, context).line(
    shown('verified', proved),
    describeReport(proved),
  )
}

function shown(
  outcome: 'drilled' | 'verified',
  { report, operator }: ReturnType<typeof verifyDrillReport>,
) {
  return { type: 'drill' as const, outcome, ...report, operator }
}
