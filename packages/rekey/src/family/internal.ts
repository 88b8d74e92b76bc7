/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export * from './index.ts'
export type { ContradictionPlace } from './access/service-secret.ts'
export type { Deployment } from './deployment.ts'
export { toMs } from './duration.ts'
export {
  type FamilySecret,
  namesReadBy,
  namesReadByRotator,
  rotatedNames,
  secretsOf,
} from './family-secrets.ts'
export { parseDeployment, parseFamily } from './family.ts'
export { FAMILY_FILES, findFamily } from './find-family.ts'
export { kindsOf } from './kinds.ts'
export { type LeakRule, leakRules } from './leak-rules.ts'
export { chartValues, leastRights } from './least-rights.ts'
export type { LintGrant } from './lint-grants.ts'
export { schedulePolicies } from './schedule.ts'
export type { Family, FamilyDatabase } from './schema.ts'
export { familyTables } from './family-tables.ts'
