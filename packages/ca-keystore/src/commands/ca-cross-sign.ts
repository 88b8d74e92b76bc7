import { resolve } from 'node:path'
import { crossSign } from '../cross-sign.ts'
import {
  type CliContext,
  type Command,
  createPrinter,
  jsonLine,
  printing,
} from '@rekey/rekey/internal/command'
import { z } from 'zod'
import type { CaFlags } from './ca-command.ts'
import { openCaIn, type OpenFlags, reaching } from './open-ca-in.ts'
import { checkNewPath, readPublicFile, writePrivateFile } from './passphrase-files.ts'

/** The line of a certificate that a root has signed. */
export const SIGNED_LINE = jsonLine('signed', 'A certificate was signed.', {
  ...{ out: z.string(), outcome: z.literal('signed'), serial: z.string(), notAfter: z.string() },
})

interface CrossFlags extends CaFlags, OpenFlags {
  readonly certificate: string
  readonly out: string
}

/** Adds `rekey ca cross-sign`. */
export function addCrossSigning(ca: Command, context: CliContext): void {
  printing(reaching(ca.command('cross-sign')), SIGNED_LINE, [
    'rekey ca cross-sign /secure/old-root --certificate ca.crt --passphrase-file /media/usb/root.pass --out cross.crt',
  ])
    .description('have an old root certify a CA of a new one, for verifiers of the old one alone')
    .argument('<directory>', 'the keystore of the old root')
    .requiredOption('--certificate <file>', 'the certificate of the CA and those above it')
    .requiredOption('--passphrase-file <file>', 'holds the passphrase of the old root')
    .requiredOption('--out <file>', 'the certificate; to be made')
    .action((directory: string, flags: CrossFlags) => signAcross(directory, flags, context))
}

async function signAcross(path: string, flags: CrossFlags, context: CliContext): Promise<void> {
  const { line } = createPrinter<typeof SIGNED_LINE>(flags, context)
  const at = (each: string) => resolve(context.cwd, each)
  const [directory, out] = [at(path), at(flags.out)]
  await checkNewPath(out, [directory])
  const chain = await readPublicFile(at(flags.certificate), '--certificate')
  await using root = await openCaIn(path, flags, context)
  const { certificate, serial, notAfter } = await crossSign({ root, chain })
  await writePrivateFile(out, certificate, [directory])
  const until = notAfter.toISOString()
  line(
    { type: 'signed', out, outcome: 'signed', serial, notAfter: until },
    `${out} is a certificate of the CA by ${root.name}, valid until ${until}: have it sent with what the CA issues, and put it into no file of trusted CAs`,
  )
}
