import { mkdir, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { createEscrow, reshareEscrow } from '../escrow/create-escrow.ts'
import { recordShareCheck, stateShareCheck } from '../escrow/share-check.ts'
import { renderSharePdf } from '../escrow/share-sheet.ts'
import type { CustodianShare } from '../escrow/split-secret.ts'
import { type EscrowSet, parseEscrowSet } from '../escrow/escrow-set.ts'
import type { PresentedShare } from '../escrow/combine-shares.ts'
import { SecretError } from '@rekey/secret'
import { errnoOf, fileError } from '@rekey/secret/internal/files'
import {
  type CliContext,
  collect,
  type Command,
  createPrinter,
  InvalidArgumentError,
  jsonLine,
  printing,
} from '@rekey/rekey/internal/command'
import { z } from 'zod'
import { type EncryptShare, readRecipients } from './age-recipients.ts'
import type { CaFlags } from './ca-command.ts'
import { readPublicFile, writePrivateFile } from './passphrase-files.ts'
import { readPassphrase } from './read-passphrase.ts'

const SHARED = jsonLine('shared', 'Shares for custodians were made.', {
  directory: z.string(),
  outcome: z.enum(['created', 'reshared']),
  ...{ set: z.string(), threshold: z.int(), out: z.string() },
  custodians: z.array(
    z.object({
      ...{ index: z.int(), holder: z.string(), commitment: z.string(), verifier: z.string() },
    }),
  ),
  encrypted: z.array(z.string()).describe('the holders whose share is encrypted'),
})
const CHECKED = jsonLine('checked', 'A share is good.', {
  ...{ outcome: z.literal('good'), set: z.string(), index: z.int(), holder: z.string() },
  ...{ threshold: z.int(), count: z.int(), spki: z.string() },
})
const RECORDED = jsonLine('recorded', 'The statement of a custodian was recorded.', {
  ...{ outcome: z.literal('recorded'), holder: z.string(), checked: z.string() },
  ...{ set: z.string(), index: z.int() },
})

interface CeremonyFlags {
  readonly json?: boolean
  readonly threshold: number
  readonly holder: readonly string[]
  readonly out: string
  readonly recipient: readonly string[]
}

/** Adds `rekey ca escrow`: shares of a key for custodians. */
export function addEscrow(ca: Command, context: CliContext): void {
  const escrow = ca
    .command('escrow')
    .description('share the recovery of a CA key among custodians, check a share, share anew')
  ceremony(escrow.command('create'), [
    'rekey ca escrow create /srv/ca --passphrase-file /run/ca.pass --threshold 2 --holder Alice --holder Bob --holder Carol --out /media/usb/shares',
  ])
    .description('create shares for custodians; later backups open by enough of them')
    .requiredOption('--passphrase-file <file>', 'holds the passphrase of the CA')
    .action((directory: string, flags: CeremonyFlags & { passphraseFile: string }) =>
      createShares(directory, flags, context),
    )
  ceremony(escrow.command('reshare'), [
    'rekey ca escrow reshare /srv/ca --share alice.txt --share bob.txt --threshold 2 --holder Alice --holder Bob --holder Dora --out /media/usb/shares',
  ])
    .description('make new shares from enough of those of today, without the CA key')
    .requiredOption('--share <file>', 'holds a share; once for each', collect, [])
    .action((directory: string, flags: CeremonyFlags & { share: readonly string[] }) =>
      reshare(directory, flags, context),
    )
  printing(escrow.command('check'), CHECKED, [
    'rekey ca escrow check alice.txt --escrow escrow.json --statement checked-alice.txt',
  ])
    .description('check one share alone; shows nothing of the secret')
    .argument('<share>', 'the file that holds the share')
    .requiredOption('--escrow <file>', 'escrow.json, as each custodian and each backup has it')
    .option('--statement <file>', 'is made, signed by the share: send it to the keeper of the CA')
    .action((path: string, flags: CheckFlags) => checkOneShare(path, flags, context))
  printing(escrow.command('record'), RECORDED, [
    'rekey ca escrow record /srv/ca checked-alice.txt checked-bob.txt',
  ])
    .description('record statements of custodians who have checked their shares in the biography')
    .argument('<directory>', 'the keystore of the CA, which holds ca.key and ca.crt')
    .argument('<statement...>', 'a file that escrow check has made; once for each')
    .action((path: string, statements: readonly string[], flags: CaFlags) =>
      recordChecks(path, statements, flags, context),
    )
}

interface CheckFlags extends CaFlags {
  readonly escrow: string
  readonly statement?: string
}

function ceremony(command: Command, examples: readonly string[]): Command {
  return printing(command, SHARED, examples)
    .argument('<directory>', 'the keystore of the CA, which holds ca.key and ca.crt')
    .requiredOption('--threshold <m>', 'how many shares recover, from 2 on', toCount)
    .requiredOption('--holder <name>', 'a custodian; once for each, at most 12', collect, [])
    .requiredOption('--out <directory>', 'is made, for the files of the shares')
    .option('--recipient <name=age1…>', 'encrypts the share of that holder by age', collect, [])
}

async function createShares(
  path: string,
  flags: CeremonyFlags & { passphraseFile: string },
  context: CliContext,
): Promise<void> {
  const directory = resolve(context.cwd, path)
  using passphrase = await readPassphrase(flags.passphraseFile, '--passphrase-file', context)
  const { deliver, report } = await delivery(directory, flags, context)
  const { threshold, holder: holders } = flags
  report(await createEscrow({ directory, passphrase, threshold, holders, deliver }), 'created')
}

async function reshare(
  path: string,
  flags: CeremonyFlags & { share: readonly string[] },
  context: CliContext,
): Promise<void> {
  const directory = resolve(context.cwd, path)
  const shares = await readShares(flags.share, context)
  const { deliver, report } = await delivery(directory, flags, context)
  const { threshold, holder: holders } = flags
  report(await reshareEscrow({ directory, shares, threshold, holders, deliver }), 'reshared')
}

async function checkOneShare(path: string, flags: CheckFlags, context: CliContext): Promise<void> {
  const { line } = createPrinter<typeof CHECKED>(flags, context)
  const share = await readShare(path, context)
  const escrow = await readPublicFile(resolve(context.cwd, flags.escrow), '--escrow')
  const { check, statement } = await stateShareCheck({ escrow, share })
  if (flags.statement !== undefined) {
    await writePrivateFile(resolve(context.cwd, flags.statement), statement, [])
  }
  const { holder, index, count, threshold, set, spki } = check
  const text = `good: share ${index} of ${count} of the set ${set}, for ${holder}; ${threshold} recover the CA key with sha256 ${spki}`
  line({ type: 'checked', outcome: 'good', ...check }, text)
}

async function recordChecks(
  path: string,
  statements: readonly string[],
  flags: CaFlags,
  context: CliContext,
): Promise<void> {
  const { line } = createPrinter<typeof RECORDED>(flags, context)
  const directory = resolve(context.cwd, path)
  for (const file of statements) {
    const statement = await readPublicFile(resolve(context.cwd, file), file)
    const { holder, checked, ...share } = await recordShareCheck({ directory, statement })
    const when = checked.toISOString()
    line(
      { type: 'recorded', outcome: 'recorded', holder, checked: when, ...share },
      `${holder} had a good share at ${when}`,
    )
  }
}

/** Reads the files of shares. @throws {SecretError} */
export async function readShares(
  paths: readonly string[],
  context: CliContext,
): Promise<readonly PresentedShare[]> {
  const shares: PresentedShare[] = []
  for (const path of paths) shares.push(await readShare(path, context))
  return shares
}

/** Reads the file of a share, which is named by it in errors. @throws {SecretError} */
async function readShare(path: string, context: CliContext): Promise<PresentedShare> {
  using share = await readPassphrase(path, '--share', context)
  return { name: basename(path), text: share.value.map((bytes) => Buffer.from(bytes).toString()) }
}

/** Writes the shares into a new directory, which is removed if the ceremony fails. */
async function delivery(directory: string, flags: CeremonyFlags, context: CliContext) {
  const out = resolve(context.cwd, flags.out)
  const { line } = createPrinter<typeof SHARED>(flags, context)
  const encrypt = await readRecipients(flags.recipient, flags.holder)
  const encrypted = new Set<string>()
  const deliver = async (shares: readonly CustodianShare[], escrow: string) => {
    await makeDirectory(out)
    try {
      const set = parseEscrowSet(escrow)
      for (const share of shares) {
        const files = await filesOf(share, set, encrypt)
        if (files.has('txt.age')) encrypted.add(share.holder)
        for (const [ending, text] of files) {
          await writePrivateFile(join(out, `share-${share.index}.${ending}`), text, [directory])
        }
      }
      await writePrivateFile(join(out, 'escrow.json'), escrow, [directory])
    } catch (error) {
      await rm(out, { recursive: true })
      throw error
    }
  }
  const report = ({ set, threshold, custodians }: EscrowSet, outcome: 'created' | 'reshared') => {
    const rows = custodians.map(({ index, holder }) => {
      const share = join(out, `share-${index}.txt`)
      return encrypted.has(holder)
        ? `${holder}: ${share}.age, encrypted, and escrow.json`
        : `${holder}: ${share}, its sheet share-${index}.pdf, and escrow.json`
    })
    const next =
      'hand each over and remove it here; then make a backup: only later ones open by shares'
    const text = [`${threshold} of ${custodians.length} shares recover (set ${set})`, ...rows, next]
    const result = { directory, outcome, set, threshold, custodians, out }
    line({ type: 'shared', ...result, encrypted: [...encrypted] }, text.join('\n'))
  }
  return { deliver, report }
}

/** The files of a share by their endings. An encrypted one has no sheet, which would show it. */
async function filesOf(
  share: CustodianShare,
  set: EscrowSet,
  encrypt: EncryptShare,
): Promise<ReadonlyMap<string, string>> {
  const ciphertext = await encrypt(share.holder, share.text)
  if (ciphertext !== undefined) return new Map([['txt.age', `${ciphertext.trimEnd()}\n`]])
  return new Map([
    ['txt', `${share.text.expose()}\n`],
    ['pdf', renderSharePdf(share, set).expose()],
  ])
}

async function makeDirectory(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (errnoOf(error) === 'EEXIST') {
      const message = `${path} exists; name a directory to be made, so that shares of two sets do not mix`
      throw new SecretError('conflict', message, { path })
    }
    throw fileError(error, dirname(path))
  })
}

/** @throws {InvalidArgumentError} */
function toCount(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a whole number from 2 on.')
}
