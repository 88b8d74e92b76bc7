import { resolve } from 'node:path'
import type { BackupManifest } from '../backup/manifest.ts'
import { type BackupOpening, checkBackupOpens, restoreBackup } from '../backup/restore-backup.ts'
import { listFolderOf } from '../crl/published-lists.ts'
import { readBackup } from '../backup/read-backup.ts'
import type { SecretText } from '../passphrase.ts'
import { createBackup } from '../backup/create-backup.ts'
import {
  type CliContext,
  collect,
  type Command,
  createPrinter,
  jsonLine,
  printing,
  UsageError,
} from '@rekey/rekey/internal/command'
import { z } from 'zod'
import { readShares } from './ca-escrow.ts'
import { readPublicFile, withNewPassphrase } from './passphrase-files.ts'
import { readPassphrase } from './read-passphrase.ts'

/** The table of contents of a backup. */
const MANIFEST = {
  format: z.literal(1),
  created: z.string(),
  key: z.object({
    ...{ id: z.string(), generation: z.int(), purpose: z.enum(['root', 'issuing']) },
    spki: z.string(),
  }),
  opens: z.array(z.enum(['passphrase', 'escrow'])),
  crl: z.string().optional().describe('the number of the last revocation list'),
  biography: z.object({ seq: z.int(), hash: z.string() }),
  files: z.record(z.string(), z.string()).describe('SHA-256 by file'),
  digest: z.string().describe('SHA-256 of the manifest'),
}
const CREATED = jsonLine('backed-up', 'A backup was made.', {
  ...{ directory: z.string(), outcome: z.literal('backed-up'), out: z.string(), ...MANIFEST },
})
const VERIFIED = jsonLine('verified', 'A backup was verified.', {
  outcome: z.literal('verified'),
  level: z.enum(['L0', 'L1']).describe('L1: it was opened too'),
  subject: z.string(),
  ...MANIFEST,
})
const RESTORED = jsonLine('restored', 'A CA was restored.', {
  directory: z.string(),
  outcome: z.literal('restored'),
  revoked: z.int(),
  crl: z.string().optional().describe('the next list has a greater number'),
})

interface CreateFlags {
  readonly json?: boolean
  readonly passphraseFile: string
  readonly out: string
  readonly backupPassphraseFile?: string
  readonly backupPassphraseOut?: string
  readonly lists?: string
}

/** Flags that open a backup. */
export interface OpeningFlags {
  readonly backupPassphraseFile?: string
  readonly share: readonly string[]
  readonly escrow?: string
}

interface VerifyFlags extends OpeningFlags {
  readonly json?: boolean
  readonly certificate?: string
}

interface RestoreFlags extends OpeningFlags {
  readonly json?: boolean
  readonly passphraseFile?: string
  readonly passphraseOut?: string
  readonly lists?: string
  readonly published?: string
}

/** Adds `rekey ca backup` and `rekey ca restore`. */
export function addBackup(ca: Command, context: CliContext): void {
  const backup = ca.command('backup').description('make offline backups of a CA, and verify them')
  printing(backup.command('create'), CREATED, [
    'rekey ca backup create /srv/ca --passphrase-file /run/ca.pass --out /media/usb/backup --backup-passphrase-out /media/other/backup.pass --lists /srv/lists',
  ])
    .description('back up key, chain, revocations and biography, encrypted, with a signed manifest')
    .argument('<directory>', 'the keystore of the CA, which holds ca.key and ca.crt')
    .requiredOption('--passphrase-file <file>', 'holds the passphrase of the CA')
    .requiredOption('--out <directory>', 'is made, on another medium')
    .option('--backup-passphrase-file <file>', 'holds the passphrase of the backup')
    .option('--backup-passphrase-out <file>', 'is made, with a generated one for the backup')
    .option('--lists <directory>', 'the revocation lists of the CA; needed once it has issued one')
    .action((directory: string, flags: CreateFlags) => create(directory, flags, context))
  printing(opening(backup.command('verify')), VERIFIED, [
    'rekey ca backup verify /media/usb/backup --certificate ca.crt',
  ])
    .description('verify a backup, and that it opens if a passphrase or shares are given')
    .argument('<backup>', 'the directory of the backup')
    .option('--certificate <file>', 'ca.crt as verifiers have it, to notice another CA')
    .action((path: string, flags: VerifyFlags) => verify(path, flags, context))
  printing(opening(ca.command('restore')), RESTORED, [
    'rekey ca restore /media/usb/backup /srv/ca --backup-passphrase-file /media/other/backup.pass --passphrase-out /run/ca.pass --lists /srv/lists --published crl.pem',
  ])
    .description('restore a CA from a backup, by its passphrase or by shares')
    .argument('<backup>', 'the directory of the backup')
    .argument('<directory>', 'the keystore to make: a path where nothing is yet')
    .option('--passphrase-file <file>', 'holds the new passphrase of the restored CA')
    .option('--passphrase-out <file>', 'is made, with a generated new passphrase')
    .option('--lists <directory>', 'CRL_DIRECTORY of the service: gets a folder with its lists')
    .option('--published <file>', 'the revocation list that verifiers have now, or "none"')
    .action((path: string, directory: string, flags: RestoreFlags) =>
      restore(path, directory, flags, context),
    )
}

/** Adds the flags that open a backup. */
export function opening(command: Command): Command {
  return command
    .option('--backup-passphrase-file <file>', 'holds the passphrase of the backup')
    .option('--share <file>', 'holds a share of the escrow; once for each', collect, [])
    .option('--escrow <file>', 'escrow.json of shares that are newer than the backup')
}

async function create(path: string, flags: CreateFlags, context: CliContext): Promise<void> {
  const at = (one: string) => resolve(context.cwd, one)
  const { line } = createPrinter<typeof CREATED>(flags, context)
  const [directory, out] = [at(path), at(flags.out)]
  using passphrase = await readPassphrase(flags.passphraseFile, '--passphrase-file', context)
  const make = async (own?: SecretText) => {
    const { manifest, digest } = await createBackup({
      ...{ directory, passphrase, out },
      ...(own && { backupPassphrase: own }),
      ...(flags.lists !== undefined && { lists: at(flags.lists) }),
    })
    const text = `${out} is a backup of ${directory} (${digest}), which opens by ${wordsOf(manifest)}; drill it with rekey ca drill`
    line({ type: 'backed-up', directory, outcome: 'backed-up', out, digest, ...manifest }, text)
  }
  const { backupPassphraseFile: file, backupPassphraseOut: made } = flags
  if (file === undefined && made === undefined) {
    await make()
    return
  }
  const choice = {
    file,
    out: made && at(made),
    flags: ['--backup-passphrase-file', '--backup-passphrase-out'],
    keystores: [directory, out],
  } as const
  await withNewPassphrase(choice, context, make)
}

function wordsOf({ opens }: BackupManifest): string {
  const words = { passphrase: 'its passphrase', escrow: 'shares of the escrow' }
  return opens.map((one) => words[one]).join(' or ')
}

async function verify(path: string, flags: VerifyFlags, context: CliContext): Promise<void> {
  const { line } = createPrinter<typeof VERIFIED>(flags, context)
  const { certificate } = flags
  const published =
    certificate === undefined
      ? undefined
      : await readPublicFile(resolve(context.cwd, certificate), '--certificate')
  const backup = await readBackup(resolve(context.cwd, path), published)
  const way = await openingIn(flags, context)
  if (way) await checkBackupOpens(backup, way)
  const { digest, manifest, ca } = backup
  const level = way ? 'L1' : 'L0'
  const found = `${level}: whole and signed by ${ca.name}, made ${manifest.created}`
  const opens = way ? 'it opens' : `not opened; it should open by ${wordsOf(manifest)}`
  line(
    { type: 'verified', outcome: 'verified', level, digest, subject: ca.name, ...manifest },
    `${found}; ${opens}`,
  )
}

async function restore(
  path: string,
  target: string,
  flags: RestoreFlags,
  context: CliContext,
): Promise<void> {
  const at = (one: string) => resolve(context.cwd, one)
  const { line } = createPrinter<typeof RESTORED>(flags, context)
  const [backup, directory] = [at(path), at(target)]
  const { lists, published, passphraseFile, passphraseOut } = flags
  const way = await openingIn(flags, context)
  if (way === undefined) {
    throw new UsageError(
      'what opens the backup? name --backup-passphrase-file FILE or --share FILE',
    )
  }
  const choice = {
    file: passphraseFile,
    out: passphraseOut && at(passphraseOut),
    flags: ['--passphrase-file', '--passphrase-out'],
    keystores: [directory, backup],
  } as const
  await withNewPassphrase(choice, context, async (passphrase) => {
    // Where a service and rekey ca lists look for it.
    const folder = lists && listFolderOf(at(lists), (await readBackup(backup)).ca)
    const restored = await restoreBackup({
      ...{ backup, opening: way, directory, passphrase },
      ...(folder && { lists: folder }),
      ...(published !== undefined && {
        published: published === 'none' ? published : at(published),
      }),
    })
    const { revoked, crl } = restored
    const text = `${directory} is the CA ${restored.backup.ca.name} again; ${revoked} certificates stay revoked${crl === undefined ? '' : `, the next list has a number above ${crl}`}`
    line({ type: 'restored', directory, outcome: 'restored', revoked, crl: crl?.toString() }, text)
  })
}

/** The opening that the flags name; undefined for none. @throws {SecretError} @throws {UsageError} for two */
export async function openingIn(
  { backupPassphraseFile: file, share, escrow }: OpeningFlags,
  context: CliContext,
): Promise<BackupOpening | undefined> {
  if (file !== undefined && share.length > 0) {
    throw new UsageError('name --backup-passphrase-file FILE or --share FILE, not both')
  }
  if (file !== undefined) {
    return { passphrase: (await readPassphrase(file, '--backup-passphrase-file', context)).value }
  }
  if (share.length === 0) return undefined
  const shares = await readShares(share, context)
  if (escrow === undefined) return { shares }
  return { shares, escrow: await readPublicFile(resolve(context.cwd, escrow), '--escrow') }
}
