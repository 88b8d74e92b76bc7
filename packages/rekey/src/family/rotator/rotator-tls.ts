import type { ReadReportTls, ReportIdentity } from '../../fleet/report-tls.ts'
import { SecretError, type SecretStore } from '@rekey/secret'
import { fileError, readRegularFile } from '@rekey/secret/internal/files'
import { readTrust } from '@rekey/secret/trust'
import type { Deployment } from '../deployment.ts'
import { secretsOf } from '../family-secrets.ts'

type IdentityPlace = NonNullable<NonNullable<Deployment['reports']>['identity']>

/**
 * Returns how the reports of each service are read over TLS, whose health is at an https address: what `reports` of the family
 * states, else the roots and the first name of the identity that it declares for the service. Each read is of the current
 * certificates.
 *
 * @throws {SecretError} by the reads: as `readTrust`, `read` and `parseTlsIdentity`
 */
export function reportTls(
  family: Deployment,
  store: Pick<SecretStore, 'read'>,
): ReadonlyMap<string, ReadReportTls> {
  const { services: stated = {}, identity } = family.reports ?? {}
  const declared = new Map(
    secretsOf(family)
      .filter(({ kind }) => kind === 'tls')
      .map(({ parties: [holder], name, entry }) => [holder, { name, entry }] as const),
  )
  const readIdentity = async (): Promise<ReportIdentity | undefined> => {
    if (identity === undefined) return undefined
    if (!('service' in identity)) return readFiles(identity)
    const { name = '' } = declared.get(identity.service) ?? {}
    const { parseTlsIdentity } = await import('@rekey/tls-identity')
    const { key, chain } = parseTlsIdentity((await store.read(name)).current.value.expose())
    return { key, chain }
  }
  const readCalls = async (service: string) => {
    const own = stated[service]
    if (own !== undefined) {
      const { trust, name } = own
      return { trust: await readTrust(trust), ...(name !== undefined && { name }) }
    }
    const { entry } = declared.get(service) ?? {}
    if (entry === undefined) return {}
    return (await import('@rekey/tls-identity/internal/rotate')).callsOf(entry)
  }
  return new Map(
    family.services.map((service) => [
      service,
      async () => {
        const [calls, shown] = await Promise.all([readCalls(service), readIdentity()])
        return { ...calls, ...(shown && { identity: shown }) }
      },
    ]),
  )
}

/** Both files are replaced at once by renaming where a directory is mounted; a pair that does not match is malformed until then. */
async function readFiles({
  certificate,
  key,
}: Extract<IdentityPlace, { key: string }>): Promise<ReportIdentity> {
  const [chain, keyText] = await Promise.all([textOf(certificate), textOf(key)])
  const text = chain.includes('PRIVATE KEY-----')
    ? undefined
    : `${keyText.trim()}\n${chain.trim()}\n`
  if (text === undefined) {
    const message = `${certificate} holds a private key: keep the certificates alone in it`
    throw new SecretError('refused', message, { where: certificate })
  }
  const { parseTlsIdentity } = await import('@rekey/tls-identity')
  const { key: parsed, chain: certificates } = parseTlsIdentity(text)
  return { key: parsed, chain: certificates }
}

async function textOf(path: string): Promise<string> {
  return readRegularFile(path).catch((error: unknown) => {
    throw fileError(error, path)
  })
}
