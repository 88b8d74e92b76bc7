import { resolve } from 'node:path'
import type { Generation } from '../rotation/generations.ts'
import { type KeyAlgorithm, KEY_ALGORITHMS } from '../algorithms.ts'
import { installGeneration } from '../rotation/install.ts'
import { prepareGeneration } from '../rotation/prepare.ts'
import { requestGeneration } from '../rotation/request.ts'
import {
  type CliContext,
  type Command,
  createPrinter,
  instant,
  InvalidArgumentError,
  jsonLine,
  Option,
  UsageError,
} from '@rekey/rekey/internal/command'
import { z } from 'zod'
import type { CaFlags } from './ca-command.ts'
import { openCaIn, reaching } from './open-ca-in.ts'
import { checkNewPath, readPublicFile, writePrivateFile } from './passphrase-files.ts'
import { readPassphrase } from './read-passphrase.ts'

/** The line of `rekey ca rotate`: a generation of the key. */
export const GENERATION_LINE = jsonLine('generation', 'The state of a generation of the key.', {
  generation: z.int(),
  state: z.string(),
  spki: z.string(),
  since: instant,
  publishedAt: instant.optional(),
  activatedAt: instant.optional(),
  lastLeaf: instant.optional().describe('of a retired one: the end of its last certificate'),
  request: z.string().optional().describe('the file for a root that is offline'),
  subject: z
    .object({ commonName: z.string(), organization: z.string().optional() })
    .optional()
    .describe('the name to sign the request with'),
  forecast: z
    .object({ certificates: z.int(), clients: z.int(), lastEnd: instant.optional() })
    .optional()
    .describe('what a retirement would fail'),
})

interface PrepareFlags extends CaFlags {
  readonly parent?: string
  readonly parentPassphraseFile?: string
  readonly module?: string
  readonly request?: string
  readonly passphraseFile: string
  readonly algorithm?: KeyAlgorithm
  readonly generation?: number
}

interface InstallFlags extends CaFlags {
  readonly certificate: string
  readonly root?: string
}

/** Adds a step to `rekey ca rotate`. */
export type AddStep = (name: string, description: string, examples: readonly string[]) => Command

/** Adds the steps that make the next key and its certificate: by a root on this machine, or by one that is offline. */
export function addNextKey(step: AddStep, context: CliContext): void {
  reaching(
    step('prepare', 'make the next key and its certificate; nothing uses it yet', [
      'rekey ca rotate prepare /srv/ca --parent /secure/root --parent-passphrase-file /media/usb/root.pass --passphrase-file /run/ca.pass',
    ]),
  )
    .option('--parent <directory>', 'the keystore of the root, if it is on this machine')
    .option('--parent-passphrase-file <file>', 'holds the passphrase of the root')
    .option('--request <file>', 'is made, for a root that is offline; then: rotate install')
    .requiredOption('--passphrase-file <file>', 'holds that of the new key; that of today will do')
    .addOption(new Option('--algorithm <algorithm>', 'of the new key').choices(KEY_ALGORITHMS))
    .option('--generation <n>', 'its number, if the root has used up the next one', toGeneration)
    .action((path: string, flags: PrepareFlags) => prepare(path, flags, context))
  step('install', 'take the certificate that an offline root has signed for the request', [
    'rekey ca rotate install /srv/ca --certificate next.crt',
  ])
    .requiredOption('--certificate <file>', 'as sign-intermediate wrote it')
    .option('--root <file>', 'the certificate of a new root; default: that of the CA of today')
    .action((path: string, flags: InstallFlags) => install(path, flags, context))
}

async function prepare(path: string, flags: PrepareFlags, context: CliContext): Promise<void> {
  const { parent, parentPassphraseFile, module, request, algorithm, generation } = flags
  const at = (each: string) => resolve(context.cwd, each)
  using passphrase = await readPassphrase(flags.passphraseFile, '--passphrase-file', context)
  const wanted = {
    ...{ directory: at(path), passphrase: passphrase.value },
    ...(algorithm && { algorithm }),
    ...(generation && { generation }),
  }
  if (request !== undefined && parent === undefined) {
    await requestTo(at(request), wanted, flags, context)
    return
  }
  if (request !== undefined || parent === undefined || parentPassphraseFile === undefined) {
    const ways = '--parent DIRECTORY and --parent-passphrase-file FILE if it is on this machine'
    throw new UsageError(`which root? name ${ways}, or --request FILE if it is offline`)
  }
  const opening = { passphraseFile: parentPassphraseFile, ...(module && { module }) }
  await using root = await openCaIn(parent, opening, context, '--parent-passphrase-file')
  const prepared = await prepareGeneration({ ...wanted, parent: root })
  report(prepared, flags, context, AFTER_PREPARING)
}

async function requestTo(
  out: string,
  wanted: Parameters<typeof requestGeneration>[0],
  flags: CaFlags,
  context: CliContext,
): Promise<void> {
  await checkNewPath(out, [wanted.directory])
  const { csr, generation, subject } = await requestGeneration(wanted)
  await writePrivateFile(out, csr, [wanted.directory])
  const { commonName, organization } = subject
  const names = `--name "${commonName}"${organization === undefined ? '' : ` --organization "${organization}"`}`
  const next =
    `bring ${out} to the root, and have it signed there: rekey ca sign-intermediate ROOT --request FILE ${names} --passphrase-file FILE --out FILE\n` +
    'then take what that has written: rekey ca rotate install'
  const { line } = createPrinter<typeof GENERATION_LINE>(flags, context)
  line(
    { type: 'generation', ...generation, request: out, subject },
    `generation ${generation.generation} is ${generation.state}; ${next}`,
  )
}

async function install(path: string, flags: InstallFlags, context: CliContext): Promise<void> {
  const at = (each: string) => resolve(context.cwd, each)
  const certificate = await readPublicFile(at(flags.certificate), '--certificate')
  const root = flags.root === undefined ? undefined : await readPublicFile(at(flags.root), '--root')
  const installed = await installGeneration({
    ...{ directory: at(path), certificate },
    ...(root !== undefined && { root }),
  })
  report(installed, flags, context, AFTER_PREPARING)
}

const AFTER_PREPARING = 'back it up, then publish it: rekey ca rotate publish'

/** Prints the state of a generation, and the next step. */
export function report(
  generation: Generation,
  flags: CaFlags,
  context: CliContext,
  next: string,
): void {
  const { line } = createPrinter<typeof GENERATION_LINE>(flags, context)
  line(
    { type: 'generation', ...generation },
    `generation ${generation.generation} is ${generation.state}; ${next}`,
  )
}

/** @throws {InvalidArgumentError} */
function toGeneration(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a whole number from 1 on.')
}
