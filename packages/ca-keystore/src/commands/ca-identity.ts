import { isIP } from 'node:net'
import { resolve } from 'node:path'
import type { CaKeystore } from '../ca-keystore.ts'
import { createSigningRequest } from '../create-signing-request.ts'
import { isServiceName, SERVICE_NAME_RULE } from '@rekey/secret/internal'
import type { Secret } from '@rekey/secret'
import {
  type CertificateSigner,
  identityName,
  issueIdentity,
} from '@rekey/tls-identity/internal/rotate'
import {
  type CliContext,
  type Command,
  createPrinter,
  InvalidArgumentError,
  jsonLine,
  openPlaces,
  placed,
  type PlaceFlags,
  printing,
  storable,
  UsageError,
} from '@rekey/rekey/internal/command'
import { z } from 'zod'
import type { CaFlags } from './ca-command.ts'
import { openCaIn, type OpenFlags, reaching } from './open-ca-in.ts'

const HOUR_MS = 3_600_000

const LINES = jsonLine('issued', 'A place that has a new identity.', {
  ...{ directory: z.string(), service: z.string(), name: z.string(), path: z.string() },
  hours: z.int().describe('how long it is valid'),
})

interface IdentityFlags extends CaFlags, OpenFlags, PlaceFlags {
  readonly host: readonly string[]
  readonly hours: number
}

/** Adds `rekey ca identity`. */
export function addIdentity(ca: Command, context: CliContext): void {
  printing(storable(placed(reaching(ca.command('identity')))), LINES, [
    'rekey ca identity /srv/ca shop --passphrase-file /run/ca.pass --env services/shop/.env',
    'rekey ca identity /srv/ca shop --passphrase-file /run/ca.pass --host shop.example.com --out /run/shop.pem',
  ])
    .description('issue a TLS identity of a service: its first one, or one in place of an expired')
    .argument('<directory>', 'the keystore of the CA')
    .argument('<service>', 'the service; its name is the first host of the certificate', toService)
    .requiredOption('--passphrase-file <file>', 'holds the passphrase, or the PIN of its token')
    .option('--host <host>', 'another host or address it is called by; can be repeated', also, [])
    .option('--hours <n>', 'how long it is valid', toHours, 24)
    .action((path: string, service: string, flags: IdentityFlags) =>
      issue(path, service, flags, context),
    )
}

/** The key is made here, and goes into the files or the pipe alone. */
async function issue(
  path: string,
  service: string,
  flags: IdentityFlags,
  context: CliContext,
): Promise<void> {
  const name = identityName(service)
  const places = await openPlaces(name, flags, context)
  if (places.paths.length === 0 && flags.json === true) {
    throw new UsageError('--json prints no value: give --env FILE or --out FILE with it')
  }
  await using ca = await openCaIn(path, flags, context)
  const identity = await identityFrom(ca, service, flags)
  await places.place(identity)
  const { line } = createPrinter<typeof LINES>(flags, context)
  for (const to of places.paths) {
    const made = { directory: resolve(context.cwd, path), service, name, path: to }
    const text = `${to} has a value for ${name}, valid for ${flags.hours} hours`
    line({ type: 'issued', ...made, hours: flags.hours }, text)
  }
}

function identityFrom(
  ca: CaKeystore,
  service: string,
  { host, hours }: IdentityFlags,
): Promise<Secret> {
  const signer: CertificateSigner = async (csr, names) => {
    const { certificate } = await ca.issueCertificate({
      ...{ csr, profile: 'service', subject: { commonName: service } },
      subjectAltNames: names.map((value) => ({ kind: isIP(value) === 0 ? 'dns' : 'ip', value })),
      validityMs: hours * HOUR_MS,
    })
    return { certificate, chain: ca.chain }
  }
  const names = [...new Set([service, ...host])]
  return issueIdentity({ service, names, createRequest: createSigningRequest, signer })
}

const also = (host: string, all: readonly string[]) => [...all, host]

/** @throws {InvalidArgumentError} */
function toService(text: string): string {
  if (isServiceName(text)) return text
  throw new InvalidArgumentError(`Write the name of a service: ${SERVICE_NAME_RULE}.`)
}

/** @throws {InvalidArgumentError} */
function toHours(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It takes a whole number of hours from 1 on.')
}
