import { X509Certificate } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { openRevocationLists } from '../crl/revocation-lists.ts'
import type { RevocationReason } from '../crl/revoked-certificate.ts'
import { requestRevocation } from '../crl/request-revocation.ts'
import { REASONS as REVOCATION_REASONS } from '../crl/revoked-certificate.ts'
import { SecretError } from '@rekey/secret'
import {
  type CliContext,
  type Command,
  createPrinter,
  InvalidArgumentError,
  jsonLine,
  Option,
  printing,
  UsageError,
} from '@rekey/rekey/internal/command'
import { z } from 'zod'
import type { CaFlags } from './ca-command.ts'
import { openCaIn, type OpenFlags, reaching } from './open-ca-in.ts'
import { readPublicFile } from './passphrase-files.ts'

/** Flags of `rekey ca revoke`. */
interface RevokeFlags extends CaFlags {
  readonly lists: string
  readonly certificate?: string
  readonly reason?: RevocationReason
  readonly wait: boolean
}

/** Flags of `rekey ca lists`. */
interface ListsFlags extends CaFlags, OpenFlags {
  readonly lists: string
  readonly days: number
}

const REVOKED = jsonLine('revoked', 'A certificate was revoked.', {
  serial: z.string(),
  outcome: z.enum(['published', 'recorded']).describe('recorded: it is on no list yet'),
})
const PUBLISHED = jsonLine('published', 'The lists of a CA were published.', {
  ...{ directory: z.string(), outcome: z.literal('published'), subject: z.string() },
  ...{ revoked: z.int(), nextUpdate: z.string().optional() },
})
const DAY_MS = 86_400_000
const LISTS = 'the directory of the lists: CRL_DIRECTORY of the service, or one for an offline CA'

/** Adds `rekey ca revoke` and `rekey ca lists`. */
export function addRevocation(ca: Command, context: CliContext): void {
  printing(ca.command('revoke'), REVOKED, [
    'rekey ca revoke --certificate alice.crt --reason keyCompromise --lists /srv/lists',
  ])
    .description('revoke a certificate through the service that publishes the lists of its CA')
    .argument('[serial]', 'in hexadecimal; colons and upper case are accepted', toSerial)
    .option('--certificate <file>', 'PEM of the certificate, instead of its serial')
    .requiredOption('--lists <directory>', LISTS)
    .addOption(new Option('--reason <reason>', 'default none').choices(REVOCATION_REASONS))
    .option('--no-wait', 'record it alone; without, wait until it is published')
    .action((serial: string | undefined, flags: RevokeFlags) => revoke(serial, flags, context))
  printing(reaching(ca.command('lists')), PUBLISHED, [
    'rekey ca lists /secure/root --lists /srv/lists --passphrase-file /media/usb/root.pass',
  ])
    .description('publish the revocation lists of a CA that no service holds, such as a root')
    .argument('<directory>', 'the keystore of the CA, which holds ca.key and ca.crt')
    .requiredOption('--lists <directory>', `${LISTS}; made if it is missing`)
    .requiredOption('--passphrase-file <file>', 'holds the passphrase of the CA')
    .option('--days <n>', 'how long the lists are valid', toDays, 366)
    .action((directory: string, flags: ListsFlags) => publishLists(directory, flags, context))
}

/** The request is on disk before anything is waited for, so a killed command is repeated, or the service has it already. */
async function revoke(
  named: string | undefined,
  flags: RevokeFlags,
  context: CliContext,
): Promise<void> {
  const { reason, wait } = flags
  const { serial, ...end } = await certificateOf(named, flags, context)
  const { line } = createPrinter<typeof REVOKED>(flags, context)
  const directory = resolve(context.cwd, flags.lists)
  const requests = [{ serial, ...end, ...(reason && { reason }) }]
  try {
    await requestRevocation({ directory, requests, ...(!wait && { limitMs: 0 }) })
    const text = `${serial} is on the published lists in ${directory}`
    line({ type: 'revoked', serial, outcome: 'published' }, text)
  } catch (error) {
    const isRecorded = error instanceof SecretError && error.details['reason'] === 'not-published'
    if (wait || !isRecorded) throw error
    const next = 'the service publishes it, or rekey ca lists'
    const text = `${serial} is recorded in ${directory}; ${next}`
    line({ type: 'revoked', serial, outcome: 'recorded' }, text)
  }
}

/** @throws {UsageError} unless the certificate is named in one way */
async function certificateOf(
  serial: string | undefined,
  { certificate }: RevokeFlags,
  { cwd }: CliContext,
): Promise<{ serial: string; notAfter?: Date }> {
  if (certificate === undefined && serial !== undefined) return { serial }
  if (certificate === undefined || serial !== undefined) {
    throw new UsageError('which certificate? name its serial, or --certificate FILE')
  }
  const text = await readPublicFile(resolve(cwd, certificate), '--certificate')
  try {
    const { serialNumber, validTo } = new X509Certificate(text)
    return { serial: toSerial(serialNumber), notAfter: new Date(validTo) }
  } catch {
    throw new SecretError('malformed', 'the file of --certificate is no certificate in PEM')
  }
}

async function publishLists(path: string, flags: ListsFlags, context: CliContext): Promise<void> {
  const { line } = createPrinter<typeof PUBLISHED>(flags, context)
  const at = (each: string) => resolve(context.cwd, each)
  const directory = at(flags.lists)
  await using keystore = await openCaIn(path, flags, context)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const validityMs = flags.days * DAY_MS
  await using lists = await openRevocationLists({
    ...{ keystores: [keystore], directory, validityMs },
    confirmsClock: true,
  })
  await lists.renew()
  const { nextUpdate, revoked } = await lists.health()
  const until = nextUpdate?.toISOString()
  line(
    {
      type: 'published',
      directory,
      outcome: 'published',
      subject: keystore.name,
      revoked,
      nextUpdate: until,
    },
    `${directory} has the lists of ${keystore.name} with ${revoked} certificates, valid until ${until}`,
  )
}

/** @throws {InvalidArgumentError} */
function toSerial(text: string): string {
  const digits = text.replaceAll(':', '').toLowerCase()
  if (/^(?:[0-9a-f]{2}){1,20}$/.test(digits)) return digits
  throw new InvalidArgumentError('It takes a serial of 1 to 20 octets in hexadecimal.')
}

/** @throws {InvalidArgumentError} */
function toDays(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= 366) return Number(text)
  throw new InvalidArgumentError('It takes a whole number from 1 to 366.')
}
