import type { SecretAccess, SecretSpec } from '@rekey/secret'
import type { LocatedDefinition } from '../definitions/index.ts'
import type { Finding, Place } from '../finding.ts'
import type { AccessPolicy } from '../policy.ts'

/** One secret of one service, with everything the rules look at. */
export interface HeldSecret {
  readonly service: string
  readonly where: Place
  readonly spec: SecretSpec
  readonly storeName: string
  /** The call that it is a key for, `frontend→signing`; none if its kind belongs to no call. */
  readonly call: string | undefined
}

/** What a rule of the access matrix has to say. */
export type Breach = Pick<Finding, 'rule' | 'where' | 'why' | 'fix'>

/** A rule over all secrets of all services. */
export type AccessRule = (held: readonly HeldSecret[], policy: AccessPolicy) => Breach[]

/** The secrets of a service. */
export function secretsOf(
  { file, name, secrets }: Pick<LocatedDefinition, 'file' | 'name' | 'secrets'>,
  { kinds }: AccessPolicy,
): HeldSecret[] {
  return Object.entries(secrets).map(([key, spec]) => ({
    service: name,
    where: { file, part: `secrets.${key}` },
    spec,
    storeName: spec.nameFor(name),
    call: kinds[spec.kind]?.holders === 'callers' ? callOf(name, spec.access) : undefined,
  }))
}

function callOf(service: string, access: SecretAccess): string {
  if (access.end === 'owner') return `${service} alone`
  return access.end === 'sender' ? `${service}→${access.peer}` : `${access.peer}→${service}`
}
