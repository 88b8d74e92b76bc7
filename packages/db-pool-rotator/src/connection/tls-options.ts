import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { checkServerIdentity, type ConnectionOptions } from 'node:tls'
import { isLoopbackName, SecretError } from '@rekey/secret'
import { fileError } from '@rekey/secret/internal/files'
import { findTlsProblem, type TlsParameters, verifiesHost } from './tls-parameters.ts'

/** The type of `ssl` in `pg`: `false` is clear text. */
export type SslOption = false | ConnectionOptions

/** Where a connection goes, and how it is protected. */
export interface TlsTarget extends TlsParameters {
  readonly host: string
}

/**
 * The TLS options of a connection. Certificates are read at each connection, so renewed ones are taken up.
 *
 * @param byDefault - the `ssl` option of a pool: used where there is no `sslmode`; its CA also where there is no `sslrootcert`
 * @throws {SecretError} `malformed` parameters; `missing`, `forbidden`, `refused` a file that cannot be used
 */
export function tlsOptionsFor(
  target: TlsTarget,
  byDefault?: boolean | ConnectionOptions,
): SslOption {
  const { sslmode, sslrootcert, sslcert, sslkey, host } = target
  const problem = findTlsProblem({ sslmode, sslrootcert, sslcert, sslkey })
  if (problem !== undefined) {
    throw new SecretError('malformed', `The database login cannot be used: ${problem}`)
  }
  if (sslmode === undefined && byDefault !== undefined) return byDefault === true ? {} : byDefault
  if (sslmode === 'disable' || (sslmode === undefined && isLoopback(host))) return false
  const own = typeof byDefault === 'object' ? byDefault : {}
  const ca =
    sslrootcert === undefined || sslrootcert === 'system'
      ? undefined
      : readPem('sslrootcert', sslrootcert)
  return {
    ...own,
    // `pg.Pool` hides it from enumeration.
    ...(own.key !== undefined && { key: own.key }),
    ...(ca !== undefined && { ca }),
    ...(sslcert !== undefined && { cert: readPem('sslcert', sslcert) }),
    ...(sslkey !== undefined && { key: readPem('sslkey', sslkey) }),
    rejectUnauthorized: true,
    checkServerIdentity: verifiesHost(target) ? checkServerIdentity : () => undefined,
  }
}

/** Whether a connection to `host` stays on this machine. */
function isLoopback(host: string): boolean {
  return host === '::1' || isLoopbackName(host.toLowerCase())
}

function readPem(parameter: 'sslrootcert' | 'sslcert' | 'sslkey', path: string): string {
  try {
    return readChecked(parameter, path)
  } catch (error) {
    if (error instanceof SecretError) throw error
    const failure = fileError(error, path)
    if (!(failure instanceof SecretError)) throw failure
    throw new SecretError(failure.code, `In ${parameter}: ${failure.message}`, failure.details)
  }
}

function readChecked(parameter: string, path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = fstatSync(file)
    const { uid, mode } = stat
    if (!stat.isFile()) {
      throw new SecretError('refused', `The file in ${parameter}, ${path}, is no regular file`, {
        path,
      })
    }
    // As libpq: 0600, or 0640 if root owns it (PostgreSQL documentation, 32.19.2).
    if (parameter === 'sslkey' && (mode & (uid === 0 ? 0o037 : 0o077)) !== 0) {
      const message = `The file in sslkey, ${path}, can be read by others: chmod 600, or 640 if root owns it`
      throw new SecretError('refused', message, { path })
    }
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}
