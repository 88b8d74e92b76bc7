import { resolve } from 'node:path'
import type { CaKeystore } from '../ca-keystore.ts'
import { createCa, type NewCa } from '../create-ca.ts'
import { changePassphrase } from '../change-passphrase.ts'
import { encryptForRecovery } from '../recovery.ts'
import type { KeyAlgorithm } from '../algorithms.ts'
import type { Profile } from '../issuer.ts'
import { z } from 'zod'
import { type CliContext, createPrinter, jsonLine } from '@rekey/rekey/internal/command'
import { createInToken } from './ca-token.ts'
import { openCaIn } from './open-ca-in.ts'
import { withNewPassphrase, writePrivateFile } from './passphrase-files.ts'
import { readPassphrase } from './read-passphrase.ts'

const NEW_PASSPHRASE = {
  passphraseFile: z.string().optional().describe('the file that was made with the passphrase'),
}

/** The line of `rekey ca init-root` and `rekey ca create`. */
export const CREATED_LINE = jsonLine('created', 'A CA was created.', {
  ...{ directory: z.string(), outcome: z.literal('created'), subject: z.string() },
  ...{ notAfter: z.string(), ...NEW_PASSPHRASE },
})

/** The line of `rekey ca passphrase`. */
export const CHANGED_LINE = jsonLine('changed', 'The passphrase of a CA was changed.', {
  ...{ directory: z.string(), outcome: z.literal('changed'), ...NEW_PASSPHRASE },
})

/** The line of `rekey ca recovery`. */
export const COPIED_LINE = jsonLine('written', 'A copy of the key was written.', {
  ...{ directory: z.string(), outcome: z.literal('written'), path: z.string(), ...NEW_PASSPHRASE },
})

/** Flags of every `rekey ca` command. */
export interface CaFlags {
  readonly json?: boolean
}

/** Flags of `rekey ca init-root`. */
export interface RootFlags extends CaFlags {
  readonly name: string
  readonly algorithm?: KeyAlgorithm
  readonly organization?: string
  readonly passphraseFile?: string
  readonly passphraseOut?: string
  readonly token?: string
  readonly module?: string
}

/** Flags of `rekey ca create`. */
export interface IssuingFlags extends RootFlags {
  readonly parent: string
  readonly parentPassphraseFile: string
  readonly generation?: number
  readonly profiles?: readonly Profile[]
}

/** Flags of `rekey ca passphrase`. */
export interface PassphraseFlags extends CaFlags {
  readonly passphraseFile: string
  readonly newPassphraseFile?: string
  readonly passphraseOut?: string
}

/** Flags of `rekey ca recovery`. */
export interface RecoveryFlags extends CaFlags {
  readonly passphraseFile: string
  readonly recoveryPassphraseFile?: string
  readonly recoveryPassphraseOut?: string
  readonly out: string
}

/** `rekey ca init-root`: creates a root that issues CAs, and nothing else. */
export async function createRoot(
  directory: string,
  flags: RootFlags,
  context: CliContext,
): Promise<void> {
  await create(directory, flags, context, { profiles: [] })
}

/** `rekey ca create`: creates an issuing CA below a root on this machine. */
export async function createIssuing(
  directory: string,
  flags: IssuingFlags,
  context: CliContext,
): Promise<void> {
  const { generation, profiles, module } = flags
  const opening = { passphraseFile: flags.parentPassphraseFile, ...(module && { module }) }
  await using parent = await openCaIn(flags.parent, opening, context, '--parent-passphrase-file')
  const wanted = { parent, ...(generation && { generation }), ...(profiles && { profiles }) }
  await create(directory, flags, context, wanted, [resolve(context.cwd, flags.parent)])
}

async function create(
  path: string,
  flags: RootFlags,
  context: CliContext,
  wanted: Pick<NewCa, 'parent' | 'generation' | 'profiles'>,
  others: readonly string[] = [],
): Promise<void> {
  const { name: commonName, algorithm, organization, token } = flags
  const { line } = createPrinter<typeof CREATED_LINE>(flags, context)
  const directory = resolve(context.cwd, path)
  const named = { directory, commonName, ...(organization !== undefined && { organization }) }
  const report = (ca: CaKeystore, out?: string) => {
    const notAfter = ca.notAfter.toISOString()
    const made = { directory, outcome: 'created', subject: ca.name, notAfter } as const
    const text = `${directory} is the CA ${ca.name}, valid until ${notAfter}${wordsOn(out)}`
    line({ type: 'created', ...made, ...written(out) }, text)
  }
  if (token !== undefined) {
    await using ca = await createInToken(token, flags, { ...named, ...wanted }, context)
    report(ca)
    return
  }
  const choice = {
    ...choiceOf(flags.passphraseFile, flags.passphraseOut, context),
    flags: ['--passphrase-file', '--passphrase-out'],
    keystores: [directory, ...others],
  } as const
  await withNewPassphrase(choice, context, async (passphrase) => {
    await using ca = await createCa({
      ...{ ...named, passphrase, ...wanted },
      ...(algorithm && { algorithm }),
    })
    report(ca, choice.out)
  })
}

/** `rekey ca passphrase`: changes the passphrase of a key, and leaves the key as it is. */
export async function changeCaPassphrase(
  path: string,
  flags: PassphraseFlags,
  context: CliContext,
): Promise<void> {
  const { line } = createPrinter<typeof CHANGED_LINE>(flags, context)
  const directory = resolve(context.cwd, path)
  using passphrase = await readPassphrase(flags.passphraseFile, '--passphrase-file', context)
  const choice = {
    ...choiceOf(flags.newPassphraseFile, flags.passphraseOut, context),
    flags: ['--new-passphrase-file', '--passphrase-out'],
    keystores: [directory],
  } as const
  await withNewPassphrase(choice, context, async (replacement) => {
    await changePassphrase({ directory, passphrase, replacement })
    line(
      { type: 'changed', directory, outcome: 'changed', ...written(choice.out) },
      `${directory} opens with the new passphrase alone; its backups still open with the old one${wordsOn(choice.out)}`,
    )
  })
}

/** `rekey ca recovery`: writes a copy of a key that stock OpenSSL opens. */
export async function writeRecoveryCopy(
  path: string,
  flags: RecoveryFlags,
  context: CliContext,
): Promise<void> {
  const { line } = createPrinter<typeof COPIED_LINE>(flags, context)
  const directory = resolve(context.cwd, path)
  const out = resolve(context.cwd, flags.out)
  using passphrase = await readPassphrase(flags.passphraseFile, '--passphrase-file', context)
  const choice = {
    ...choiceOf(flags.recoveryPassphraseFile, flags.recoveryPassphraseOut, context),
    flags: ['--recovery-passphrase-file', '--recovery-passphrase-out'],
    keystores: [directory],
  } as const
  await withNewPassphrase(choice, context, async (recoveryPassphrase) => {
    const pem = await encryptForRecovery({ directory, passphrase, recoveryPassphrase })
    await writePrivateFile(out, pem, [directory])
    line(
      { type: 'written', directory, outcome: 'written', path: out, ...written(choice.out) },
      `${out} is a copy of the key for an offline backup: openssl pkey -in opens it${wordsOn(choice.out)}`,
    )
  })
}

function choiceOf(file: string | undefined, out: string | undefined, { cwd }: CliContext) {
  return { file, out: out === undefined ? undefined : resolve(cwd, out) }
}

function written(out: string | undefined) {
  return out === undefined ? {} : { passphraseFile: out }
}

function wordsOn(out: string | undefined): string {
  return out === undefined ? '' : `\nits passphrase is in ${out}: keep that on another volume`
}
