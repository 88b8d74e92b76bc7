import { KEY_ALGORITHMS } from '../algorithms.ts'
import type { Profile } from '../issuer.ts'
import { emptyCoreDumps } from '../signer-process/debug-doors.ts'
import {
  type CliContext,
  type Command,
  InvalidArgumentError,
  Option,
  printing,
} from '@rekey/rekey/internal/command'
import { addAudit } from './ca-audit.ts'
import { addBackup } from './ca-backup.ts'
import { addBiography } from './ca-biography.ts'
import {
  type CaFlags,
  changeCaPassphrase,
  CHANGED_LINE,
  COPIED_LINE,
  CREATED_LINE,
  createIssuing,
  createRoot,
  type IssuingFlags,
  type PassphraseFlags,
  type RecoveryFlags,
  type RootFlags,
  writeRecoveryCopy,
} from './ca-command.ts'
import { addCrossSigning } from './ca-cross-sign.ts'
import { addDrill } from './ca-drill.ts'
import { addEscrow } from './ca-escrow.ts'
import { addIdentity } from './ca-identity.ts'
import { IMPORTED_LINE, importing } from './ca-import.ts'
import { addLogKey } from './ca-log-key.ts'
import { addCaRotation } from './ca-rotate.ts'
import { addRevocation } from './ca-revoke.ts'
import { addSerials } from './ca-serials.ts'
import { showCa, SHOWN_LINE } from './ca-show.ts'
import { addSigning } from './ca-sign.ts'
import { inToken } from './ca-token.ts'
import { addUnlock } from './ca-unlock.ts'

const DIRECTORY = 'the keystore of the CA, which holds ca.key and ca.crt'
const NEW_DIRECTORY = 'the keystore to make: a path where nothing is yet'
const WAYS =
  '\nA flag for a passphrase or PIN takes a file of mode 0600, fd:N for an open descriptor, or - to be asked on the terminal.'
const PROFILES: readonly Profile[] = ['client', 'server', 'service']

/** Adds the commands of `rekey ca`, on the keystore of a CA, without a family and without a network. */
export function addCa(ca: Command, context: CliContext): void {
  ca.addHelpText('afterAll', WAYS)
  ca.hook('preAction', emptyCoreDumps)
  addCreation(ca, context)
  printing(ca.command('show'), SHOWN_LINE, [
    'rekey ca show /srv/ca',
    'rekey ca show /srv/ca --json',
  ])
    .description('show key, certificate and safety of a CA without its passphrase')
    .argument('<directory>', DIRECTORY)
    .action((directory: string, flags: CaFlags) => showCa(directory, flags, context))
  addPassphrase(ca, context)
  addRecovery(ca, context)
  addEscrow(ca, context)
  addAudit(ca, context)
  addLogKey(ca, context)
  addSerials(ca, context)
  addBackup(ca, context)
  addDrill(ca, context)
  addBiography(ca, context)
  addRevocation(ca, context)
  addCaRotation(ca, context)
  addSigning(ca, context)
  addCrossSigning(ca, context)
  addIdentity(ca, context)
  addUnlock(ca, context)
}

function addCreation(ca: Command, context: CliContext): void {
  inToken(
    named(
      created(
        printing(ca.command('init-root'), CREATED_LINE, [
          'rekey ca init-root /secure/root --name "Example Root" --passphrase-out /media/usb/root.pass',
        ]),
      ),
    ),
  )
    .description('create a root that issues CAs alone; keep it offline')
    .action((directory: string, flags: RootFlags) => createRoot(directory, flags, context))
  inToken(
    bound(
      named(
        created(
          printing(ca.command('create'), CREATED_LINE, [
            'rekey ca create /srv/ca --name "Example Issuing CA" --parent /secure/root --parent-passphrase-file /media/usb/root.pass --passphrase-out /run/ca.pass',
          ]),
        ),
      ),
    ),
  )
    .description('create an issuing CA below a root')
    .requiredOption('--parent <directory>', 'the keystore of the root')
    .requiredOption('--parent-passphrase-file <file>', 'holds the passphrase of the root')
    .action((directory: string, flags: IssuingFlags) => createIssuing(directory, flags, context))
  importing(
    bound(
      created(
        printing(ca.command('import'), IMPORTED_LINE, [
          'rekey ca import /srv/ca --key ca.p12 --key-passphrase-file /run/old.pass --passphrase-out /run/ca.pass',
        ]),
      ),
    ),
    context,
  )
}

function named(command: Command): Command {
  return command
    .requiredOption('--name <name>', 'the common name, without its generation')
    .option('--organization <name>', 'the organization in its name')
    .addOption(new Option('--algorithm <algorithm>', 'of its key').choices(KEY_ALGORITHMS))
}

function bound(command: Command): Command {
  return command
    .option('--generation <n>', 'counts the keys of one CA, default 1', toGeneration)
    .option('--profiles <list>', `what it may issue, default ${PROFILES.join(',')}`, toProfiles)
}

function created(command: Command): Command {
  return command
    .argument('<directory>', NEW_DIRECTORY)
    .option('--passphrase-file <file>', 'holds its passphrase')
    .option('--passphrase-out <file>', 'is made, with a generated passphrase')
}

function addPassphrase(ca: Command, context: CliContext): void {
  printing(ca.command('passphrase'), CHANGED_LINE, [
    'rekey ca passphrase /srv/ca --passphrase-file /run/ca.pass --passphrase-out /run/new.pass',
  ])
    .description('change the passphrase of a CA; its key stays the same')
    .argument('<directory>', DIRECTORY)
    .requiredOption('--passphrase-file <file>', 'holds the passphrase of today')
    .option('--new-passphrase-file <file>', 'holds the new one')
    .option('--passphrase-out <file>', 'is made, with a generated new one')
    .action((directory: string, flags: PassphraseFlags) =>
      changeCaPassphrase(directory, flags, context),
    )
}

function addRecovery(ca: Command, context: CliContext): void {
  printing(ca.command('recovery'), COPIED_LINE, [
    'rekey ca recovery /srv/ca --passphrase-file /run/ca.pass --out /media/usb/recovery.pem --recovery-passphrase-out /media/other/recovery.pass',
  ])
    .description('write a copy of the key that stock OpenSSL opens, for an offline backup')
    .argument('<directory>', DIRECTORY)
    .requiredOption('--passphrase-file <file>', 'holds the passphrase of the CA')
    .requiredOption('--out <file>', 'the copy to make')
    .option('--recovery-passphrase-file <file>', 'holds the passphrase of the copy')
    .option('--recovery-passphrase-out <file>', 'is made, with a generated one for the copy')
    .action((directory: string, flags: RecoveryFlags) =>
      writeRecoveryCopy(directory, flags, context),
    )
}

/** @throws {InvalidArgumentError} */
function toGeneration(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a whole number from 1 on.')
}

/** @throws {InvalidArgumentError} */
function toProfiles(text: string): readonly Profile[] {
  const named = text.split(',')
  const known = PROFILES.filter((profile) => named.includes(profile))
  if (known.length === named.length) return known
  throw new InvalidArgumentError(`It takes some of ${PROFILES.join(',')}, each once.`)
}
