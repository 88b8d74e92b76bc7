import { resolve } from 'node:path'
import { importCa } from '../import/import-ca.ts'
import type { Profile } from '../issuer.ts'
import {
  type CliContext,
  type Command,
  createPrinter,
  jsonLine,
  UsageError,
} from '@rekey/rekey/internal/command'
import { z } from 'zod'
import type { CaFlags } from './ca-command.ts'
import { readPublicBytes, readSmallFile, withNewPassphrase } from './passphrase-files.ts'
import { readPassphrase } from './read-passphrase.ts'

/** Flags of `rekey ca import`. */
interface ImportFlags extends CaFlags {
  readonly key: string
  readonly keyPassphraseFile?: string
  readonly certificate?: string
  readonly crl?: string
  readonly lists?: string
  readonly generation?: number
  readonly profiles?: readonly Profile[]
  readonly passphraseFile?: string
  readonly passphraseOut?: string
}

const RESULT = {
  directory: z.string(),
  subject: z.string(),
  notAfter: z.string(),
  source: z.object({
    file: z.string(),
    format: z.enum(['pkcs8', 'pkcs12', 'traditional']),
    isEncrypted: z.boolean(),
  }),
  list: z
    .object({ number: z.string(), revoked: z.int() })
    .optional()
    .describe('the revocations that were taken over'),
  passphraseFile: z.string().optional(),
}

/** The line of `rekey ca import`. */
export const IMPORTED_LINE = jsonLine('imported', 'The CA of other software was imported.', {
  outcome: z.literal('imported'),
  ...RESULT,
})

type ImportResult = Omit<z.output<typeof IMPORTED_LINE>, 'type' | 'outcome'>

/** Adds the action and the flags of `rekey ca import` to a command that has those of a new keystore. */
export function importing(command: Command, context: CliContext): Command {
  return command
    .description('import the CA of other software; its key is encrypted anew')
    .requiredOption('--key <file>', 'the key: PKCS#8, PKCS#12 or traditional PEM')
    .option('--key-passphrase-file <file>', 'holds the passphrase that opens the key')
    .option('--certificate <file>', 'its certificate and those above it; default: in PKCS#12')
    .option('--crl <file>', 'its last revocation list, which the next one goes on from')
    .option('--lists <directory>', 'of the revocation lists: CRL_DIRECTORY; with --crl')
    .action((directory: string, flags: ImportFlags) => importKey(directory, flags, context))
}

/** `rekey ca import`: makes a keystore of the key and certificate of other software. */
async function importKey(path: string, flags: ImportFlags, context: CliContext): Promise<void> {
  const { generation, profiles, lists } = flags
  if ((flags.crl === undefined) !== (lists === undefined)) {
    throw new UsageError('name --crl FILE and --lists DIRECTORY, or none of them')
  }
  const at = (file: string) => resolve(context.cwd, file)
  const [directory, keyFile] = [at(path), at(flags.key)]
  const file = flags.passphraseFile
  const out = flags.passphraseOut && at(flags.passphraseOut)
  using old = await readOld(flags, context)
  const certificates = flags.certificate && (await readSmallFile(at(flags.certificate)))
  const names = ['--passphrase-file', '--passphrase-out'] as const
  const choice = { file, out, flags: names, keystores: [directory] }
  await withNewPassphrase(choice, context, async (passphrase) => {
    const { ca, source, list } = await importCa({
      ...{ directory, passphrase, key: await readSmallFile(keyFile) },
      ...(old && { keyPassphrase: old.value }),
      ...(certificates && { certificates: certificates.toString('utf8') }),
      ...(generation && { generation }),
      ...(profiles && { profiles }),
      ...(flags.crl && { crl: await readPublicBytes(at(flags.crl), '--crl') }),
      ...(lists && { lists: at(lists) }),
    })
    await ca.close()
    const result = {
      ...{ directory, subject: ca.name, notAfter: ca.notAfter.toISOString() },
      source: { file: keyFile, ...source },
      ...(list && { list: { number: list.number.toString(), revoked: list.revoked.length } }),
    }
    print({ ...result, passphraseFile: out }, flags, context)
  })
}

function print(result: ImportResult, flags: ImportFlags, context: CliContext): void {
  const { directory, subject, notAfter, source, list, passphraseFile } = result
  const form = source.isEncrypted ? source.format : `${source.format}, NOT ENCRYPTED`
  const lines = [
    `${directory} is the CA ${subject}, valid until ${notAfter}`,
    `${source.file} still has its key (${form}): destroy it (shred -u) and every copy of it, backups included`,
    list
      ? `the next revocation list goes on from number ${list.number}, and revokes the ${list.revoked} certificates that are on it`
      : 'revoke what its old revocation list has before a service publishes a new one',
    ...(passphraseFile
      ? [`its passphrase is in ${passphraseFile}: keep that on another volume`]
      : []),
  ]
  createPrinter<typeof IMPORTED_LINE>(flags, context).line(
    { type: 'imported', outcome: 'imported', ...result },
    lines.join('\n'),
  )
}

async function readOld({ keyPassphraseFile: named }: ImportFlags, context: CliContext) {
  if (named === undefined) return undefined
  return readPassphrase(named, '--key-passphrase-file', context)
}
