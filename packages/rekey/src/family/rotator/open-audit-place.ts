import { type AuditPlace, openLoginPool } from '@rekey/audit-log/internal'
import {
  type Secret,
  SecretError,
  type SecretSource,
  type SecretVersion,
  systemClock,
} from '@rekey/secret'
import { followLogin } from '@rekey/secret/internal/kind'
import type { Deployment } from '../deployment.ts'
import { openStoreOf, type StoreOfFamily, type Variables } from './open-store-of.ts'

/** The place of an audit log, with the connections to it. */
export interface OpenedAuditPlace extends AsyncDisposable {
  readonly place: AuditPlace
}

/** The part of a deployment that {@link openAuditPlace} reads. */
export type AuditDeployment = StoreOfFamily & Pick<Deployment, 'auditDirectory' | 'auditDatabase'>

/**
 * Opens the place of a family's audit log: its directory, or its database, by the URL in the variable that `auditDatabase` names, in the file that the variable
 * with `_FILE` after it names, or in the secret of that name.
 *
 * @param opened the store of the family, if it is open
 * @throws {SecretError} `missing`, `malformed` for the URL; errors of the store. It does not connect yet
 * @example
 * ```ts
 * await using audit = await openAuditPlace(await loadDeployment('family.json'), process.env)
 * const verdict = await verifySignedLog(audit.place)
 * ```
 */
export async function openAuditPlace(
  family: AuditDeployment,
  env: Variables = {},
  opened?: Pick<SecretSource, 'read'>,
): Promise<OpenedAuditPlace> {
  const { auditDirectory, auditDatabase } = family
  if (auditDatabase === undefined) {
    return atPlace({ directory: auditDirectory ?? '' }, () => Promise.resolve())
  }
  if (isSet(env, auditDatabase)) return openAuditDatabase(auditDatabase, env)
  return openDatabase(async () => {
    if (opened !== undefined) return currentOf(opened, auditDatabase)
    await using own = await openStoreOf(family, env)
    return await currentOf(own, auditDatabase)
  })
}

/**
 * Opens the database of an audit log by the URL in a variable, or in the file that the variable with `_FILE` after it names.
 *
 * @throws {SecretError} `missing`, `malformed` for the URL. It does not connect yet
 * @example
 * ```ts
 * await using audit = await openAuditDatabase('DATABASE_AUDIT', process.env)
 * ```
 */
export async function openAuditDatabase(
  variable: string,
  env: Variables,
): Promise<OpenedAuditPlace> {
  const { createEnvSource } = await import('@rekey/config-loader/store')
  const source = createEnvSource({ env })
  return openDatabase(() => currentOf(source, variable))
}

async function openDatabase(read: () => Promise<SecretVersion>): Promise<OpenedAuditPlace> {
  const { createPool, parseConnectionUrl } = await import('@rekey/db-pool-rotator')
  const open = (login: Secret) =>
    createPool(parseConnectionUrl(login.expose()), { applicationName: 'rekey audit' })
  const database = await openLoginPool(followLogin({ read, open }))
  return atPlace({ database }, () => leaveAfterGrace(() => database.end()))
}

/** Opens the place of an audit log for an emergency: where its login cannot be read, each record fails instead. @throws errors that are no {@link SecretError} */
export function openAnyAuditPlace(
  ...of: Parameters<typeof openAuditPlace>
): Promise<OpenedAuditPlace> {
  return openAuditPlace(...of).catch((error: unknown) => {
    if (!(error instanceof SecretError)) throw error
    const fail = () => Promise.reject(error)
    return atPlace({ database: { connect: fail, query: fail } }, () => Promise.resolve())
  })
}

/** For an answer that is on its way. */
const LEAVE_MS = 2_000

/** Waits two seconds for the end of what may wait for a server or a disk that is silent. Each record was waited for, or given up. */
export function leaveAfterGrace(close: () => Promise<void>): Promise<void> {
  const grace = systemClock.sleep(LEAVE_MS)
  return Promise.race([close().catch(() => undefined), grace])
}

async function currentOf(source: Pick<SecretSource, 'read'>, name: string) {
  return (await source.read(name)).current
}

function atPlace(place: AuditPlace, close: () => Promise<void>): OpenedAuditPlace {
  return { place, [Symbol.asyncDispose]: close }
}

function isSet(env: Variables, name: string): boolean {
  return [name, `${name}_FILE`].some((key) => (env[key] ?? '') !== '')
}
