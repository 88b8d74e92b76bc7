import { X509Certificate } from 'node:crypto'
import { readBiography } from '../biography.ts'
import { PURPOSES } from '../extensions.ts'
import { readIssuances } from '../record/read-issuances.ts'

/** The certificates of one CA that are valid at a time, and fail from then on if no verifier trusts it. */
export interface Forecast {
  readonly certificates: number
  /** Subjects with such a certificate of the profile `client`. */
  readonly clients: number
  /** End of the last one. */
  readonly lastEnd?: Date
}

/**
 * Reads the certificates that a keystore has issued, from its record.
 *
 * @returns PEM; `undefined` for a keystore that was imported or restored, whose record may not have all of them
 * @throws {SecretError} as `readIssuances` and `readBiography`
 */
export async function readIssued(directory: string): Promise<string | undefined> {
  const { entries } = await readBiography({ directory })
  if (entries[0]?.action !== 'create') return undefined
  const issuances = await readIssuances(directory)
  return issuances.map(({ certificate }) => certificate ?? '').join('')
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/**
 * Counts what fails if verifiers drop a CA at a time, from a record of issued certificates. One that the CA did not issue is not counted.
 *
 * @param issued PEM of certificates, in any order: of `certtransparency`, or of another record that has every one
 * @param authority PEM of the CA
 */
export function forecast(issued: string, authority: string, at: Date): Forecast {
  const ca = new X509Certificate(authority)
  const valid = (issued.match(BLOCK) ?? [])
    .map((block) => new X509Certificate(block))
    .filter((each) => each.checkIssued(ca) && new Date(each.validTo) > at)
    .filter((each) => each.verify(ca.publicKey))
  const ends = valid.map(({ validTo }) => new Date(validTo).getTime())
  const clients = valid.filter(({ keyUsage }) => !keyUsage.includes(PURPOSES.server))
  return {
    certificates: valid.length,
    clients: new Set(clients.map(({ subject }) => subject)).size,
    ...(ends.length > 0 && { lastEnd: new Date(Math.max(...ends)) }),
  }
}
