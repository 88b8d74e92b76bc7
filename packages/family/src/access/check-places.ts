import type { AccessRule } from './held-secret.ts'

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
