import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonIn, SecretError } from '@rekey/secret'
import { formatIn, requireFormat } from '@rekey/secret/internal'
import {
  errnoOf,
  fileError,
  ifMissing,
  privateDirectory,
  replaceFile,
} from '@rekey/secret/internal/files'
import { z } from 'zod'
import { readProtectedFile } from '../protected-files.ts'
import { isSerial, REASONS, type RevocationReason } from './revoked-certificate.ts'

/** A certificate to be revoked, by the process that publishes the lists of its CA. */
export interface RevocationRequest {
  /** As `issueCertificate` gave it: lower-case hexadecimal. */
  readonly serial: string
  /** End of the certificate. Default: that of the CA, so that it stays on the lists until then. */
  readonly notAfter?: Date
  /** Absent: unspecified. */
  readonly reason?: RevocationReason
  /** Key identifier of the CA that issued it, in hexadecimal. Default: every CA of the directory, since serials are random. */
  readonly keyId?: string
}

/** A request on disk. */
export interface FiledRequest extends RevocationRequest {
  /** When it was filed. */
  readonly at: Date
  readonly path: string
}

const FOLDER = 'requests'
const MAX_BYTES = 4096
/** Longer than any write takes. */
const DRAFT_AGE_MS = 600_000
const NAME = /^[0-9a-f]{2,40}\.json$/
const CONTENT = z.strictObject({
  serial: z.string().refine(isSerial),
  at: z.iso.datetime(),
  notAfter: z.iso.datetime().optional(),
  reason: z.enum(REASONS).optional(),
  keyId: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
})

/**
 * Makes the folder of requests, 0700, if there is none, and removes what processes that were killed while they filed one have left.
 *
 * @throws {SecretError} `refused`, `forbidden`, `unreachable`
 */
export async function makeRequestFolder(directory: string, nowMs: number): Promise<void> {
  const folder = join(directory, FOLDER)
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (errnoOf(error) !== 'EEXIST') throw fileError(error, folder)
  })
  await privateDirectory(folder)
  for (const name of (await readdir(folder)).filter((each) => each.endsWith('.tmp'))) {
    const path = join(folder, name)
    const left = await stat(path).catch(ifMissing)
    if (left !== undefined && nowMs - left.mtimeMs > DRAFT_AGE_MS) await rm(path, { force: true })
  }
}

/**
 * Files requests, through to the disk: from then on they are published by the process that publishes now, or by the next one.
 *
 * @throws {SecretError} `refused` for a serial, or a folder that another user owns; `missing` if no process has published from
 *   `directory` yet; `forbidden`, `unreachable`
 */
export async function fileRequests(
  directory: string,
  requests: readonly RevocationRequest[],
  at: Date,
): Promise<void> {
  const folder = await privateDirectory(join(directory, FOLDER))
  if (!requests.every(({ serial }) => isSerial(serial))) throw wrongSerial()
  for (const { serial, notAfter, reason, keyId } of requests) {
    const content = JSON.stringify({ serial, at, notAfter, reason, keyId })
    await replaceFile(join(folder, `${serial}.json`), `${content}\n`)
  }
}

/** Requests that are filed, and whether others could not be read. */
export interface FoundRequests {
  readonly requests: readonly FiledRequest[]
  readonly problem?: SecretError
}

/** Reads the requests. One that is not whole is left out, so that it does not hold up the others: half of a file is never a request. */
export async function readRequests(directory: string): Promise<FoundRequests> {
  const folder = join(directory, FOLDER)
  const names = (await readdir(folder)).filter((name) => NAME.test(name))
  const requests: FiledRequest[] = []
  let problem: SecretError | undefined
  for (const name of names.toSorted()) {
    const path = join(folder, name)
    try {
      requests.push(parseRequest(await readProtectedFile(path, 'key', MAX_BYTES), path))
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      problem = error
    }
  }
  return { requests, ...(problem && { problem }) }
}

function parseRequest(text: string, path: string): FiledRequest {
  requireFormat('revocation request', formatIn(text), path)
  const parsed = CONTENT.safeParse(jsonIn(text))
  if (!parsed.success || !path.endsWith(`/${parsed.data.serial}.json`)) throw malformed(path)
  const { serial, at, notAfter, reason, keyId } = parsed.data
  return {
    serial,
    at: new Date(at),
    path,
    ...(notAfter !== undefined && { notAfter: new Date(notAfter) }),
    ...(reason && { reason }),
    ...(keyId !== undefined && { keyId }),
  }
}

/** Removes requests that are published. */
export async function removeRequests(requests: readonly FiledRequest[]): Promise<void> {
  for (const { path } of requests) await rm(path, { force: true })
}

function wrongSerial(): SecretError {
  const message =
    'the serial is not 1 to 20 octets in lower-case hexadecimal; give it as the certificate was issued with it'
  return new SecretError('refused', message, { reason: 'serial' })
}

function malformed(path: string): SecretError {
  const message = `${path} is not a request to revoke a certificate, or was cut off; remove it, and revoke the certificate again`
  return new SecretError('malformed', message, { path, reason: 'revocation-request' })
}
