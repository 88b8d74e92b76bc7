import { spawn } from 'node:child_process'
import type { KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { lstat, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { jsonIn, SecretError } from '@rekey/secret'
import { ifMissing, replaceFile } from '@rekey/secret/internal/files'
import { z } from 'zod'
import type { BackupOpening } from '../backup/restore-backup.ts'
import { recordLife } from '../biography.ts'
import { parseCaChain } from '../ca-certificate.ts'
import { parseEnvelope } from '../envelope/index.ts'
import { readKeystoreFile } from '../keystore-files.ts'
import { bytesOf } from '../passphrase.ts'
import { checkKeystoreDirectory } from '../protected-files.ts'
import { errorOf, failureSchema } from '../signer-process/messages.ts'
import { DRILL_FILE, parseReport, type ProvedDrill } from './drill-report.ts'
import { signAsOperator } from './operator-signature.ts'
import type { DrillJob } from './run-drill.ts'

/** A drill of a backup. */
export interface DrillOptions {
  /** The directory of the backup. */
  readonly backup: string
  /** Opens the backup. */
  readonly opening: BackupOpening
  /** PEM of the CA and those above it, as verifiers have it: not from the backup. */
  readonly certificate: string
  /** The keystore that the backup is of: it gets the report, for health and rotation, and an entry in the biography. */
  readonly directory?: string
  /** Of the operator who drills, from `openOperatorKey`: signs the report too. It does not get into the process of the drill. */
  readonly operatorKey?: KeyObject
}

const IS_SOURCE = import.meta.url.endsWith('.ts')
const MAIN = fileURLToPath(
  new URL(IS_SOURCE ? './drill-main.ts' : './drill-main.js', import.meta.url),
)
const LOADING = IS_SOURCE ? ['--conditions=@rekey/source', '--import=tsx'] : []
const LIMIT_MS = 5 * 60 * 1000
const SCRATCH = 'rekey-drill-'

const answer = z.union([
  z.strictObject({ report: z.string() }),
  z.strictObject({ failure: failureSchema }),
])

/**
 * Drills a backup: restores it into an empty directory in a new process, has the restored CA sign, issue a certificate and the next
 * revocation list, and verifies all by the published certificate. Level L2 by the passphrase of the backup, L3 by a quorum of
 * shares. Nothing of the restored CA is kept.
 *
 * @returns the report, and its text with the signatures of the restored key and of the operator
 * @throws {SecretError} of the step that failed, with what is missing; `unreachable` if the process ended early or took 5 minutes
 *
 * @example
 * ```ts
 * const { report } = await drillBackup({ backup: path, opening: { passphrase }, certificate: keystore.chain, directory })
 * ```
 */
export async function drillBackup(
  options: DrillOptions,
): Promise<ProvedDrill & { readonly signed: string }> {
  const { certificate, directory, operatorKey } = options
  const { publicKey } = parseCaChain(certificate)
  const place = await realpath(tmpdir())
  await removeAbandoned(place)
  const scratch = await mkdtemp(join(place, SCRATCH))
  try {
    const text = await runInProcess({ ...jobOf(options), scratch })
    const signed = operatorKey === undefined ? text : await signAsOperator(text, operatorKey)
    const proved = parseReport(signed, publicKey)
    if (directory !== undefined) await keep(resolve(directory), proved, signed)
    return { ...proved, signed }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Removes what drills that were killed have left: each has a copy of a restored key. */
async function removeAbandoned(place: string): Promise<void> {
  for (const name of (await readdir(place)).filter((each) => each.startsWith(SCRATCH))) {
    const path = join(place, name)
    const found = await lstat(path).catch(ifMissing)
    const isOurs = found?.isDirectory() === true && found.uid === process.geteuid?.()
    const isOver = found !== undefined && Date.now() - found.ctimeMs > 2 * LIMIT_MS
    if (isOurs && isOver) await rm(path, { recursive: true, force: true })
  }
}

function jobOf({ backup, opening, certificate }: DrillOptions): Omit<DrillJob, 'scratch'> {
  const common = { backup: resolve(backup), certificate }
  if ('passphrase' in opening) {
    return { ...common, opening: { passphrase: bytesOf(opening.passphrase).expose().toString() } }
  }
  const shares = opening.shares.map(({ name, text }) => ({ name, text: text.expose() }))
  return { ...common, opening: { ...opening, shares } }
}

async function runInProcess(job: DrillJob): Promise<string> {
  const child = spawn(process.execPath, [...LOADING, MAIN], {
    cwd: dirname(MAIN),
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  })
  // Of a process that ended early.
  child.stdin.on('error', () => undefined)
  child.stdin.end(JSON.stringify(job))
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  const parsed = answer.safeParse(jsonIn(output))
  if (!parsed.success) {
    const message = 'the process of the drill ended early or took too long; run the drill again'
    throw new SecretError('unreachable', message, { reason: 'drill-process' })
  }
  if ('failure' in parsed.data) throw errorOf(parsed.data.failure)
  return parsed.data.report
}

async function keep(
  directory: string,
  { report, operator }: ProvedDrill,
  signed: string,
): Promise<void> {
  await checkKeystoreDirectory(directory)
  const { identity } = parseEnvelope(await readKeystoreFile(directory, 'key'))
  if (identity.spki !== report.key.spki) throw otherCa(directory)
  const { level, backup: manifest } = report
  const details = { level, manifest, ...(operator !== undefined && { operator }) }
  await recordLife({ directory, identity }, { action: 'drill', details })
  await replaceFile(join(directory, DRILL_FILE), signed)
}

function otherCa(directory: string): SecretError {
  const message = `the backup that was drilled is not one of the CA in ${directory}; name its own keystore`
  return new SecretError('refused', message, { reason: 'other-ca', directory })
}
