import type { AccessRule, Contradiction, DeclaredSecrets, GrantedAccess } from './service-secret.ts'
import { randomBytes } from 'node:crypto'
import { SecretError, type SecretSpec } from '@rekey/secret'

/** Each service with a definition belongs to the family. */
export function checkStrangers(
  definitions: readonly DeclaredSecrets[],
  { family: { services }, file }: GrantedAccess,
): Contradiction[] {
  return definitions
    .filter(({ name }) => !services.includes(name))
    .map(({ name, file: definition }) => ({
      rule: 'stranger',
      where: { file: definition },
      why: `${name} is no service of the family`,
      fix: `add ${name} to services in ${file}, or remove its definition`,
    }))
}

/** Each service of the family has a definition. */
export function checkAbsent(
  definitions: readonly DeclaredSecrets[],
  { family: { services }, file }: GrantedAccess,
): Contradiction[] {
  const defined = definitions.map(({ name }) => name)
  return services
    .filter((service) => !defined.includes(service))
    .map((service) => ({
      rule: 'absent-service',
      where: { file, part: 'services' },
      why: `${service} is declared and has no definition`,
      fix: `define it in services/${service}/src/secrets.ts, or take it out of services`,
    }))
}

/** Only a service that the family names holds a secret of a kind, and no more of them than it is granted. */
export const checkHolders: AccessRule = (held, granted) =>
  held.flatMap(({ service, where, spec, call }, index): Contradiction[] => {
    const { kind } = spec
    const holders = holdersOf(kind, granted)
    const fix = `remove it, or grant it in ${granted.file}`
    if (holders.length === 0) {
      return [
        { rule: 'unknown-kind', where, why: `the family has no secret of the kind ${kind}`, fix },
      ]
    }
    if (call !== undefined) return []
    const granteds = holders.filter((holder) => holder === service).length
    if (granteds === 0) {
      const who = `only ${[...new Set(holders)].join(' and ')}`
      const why = `${service} holds a secret of the kind ${kind}; ${who} may`
      return [{ rule: 'holder', where, why, fix }]
    }
    const before = held
      .slice(0, index)
      .filter((other) => other.service === service && other.spec.kind === kind)
    if (before.length < granteds) return []
    const why = `${service} holds ${before.length + 1} secrets of the kind ${kind}; it may have ${granteds}`
    return [{ rule: 'one-each', where, why, fix }]
  })

function holdersOf(kind: string, { secrets }: GrantedAccess): string[] {
  return secrets.filter((secret) => secret.kind === kind).flatMap(({ holders }) => holders)
}

/** One name in the store belongs to one service, or to the two ends of one call. */
export const checkSharing: AccessRule = (held) =>
  held.flatMap((secret, index) => {
    const { storeName, call } = secret
    const first = held.slice(0, index).find((other) => other.storeName === storeName)
    if (first === undefined || (call !== undefined && call === first.call)) return []
    const why = `${storeName} is held by ${first.service} and by ${secret.service}`
    const fix = 'give each its own name and its own value'
    return [{ rule: 'shared', where: secret.where, why, fix }]
  })

/** A service reads each secret under the name by which the rotator writes it. */
export const checkNames: AccessRule = (held, { secrets }) =>
  held.flatMap(({ service, where, spec, storeName }) => {
    const granted = secrets.filter(
      ({ kind, holders }) => kind === spec.kind && holders.includes(service),
    )
    const names = granted.map(({ name }) => name)
    if (names.length === 0 || names.includes(storeName)) return []
    const why = `${service} reads ${storeName}; in the family it is ${names.join(' or ')}`
    return [{ rule: 'store-name', where, why, fix: `read it as ${names.join(' or ')}` }]
  })

const ENDS = ['sender', 'receiver'] as const

/** Each key of a call belongs to a call of the family. */
export const checkCalls: AccessRule = (held, { calls, file }) =>
  held.flatMap(({ where, call }) => {
    if (call === undefined || calls.some((planned) => planned.join('→') === call)) return []
    const why = `it is a key for ${call}, a call that the family does not declare`
    return [{ rule: 'call', where, why, fix: `remove the key, or declare the call in ${file}` }]
  })

/** Each call of the family has both its ends, once. */
export const checkCallEnds: AccessRule = (held, { calls, file }) =>
  calls.flatMap(([sender, receiver]) => {
    const call = `${sender}→${receiver}`
    return ENDS.flatMap((end) => {
      const holders = held.filter((key) => key.call === call && key.spec.access.end === end)
      if (holders.length === 1) return []
      const service = end === 'sender' ? sender : receiver
      const where = holders[1]?.where ?? { file: `services/${service}/src/secrets.ts` }
      const why = `the key for ${call} has ${holders.length} ${end}s; it must have exactly one`
      const fix = `let ${service} name it once as its ${end}, or remove the call from ${file}`
      return [{ rule: 'call-ends', where, why, fix }]
    })
  })

/** Both ends of a call find their key under the same name in the store. */
export const checkCallNames: AccessRule = (held) =>
  held.flatMap((receiver) => {
    const { call, spec } = receiver
    if (call === undefined || spec.access.end !== 'receiver') return []
    const sender = held.find((key) => key !== receiver && key.call === call)
    if (sender === undefined || sender.storeName === receiver.storeName) return []
    const why = `${sender.service} finds the key under ${sender.storeName}, ${receiver.service} under ${receiver.storeName}`
    return [{ rule: 'call-name', where: receiver.where, why, fix: 'let both use one name' }]
  })

/**
 * The family grants no secret that its service does not declare: a grant without a user goes unnoticed until it is abused. A call
 * without ends is reported by `checkCallEnds`.
 */
export const checkUnusedGrants: AccessRule = (held, { secrets, calls, file }) => {
  const isOfCall = (parties: readonly string[]) => {
    return calls.some((call) => call.join(':') === parties.join(':'))
  }
  return secrets.flatMap(({ kind, parties, holders }): Contradiction[] => {
    if (isOfCall(parties)) return []
    return holders.flatMap((service) => {
      const declared = held.filter((one) => one.service === service && one.spec.kind === kind)
      const granted = secrets.filter((one) => one.kind === kind && one.parties[0] === service)
      const isUsed = declared.length > granted.findIndex((one) => one.parties === parties)
      if (isUsed) return []
      const why = `${service} may hold the secret ${kind} ${parties.join(':')} and declares none`
      const where = { file, part: PLACES.get(kind) ?? `secrets.${kind}` }
      return [{ rule: 'unused-grant', where, why, fix: `take ${service} out of ${where.part}` }]
    })
  })
}

const PLACES = new Map([
  ['database', 'databases'],
  ['oidc-client', 'clients'],
])

/** In characters of secret material, where the family sets no other length. */
const MIN_LENGTH = 32

/** No secret may be shorter than the family requires: neither as its spec declares nor in what the spec accepts. */
export const checkMinimum: AccessRule = (held, { family, secrets }) =>
  held.flatMap(({ where, spec }) => {
    if (!secrets.some(({ kind }) => kind === spec.kind)) return []
    const minLength = family.policy.minLength[spec.kind] ?? MIN_LENGTH
    const fix = `ask for at least ${minLength} characters`
    if (spec.minLength < minLength) {
      const why = `it asks for ${spec.minLength} characters; the family requires ${minLength} of the kind ${spec.kind}`
      return [{ rule: 'min-length', where, why, fix }]
    }
    if (refuses(spec, randomText(minLength - 1))) return []
    const why = `it declares ${spec.minLength} and accepts ${minLength - 1} random characters`
    return [{ rule: 'min-length', where, why, fix }]
  })

function randomText(length: number): string {
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

/** A login acts as the owner role that the family declares, by which the rotator makes the next one. */
export const checkOwnerRoles: AccessRule = (held, { family, file }) =>
  held.flatMap(({ service, where, spec: { kind, expects } }) => {
    const place = family.databases.find((database) => database.service === service)
    const expected = expects?.['ownerRole']
    if (kind !== 'database' || place === undefined || expected === undefined) return []
    const { ownerRole } = place
    if (expected === ownerRole) return []
    const why = `${service} expects the owner role ${expected}; the family declares ${ownerRole}`
    const fix = `name one owner role here and in databases of ${file}`
    return [{ rule: 'owner-role', where, why, fix }]
  })
