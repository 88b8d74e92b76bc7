import { resolve } from 'node:path'
import {
  type CliContext,
  type Command,
  createPrinter,
  InvalidArgumentError,
  printing,
} from '@rekey/rekey/internal/command'
import type { CaFlags } from './ca-command.ts'
import { SIGNED_LINE } from './ca-cross-sign.ts'
import { openCaIn, type OpenFlags, reaching } from './open-ca-in.ts'
import { checkNewPath, readPublicFile, writePrivateFile } from './passphrase-files.ts'

const DAY_MS = 86_400_000

interface SignFlags extends CaFlags, OpenFlags {
  readonly request: string
  readonly name: string
  readonly organization?: string
  readonly out: string
  readonly days: number
}

/** Adds `rekey ca sign-intermediate`. */
export function addSigning(ca: Command, context: CliContext): void {
  printing(reaching(ca.command('sign-intermediate')), SIGNED_LINE, [
    'rekey ca sign-intermediate /secure/root --request next.csr --name "Example Issuing CA G2" --passphrase-file /media/usb/root.pass --out next.crt',
  ])
    .description('sign the request of an issuing CA whose key is elsewhere, by an offline root')
    .argument('<directory>', 'the keystore of the root')
    .requiredOption('--request <file>', 'PKCS#10 in PEM; only its key is used')
    .requiredOption('--name <name>', 'the common name, with its generation: "Example CA G2"')
    .option('--organization <name>', 'the organization in its name')
    .requiredOption('--passphrase-file <file>', 'holds the passphrase of the root')
    .requiredOption('--out <file>', 'the certificate and those above it; to be made')
    .option('--days <n>', 'how long it is valid', toDays, 3 * 365)
    .action((directory: string, flags: SignFlags) => signIntermediate(directory, flags, context))
}

/** The name is the operator's, never that of the request. Of one key and name there is one certificate, however often it is asked for. */
async function signIntermediate(
  path: string,
  flags: SignFlags,
  context: CliContext,
): Promise<void> {
  const { line } = createPrinter<typeof SIGNED_LINE>(flags, context)
  const at = (each: string) => resolve(context.cwd, each)
  const [directory, out] = [at(path), at(flags.out)]
  await checkNewPath(out, [directory])
  const csr = await readPublicFile(at(flags.request), '--request')
  await using root = await openCaIn(path, flags, context)
  const { organization, name: commonName } = flags
  const subject = { commonName, ...(organization !== undefined && { organization }) }
  const validityMs = flags.days * DAY_MS
  const { certificate, serial, notAfter } = await root.issueIntermediate({
    ...{ csr, subject, validityMs },
  })
  await writePrivateFile(out, certificate + root.chain, [directory])
  const until = notAfter.toISOString()
  line(
    { type: 'signed', out, outcome: 'signed', serial, notAfter: until },
    `${out} has the certificate of ${commonName}, valid until ${until}, and those above it`,
  )
}

/** @throws {InvalidArgumentError} */
function toDays(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a whole number of days from 1 on.')
}
