import type { KeyObject } from 'node:crypto'
import { join, resolve } from 'node:path'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import { z } from 'zod'
import { parseCaChain } from '../ca-certificate.ts'
import { readIfPresent } from '../protected-files.ts'
import { readKeystoreFile } from '../keystore-files.ts'
import { readSignedJson, signStatement } from '../signed-statement.ts'
import type { Signer } from '../signer.ts'
import { checkOperator, readOperator } from './operator-signature.ts'

/** The steps of a drill, in their order. */
export const DRILL_STEPS = ['verify', 'restore', 'sign', 'issue', 'revocation-list'] as const

const report = z.strictObject({
  format: z.literal(1),
  /** `L2`: restored by the passphrase; `L3`: restored by a quorum of shares. */
  level: z.enum(['L2', 'L3']),
  /** SHA-256 of the manifest of the backup. */
  backup: z.string().regex(/^[0-9a-f]{64}$/),
  backedUp: z.iso.datetime(),
  key: z.strictObject({ id: z.uuid(), generation: z.number().int(), spki: z.string() }),
  subject: z.string(),
  started: z.iso.datetime(),
  ended: z.iso.datetime(),
  host: z.string(),
  steps: z.array(z.enum(DRILL_STEPS)).readonly(),
  /** Certificates on the list that the restored CA issued. */
  revoked: z.number().int().nonnegative(),
  /** The names of the shares that were used. */
  shares: z.array(z.string()).readonly(),
})

/** The result of a drill, as the restored key signed it. */
export type DrillReport = z.output<typeof report>

/** The file of the last drill in a keystore. */
export const DRILL_FILE = 'drill.json'
const KIND = 'drill report'
const MAX_BYTES = 64 * 1024

/** Writes a report with the signature of the restored key. */
export function signReport(content: DrillReport, signer: Signer): Promise<string> {
  return signStatement(KIND, JSON.stringify(content), signer)
}

/** A report whose signatures were verified. */
export interface ProvedDrill {
  readonly report: DrillReport
  /** SHA-256 of the public key of the operator who signed it too, hexadecimal; absent if none did. */
  readonly operator?: string
}

/**
 * Reads a report and verifies its signatures.
 *
 * @param operators PEM of the public keys of operators of whom one must have signed; default: none need have
 * @throws {SecretError} `rejected` if the key of the CA, or the operator that it names, did not sign it; what {@link checkOperator} throws
 */
export function parseReport(text: string, publicKey: KeyObject, operators?: string): ProvedDrill {
  const { signed, operator } = readOperator(text)
  const read = readSignedJson({ kind: KIND, schema: report }, signed, publicKey)
  if (read === undefined) throw notSigned()
  if (operators !== undefined) checkOperator(operator, operators)
  return { report: read, ...(operator !== undefined && { operator }) }
}

/**
 * Verifies the report of a drill, wherever it was made: the signature of the restored key by the certificate of the CA, and that of an
 * operator.
 *
 * @throws {SecretError} `rejected` for a report that the CA did not sign, or whose operator did not; `missing` without an operator, `refused` for
 *   one who is none of `operators`; `malformed` for the certificate or the operators
 *
 * @example
 * ```ts
 * const { report, operator } = verifyDrillReport({ text, certificate: keystore.chain, operators })
 * ```
 */
export function verifyDrillReport(options: {
  /** The text of the report. */
  readonly text: string
  /** PEM of the CA and those above it, as verifiers have it. */
  readonly certificate: string
  /** PEM of the public keys of operators of whom one must have signed; default: none need have. */
  readonly operators?: string
}): ProvedDrill {
  const { text, certificate, operators } = options
  return parseReport(text, parseCaChain(certificate).publicKey, operators)
}

function notSigned(): SecretError {
  const message =
    'the report of the drill is not signed by the CA, or is damaged; drill a backup again'
  return new SecretError('rejected', message, { reason: 'drill-report' })
}

/** The last drill of a CA, and how long ago it was. */
export interface LastDrill extends ProvedDrill {
  /** Milliseconds since its end. */
  readonly ageMs: number
}

/**
 * Reads the last drill of a CA: `drill.json` beside its key, signed by the key that was restored.
 *
 * @returns undefined if none was made
 * @throws {SecretError} what {@link verifyDrillReport} throws; `missing`, `refused`, `malformed`, `forbidden`, `unreachable` for files
 *
 * @example
 * ```ts
 * const drill = await lastDrill({ directory })
 * ```
 */
export async function lastDrill(place: {
  /** Of the keystore. */
  readonly directory: string
  /** The text of a report that was made elsewhere; default that of `drill.json`. */
  readonly text?: string
  /** As in {@link verifyDrillReport}. */
  readonly operators?: string
  readonly clock?: Clock
}): Promise<LastDrill | undefined> {
  const { clock = systemClock, operators } = place
  const directory = resolve(place.directory)
  const { publicKey } = parseCaChain(await readKeystoreFile(directory, 'certificate'))
  const kept = () => readIfPresent(join(directory, DRILL_FILE), 'key', MAX_BYTES)
  const text = place.text ?? (await kept())
  if (text === undefined) return undefined
  const proved = parseReport(text, publicKey, operators)
  return { ...proved, ageMs: clock.now() - Date.parse(proved.report.ended) }
}

/** Whether a CA was drilled lately. */
export interface DrillHealth {
  /** `unknown`: the report cannot be read, or the CA did not sign it. */
  readonly state: 'fresh' | 'stale' | 'absent' | 'unknown'
  /** Seconds since the last drill; absent without one, and for one of the future, which is one of a wrong clock. */
  readonly ageSeconds?: number
  readonly level?: DrillReport['level']
  /** Code of the error of a report that is `unknown`. */
  readonly problem?: string
}

const MAX_AGE_MS = 30 * 24 * 60 * 60 * 1000

/**
 * Judges the age of the last drill, for health, metrics and gates. It never throws: what cannot be read is not fresh.
 *
 * @param place `maxAgeMs`: the oldest drill that is fresh, in milliseconds; default 30 days
 */
export async function drillHealth(place: {
  readonly directory: string
  readonly maxAgeMs?: number
  readonly clock?: Clock
}): Promise<DrillHealth> {
  try {
    const last = await lastDrill(place)
    if (last === undefined) return { state: 'absent' }
    const { ageMs, report } = last
    const { level } = report
    if (ageMs < -CLOCK_SKEW_MS) return { state: 'stale', level }
    const state = ageMs <= (place.maxAgeMs ?? MAX_AGE_MS) ? 'fresh' : 'stale'
    return { state, ageSeconds: Math.max(0, Math.round(ageMs / 1000)), level }
  } catch (error) {
    const problem = error instanceof SecretError ? error.code : 'failed'
    return { state: 'unknown', problem }
  }
}

/**
 * Checks that a CA was drilled lately, for the warnings of a service.
 *
 * @throws {SecretError} `refused`, `no-drill`, unless `drillHealth` is `fresh`
 */
export async function checkDrill(place: Parameters<typeof drillHealth>[0]): Promise<void> {
  const { state, ageSeconds } = await drillHealth(place)
  if (state === 'fresh') return
  const message = 'no backup of the CA was proved to restore lately; drill one with rekey ca drill'
  throw new SecretError('refused', message, {
    reason: 'no-drill',
    state,
    ...(ageSeconds !== undefined && { ageSeconds }),
  })
}

/**
 * The gauge `ca_backup_last_drill_seconds` of a service: by `drillHealth`, infinite where no drill is known, so that one bound on
 * its age finds that too.
 *
 * @example
 * ```ts
 * return { listener, gauges: { ca_backup_last_drill_seconds: drillGauge({ directory }) } }
 * ```
 */
export function drillGauge(place: Parameters<typeof drillHealth>[0]) {
  return {
    help: 'Time since a backup of the CA was last restored and drilled; infinite for never.',
    value: async (): Promise<number> => (await drillHealth(place)).ageSeconds ?? Infinity,
  }
}

const CLOCK_SKEW_MS = 5 * 60 * 1000

/** The report for people. */
export function describeReport({ report, operator }: ProvedDrill): string {
  const { level, backup, backedUp, key, subject, started, ended, host, steps, revoked, shares } =
    report
  const by = level === 'L2' ? 'its passphrase' : `the shares ${shares.join(', ')}`
  const rows: readonly (readonly [string, string])[] = [
    ['CA', `${subject}, key ${key.id}, generation ${key.generation}`],
    ['public key', `sha256 ${key.spki}`],
    ['backup', `${backup}, made ${backedUp}`],
    ['level', `${level}: restored by ${by} into an empty directory, in a new process on ${host}`],
    ['time', `${started} to ${ended}`],
    ['steps', `${steps.join(', ')}: all done`],
    ['revoked', `${revoked} certificates on the list of the restored CA`],
    ['operator', operator === undefined ? 'none has signed' : `signed by sha256 ${operator}`],
  ]
  return rows.map(([label, value]) => `${label.padEnd(11)} ${value}`).join('\n')
}
