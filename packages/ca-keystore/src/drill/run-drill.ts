import { randomUUID, X509Certificate } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Clock, Secret, SecretError, systemClock } from '@rekey/secret'
import { readBackup } from '../backup/read-backup.ts'
import { restoreBackup } from '../backup/restore-backup.ts'
import { parseCaChain } from '../ca-certificate.ts'
import { type CaKeystore, createCaKeystore } from '../ca-keystore.ts'
import { createSigningRequest } from '../create-signing-request.ts'
import { openCrlPublisher } from '../crl/crl-publisher.ts'
import { parseCrl } from '../crl/parse-crl.ts'
import { generatePassphrase } from '../generate-passphrase.ts'
import type { Issuer, Profile } from '../issuer.ts'
import { openIssuer } from '../open-ca-keystore.ts'
import { DRILL_STEPS, type DrillReport, signReport } from './drill-report.ts'

/** A drill, as it is passed to the process that does it. */
export interface DrillJob {
  readonly backup: string
  readonly opening:
    | { readonly passphrase: string }
    | {
        readonly shares: readonly { readonly name: string; readonly text: string }[]
        readonly escrow?: string
      }
  /** PEM of the CA and those above it, as verifiers have it. */
  readonly certificate: string
  /** An empty directory, which the caller removes. */
  readonly scratch: string
}

const HOUR_MS = 60 * 60 * 1000

/**
 * Restores a backup and has the restored CA work: it signs a challenge, issues a certificate and a revocation list, and all is verified by the
 * certificate that verifiers have, not by the one of the backup.
 *
 * @returns the report, signed by the restored key
 * @throws {SecretError} of the step that failed
 */
export async function runDrill(job: DrillJob): Promise<string> {
  const clock: Clock = systemClock
  const started = new Date(clock.now()).toISOString()
  const published = parseCaChain(job.certificate)
  const backup = await readBackup(job.backup, job.certificate)
  const [directory, lists] = [join(job.scratch, 'ca'), join(job.scratch, 'lists')]
  const passphrase = generatePassphrase()
  await restoreBackup({
    backup: job.backup,
    opening: openingOf(job),
    directory,
    passphrase,
    lists,
    published: 'none',
  })
  // Opening has the key sign a random challenge.
  const held = { value: passphrase, origin: { kind: 'memory' } } as const
  const issuer = await openIssuer({ directory, passphrase: held, clock })
  const keystore = createCaKeystore(issuer)
  await checkIssued(issuer, keystore, published.certificate)
  const revoked = await checkList(keystore, backup.manifest.crl, lists, published.chain)
  const { id, generation, spki } = backup.manifest.key
  const report: DrillReport = {
    format: 1,
    level: 'passphrase' in job.opening ? 'L2' : 'L3',
    backup: backup.digest,
    backedUp: backup.manifest.created,
    key: { id, generation, spki },
    subject: published.name,
    started,
    ended: new Date(clock.now()).toISOString(),
    host: hostname(),
    steps: DRILL_STEPS,
    revoked,
    shares: 'shares' in job.opening ? job.opening.shares.map(({ name }) => name) : [],
  }
  return signReport(report, issuer.signer)
}

function openingOf({ opening }: DrillJob) {
  if ('passphrase' in opening) return { passphrase: Secret.of(opening.passphrase, 'backup') }
  const { shares, ...rest } = opening
  return {
    ...rest,
    shares: shares.map(({ name, text }) => ({ name, text: Secret.of(text, name) })),
  }
}

/** Issues a certificate that is thrown away. */
async function checkIssued(
  { identity }: Issuer,
  keystore: CaKeystore,
  published: string,
): Promise<void> {
  const name = `drill-${randomUUID()}.invalid`
  const { csr } = createSigningRequest({ commonName: name })
  const subject = { commonName: name }
  const [profile] = identity.policy.profiles as readonly Profile[]
  const { certificate } =
    profile === undefined
      ? await keystore.issueIntermediate({ csr, subject, validityMs: HOUR_MS })
      : await keystore.issueCertificate({
          csr,
          profile,
          subject,
          validityMs: HOUR_MS,
          subjectAltNames: [{ kind: 'dns', value: name }],
        })
  const [issued, ca] = [new X509Certificate(certificate), new X509Certificate(published)]
  if (issued.checkIssued(ca) && issued.verify(ca.publicKey)) return
  throw failed('a certificate that the restored CA issued does not verify by the published one')
}

/** Issues the next revocation list. @returns how many certificates are on it */
async function checkList(
  keystore: CaKeystore,
  last: string | undefined,
  directory: string,
  chain: string,
): Promise<number> {
  if (last === undefined) {
    const { crl } = await keystore.issueCrl({ number: 1n, revoked: [] })
    return parseCrl(crl, chain).revoked.length
  }
  await using publisher = await openCrlPublisher({ keystore, directory })
  await publisher.renew()
  const { number = '0', revoked, state } = publisher.health()
  if (state === 'fresh' && BigInt(number) > BigInt(last)) return revoked
  throw failed('the restored CA does not continue the revocation lists')
}

function failed(problem: string): SecretError {
  const message = `${problem}; take another backup, and make a new one`
  return new SecretError('rejected', message, { reason: 'drill' })
}
