import { type Clock, SecretError } from '@rekey/secret'
import type { IssuedCertificate } from '../certificate.ts'
import type { CertificateOrder, Profile } from '../issuer.ts'
import { readReservedSince } from '../record/reserved-since.ts'
import { DAY_MS } from '../validity.ts'

/** Bounds of what a signer process signs, whatever it is ordered. A running one cannot be given others. */
export interface SignerLimits {
  /**
   * Certificates of each profile in 24 hours, by the record of the keystore and so over restarts of the process. Default 5,000. Processes that sign by one
   * keystore at the same time count what the others have issued when they start.
   */
  readonly certificatesPerDay?: Readonly<Partial<Record<Profile, number>>>
  /**
   * The alternative names of each profile, as `KIND:VALUE` in lower case with `*` for any characters: `email:*@example.com`, `dns:vpn.example.com`.
   * Default: all that the profile can have.
   */
  readonly names?: Readonly<Partial<Record<Profile, readonly string[]>>>
  /** The longest validity of a revocation list in milliseconds. Default 31 days. */
  readonly listValidityMs?: number
}

const PER_DAY = 5_000
const LIST_VALIDITY_MS = 31 * DAY_MS

/** Keeps the limits of one signer process. */
export interface LimitKeeper {
  /**
   * Issues a certificate if the limits allow it. One that was issued before is not counted.
   *
   * @throws {SecretError} `refused` with the reason `quota` or `subject-alt-name`; errors of the record; those of `issue`
   */
  issue(
    order: CertificateOrder,
    issue: () => Promise<IssuedCertificate>,
  ): Promise<IssuedCertificate>
  /** @throws {SecretError} `refused` with the reason `crl-end` for a list that is valid for too long */
  checkList(validityMs: number | undefined): void
}

/** Creates the keeper of the limits. The record is read with the first certificate. */
export function createLimitKeeper(
  directory: string,
  limits: SignerLimits,
  clock: Clock,
): LimitKeeper {
  const { certificatesPerDay = {}, names = {}, listValidityMs = LIST_VALIDITY_MS } = limits
  const isAllowed = allowedBy(names)
  const quota = new Quota(directory, certificatesPerDay, clock)
  return {
    async issue({ profile, subjectAltNames }, issue) {
      if (!subjectAltNames.every((name) => isAllowed(profile, name))) throw otherNames(profile)
      const giveBack = await quota.take(profile)
      try {
        const issued = await issue()
        if (issued.isRepeat) giveBack()
        return issued
      } catch (error) {
        giveBack()
        throw error
      }
    },
    checkList(validityMs = 0) {
      if (validityMs > listValidityMs) throw endsTooLate(listValidityMs)
    },
  }
}

type Name = CertificateOrder['subjectAltNames'][number]

function allowedBy(names: NonNullable<SignerLimits['names']>) {
  const patterns = new Map(
    Object.entries(names).map(([profile, texts]) => [profile, texts.map(patternOf)]),
  )
  return (profile: Profile, { kind, value }: Name) =>
    patterns.get(profile)?.some((one) => one.test(`${kind}:${value.toLowerCase()}`)) ?? true
}

/** Counts the certificates of each profile in the last 24 hours. */
class Quota {
  readonly #directory: string
  readonly #perDay: NonNullable<SignerLimits['certificatesPerDay']>
  readonly #clock: Clock
  #times: Promise<Map<string, number[]>> | undefined

  constructor(
    directory: string,
    perDay: NonNullable<SignerLimits['certificatesPerDay']>,
    clock: Clock,
  ) {
    this.#directory = directory
    this.#perDay = perDay
    this.#clock = clock
  }

  /** Counts one. @returns takes it back: a refused order has cost no signature. @throws {SecretError} `refused` above the quota */
  async take(profile: Profile): Promise<() => void> {
    const all = await this.#read()
    const times = all.get(profile) ?? []
    all.set(profile, times)
    const nowMs = this.#clock.now()
    while ((times[0] ?? nowMs) < nowMs - DAY_MS) times.shift()
    const most = this.#perDay[profile] ?? PER_DAY
    if (times.length >= most) throw aboveQuota(profile, most)
    times.push(nowMs)
    return () => void times.splice(times.lastIndexOf(nowMs), 1)
  }

  async #read(): Promise<Map<string, number[]>> {
    try {
      return await (this.#times ??= readReservedSince(this.#directory, this.#clock.now() - DAY_MS))
    } catch (error) {
      this.#times = undefined
      throw error
    }
  }
}

function patternOf(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[^a-z0-9]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's')
}

function aboveQuota(profile: Profile, most: number): SecretError {
  const message =
    `the signer process has issued ${most} certificates of the profile "${profile}" in 24 hours, which is its limit; find out who orders them, then wait, or ` +
    'configure the signer with more and restart it'
  return new SecretError('refused', message, { reason: 'quota', profile })
}

function otherNames(profile: Profile): SecretError {
  const message = `the signer process issues no certificate of the profile "${profile}" with that alternative name; correct the names, or configure the signer with them`
  return new SecretError('refused', message, { reason: 'subject-alt-name', profile })
}

function endsTooLate(longestMs: number): SecretError {
  const message =
    `the revocation list would be valid for more than ${Math.floor(longestMs / DAY_MS)} days, which the signer process signs at most; order a shorter ` +
    'validity, or configure the signer with more'
  return new SecretError('refused', message, { reason: 'crl-end' })
}
