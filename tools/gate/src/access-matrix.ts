import { randomBytes } from 'node:crypto'
import { SecretError, type SecretSpec } from '@rekey/secret'
import type { LocatedDefinition } from './definitions/index.ts'
import type { Finding } from './finding.ts'
import type { AccessPolicy } from './policy.ts'

/** One secret of one service, with everything the rules look at. */
interface HeldSecret {
  readonly service: string
  readonly where: string
  readonly spec: SecretSpec
  readonly storeName: string
}

type Breach = Pick<Finding, 'rule' | 'where' | 'why' | 'fix'>
type Rule = (held: readonly HeldSecret[], policy: AccessPolicy) => Breach[]

const RULES: readonly Rule[] = [
  checkHolders,
  checkCalls,
  checkCallNames,
  checkSharing,
  checkMinimum,
]

/** Holds the definitions of all services against the policy. Reads nothing and tries no secret. */
export function checkAccess(
  definitions: readonly Pick<LocatedDefinition, 'file' | 'name' | 'secrets'>[],
  policy: AccessPolicy,
): Finding[] {
  const held = definitions.flatMap(({ file, name, secrets }) =>
    Object.entries(secrets).map(([key, spec]) => ({
      service: name,
      where: `${file} (secrets.${key})`,
      spec,
      storeName: spec.nameFor(name),
    })),
  )
  return RULES.flatMap((rule) => rule(held, policy)).map((breach) => {
    return { check: 'access', ...breach }
  })
}

/** Only a service that the policy names holds a secret of that kind, and only one. */
function checkHolders(held: readonly HeldSecret[], { kinds }: AccessPolicy): Breach[] {
  return held.flatMap(({ service, where, spec }, index) => {
    const holders = kinds[spec.kind]?.holders
    const fix = 'remove it, or grant it in the policy of the gate'
    if (holders === undefined) {
      return [{ rule: 'unknown-kind', where, why: `the policy has no kind ${spec.kind}`, fix }]
    }
    if (holders === 'callers') return []
    if (!holders.includes(service)) {
      const why = `${service} holds a secret of the kind ${spec.kind}; only ${holders.join(' and ')} may`
      return [{ rule: 'holder', where, why, fix }]
    }
    const isSecond = held
      .slice(0, index)
      .some((other) => other.service === service && other.spec.kind === spec.kind)
    const why = `${service} holds a second secret of the kind ${spec.kind}; it may have one`
    return isSecond ? [{ rule: 'one-each', where, why, fix }] : []
  })
}

/** Each API key belongs to a call of the policy, and each call of the policy has both its ends, once. */
function checkCalls(held: readonly HeldSecret[], { calls, kinds }: AccessPolicy): Breach[] {
  const keys = held.filter(({ spec }) => kinds[spec.kind]?.holders === 'callers')
  const ends = keys.map((key) => ({ ...key, call: callOf(key) }))
  const unplanned = ends
    .filter(({ call }) => !calls.some((planned) => planned.join('→') === call))
    .map(({ where, call }) => ({
      rule: 'call',
      where,
      why: `it is a key for ${call}, a call that the policy does not know`,
      fix: 'remove the key, or add the call to the policy of the gate',
    }))
  const incomplete = calls.flatMap(([sender, receiver]) => {
    const call = `${sender}→${receiver}`
    return (['sender', 'receiver'] as const).flatMap((end) => {
      const holders = ends.filter((key) => key.call === call && key.spec.access.end === end)
      if (holders.length === 1) return []
      const service = end === 'sender' ? sender : receiver
      const where = holders[1]?.where ?? `services/${service}/src/secrets.ts`
      const why = `the key for ${call} has ${holders.length} ${end}s; it must have exactly one`
      return [{ rule: 'call-ends', where, why, fix: `let ${service} name it once as its ${end}` }]
    })
  })
  return [...unplanned, ...incomplete]
}

/** Both ends of a call find their key under the same name in the store. */
function checkCallNames(held: readonly HeldSecret[], { kinds }: AccessPolicy): Breach[] {
  const keys = held.filter(({ spec }) => kinds[spec.kind]?.holders === 'callers')
  return keys.flatMap((receiver) => {
    const sender = keys.find((key) => key !== receiver && callOf(key) === callOf(receiver))
    const agrees = sender === undefined || sender.storeName === receiver.storeName
    if (receiver.spec.access.end !== 'receiver' || agrees) return []
    const why = `${sender.service} finds the key under ${sender.storeName}, ${receiver.service} under ${receiver.storeName}`
    return [{ rule: 'call-name', where: receiver.where, why, fix: 'let both use one name' }]
  })
}

function callOf({ service, spec: { access } }: HeldSecret): string {
  if (access.end === 'owner') return `${service} alone`
  return access.end === 'sender' ? `${service}→${access.peer}` : `${access.peer}→${service}`
}

/** One name in the store belongs to one service, or to the two ends of one call. */
function checkSharing(held: readonly HeldSecret[], { kinds }: AccessPolicy): Breach[] {
  return held.flatMap((secret, index) => {
    const first = held.slice(0, index).find((other) => other.storeName === secret.storeName)
    if (first === undefined) return []
    const isCall = [first, secret].every(({ spec }) => kinds[spec.kind]?.holders === 'callers')
    if (isCall && callOf(first) === callOf(secret)) return []
    const why = `${secret.storeName} is held by ${first.service} and by ${secret.service}`
    const fix = 'give each its own name and its own value'
    return [{ rule: 'shared', where: secret.where, why, fix }]
  })
}

/** No secret may be shorter than the policy says: neither by its own word nor in what it really accepts. */
function checkMinimum(held: readonly HeldSecret[], { kinds }: AccessPolicy): Breach[] {
  return held.flatMap(({ where, spec }) => {
    const minLength = kinds[spec.kind]?.minLength
    if (minLength === undefined) return []
    const fix = `ask for at least ${minLength} characters`
    if (spec.minLength < minLength) {
      const why = `it asks for ${spec.minLength} characters; the policy for ${spec.kind} for ${minLength}`
      return [{ rule: 'min-length', where, why, fix }]
    }
    if (refuses(spec, shortText(minLength - 1))) return []
    const why = `it says ${spec.minLength} and takes ${minLength - 1} random characters all the same`
    return [{ rule: 'min-length', where, why, fix }]
  })
}

function shortText(length: number): string {
  return randomBytes(length).toString('base64url').slice(0, length)
}

function refuses(spec: SecretSpec, text: string): boolean {
  try {
    spec.parse(text)
    return false
  } catch (error) {
    if (error instanceof SecretError && error.code === 'malformed') return true
    throw error
  }
}
