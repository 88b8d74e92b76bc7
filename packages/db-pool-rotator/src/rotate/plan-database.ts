import { type Patience, rollCall } from '@rekey/secret/internal/kind'
import type { Plan } from '@rekey/secret/kind'
import { findLoginReaders, type LoginReader } from '../roles/login-readers.ts'
import { listBlockers } from '../roles/drop-blockers.ts'
import { type DatabaseServer, describeReader } from './database-server.ts'

/** Inputs of the plan. */
export interface DatabasePlanParts {
  readonly ownerRole: string
  /** The logins in the store by stage. */
  readonly current: string
  readonly pending?: string
  readonly previous?: string
  readonly patience: Patience & { readonly service: string; readonly isReported: boolean }
}

/** Plans the steps on the server as it is, with the known obstacles. */
export async function planDatabase(
  server: DatabaseServer,
  { ownerRole, current, pending, previous, patience }: DatabasePlanParts,
  signal: AbortSignal,
): Promise<Plan> {
  const next =
    previous === undefined ? (pending ?? (await server.nextLoginName(ownerRole, current))) : current
  const old = previous ?? current
  const sessions = await server.sessions(old)
  const blockers = await server.access((access) => listBlockers(access, old))
  const readers = await server.look((client) => findLoginReaders(client, ownerRole, old))
  const users = patience.isReported
    ? await rollCall(patience, signal)
    : 'no replica reports its use'
  const inTheWay = blockers.length === 0 ? 'nothing keeps it' : `in the way: ${blockers.join('; ')}`
  return {
    generate: `the name ${next} and a password of 32 random bytes`,
    stage: 'the store keeps them as pending',
    admit: `create role ${next} login, in role ${ownerRole}, with the attributes and settings of ${old}`,
    prove: `log in as ${next}; compare its rights with those of ${old} in every database${describeReaders(readers)}`,
    promote: `${next} becomes current, ${old} previous`,
    confirm: `every pool uses ${next}, and ${old} has no session (it has ${sessions.length}); ${users}`,
    revoke: `alter role ${old} nologin, end its sessions, drop it; ${inTheWay}`,
  }
}

function describeReaders(readers: readonly LoginReader[]): string {
  const named = (decides: boolean) =>
    readers.filter((reader) => reader.decides === decides).map(describeReader)
  const [rules, others] = [named(true), named(false)]
  return [
    rules.length === 0 ? '' : `; in the way: ${rules.join('; ')}`,
    others.length === 0 ? '' : `; check by hand: ${others.join('; ')}`,
  ].join('')
}
