import type { SignedLog } from '@rekey/audit-log'
import { type DisposalStack, SecretError, systemClock } from '@rekey/secret'
import type { EnvironmentVariables } from '../environment.ts'
import type { ReadinessCheck } from '../readiness.ts'
import type { Service } from '../service.ts'

/** The directory of the audit log of a service. */
const DIRECTORY = 'REKEY_AUDIT_DIRECTORY'
/** How many accesses may wait in memory while it cannot be written. */
const BUFFER = 'REKEY_AUDIT_BUFFER'

/** Opens the audit log of a process when it is first needed; undefined where none is asked for. */
export type OpenAudit = (() => Promise<SignedLog>) | undefined

/** Prepares the audit log that the environment asks for; most processes load no line of it. */
export function prepareAudit(env: EnvironmentVariables, own: DisposalStack): OpenAudit {
  const directory = env[DIRECTORY]
  if (!directory) return undefined
  let log: Promise<SignedLog> | undefined
  own.defer(async () => (await log)?.close(), 'audit log')
  return () => (log ??= openLog(directory))
}

async function openLog(directory: string): Promise<SignedLog> {
  const { createSignedLog } = await import('@rekey/audit-log')
  return createSignedLog({ directory })
}

/** A service and the parts of its process. */
export interface AuditedService {
  readonly service: Service
  readonly env: EnvironmentVariables
  readonly own: DisposalStack
  readonly openAudit: OpenAudit
  /** Writes a line of JSON for the operator. */
  readonly write: (line: object) => void
}

/**
 * Records the accesses of a service, where it has an audit log.
 *
 * @returns the checks of readiness that this adds
 * @throws {SecretError} of the audit log, for the first reads; `malformed` for a buffer that is no number
 */
export async function auditAccesses(
  parts: AuditedService,
): Promise<Readonly<Record<string, ReadinessCheck>>> {
  const { service, env, own, openAudit, write } = parts
  if (openAudit === undefined) return {}
  const { recordAccesses } = await import('./record-accesses.ts')
  const recorder = await recordAccesses({
    ...{ actor: service.name, replica: service.health().replica, clock: systemClock },
    ...{ secrets: Object.values(service.secrets), audit: await openAudit() },
    buffer: parseBuffer(env[BUFFER]),
    onProblem(error) {
      write({
        type: 'access-not-recorded',
        code: error instanceof SecretError ? error.code : 'failed',
      })
    },
  })
  own.defer(() => recorder.close(), 'record of accesses')
  return { audit: () => recorder.check() }
}

function parseBuffer(text = '0'): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new SecretError('malformed', `${BUFFER} is a whole number below a million: correct it`)
}
