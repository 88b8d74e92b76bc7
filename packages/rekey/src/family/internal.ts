/**
 * Parts that other packages of Rekey import. They change without notice.
 *
 * @module
 */
export * from './index.ts'
export type { ContradictionOptions } from './access/find-contradictions.ts'
export type { Contradiction, ContradictionPlace, DeclaredSecrets } from './access/service-secret.ts'
export type { Deployment, StorePlace } from './deployment.ts'
export { toMs } from './duration.ts'
export {
  type FamilySecret,
  namesReadBy,
  namesReadByRotator,
  rotatedNames,
  secretsOf,
  type UsedServer,
} from './family-secrets.ts'
export { parseDeployment, parseFamily } from './family.ts'
export { FAMILY_FILES, findFamily, type FoundFamily } from './find-family.ts'
export type { FamilyProblem } from './family-error.ts'
export { kindsOf, type KindTable } from './kinds.ts'
export { type LeakRule, leakRules } from './leak-rules.ts'
export { chartValues, type ChartValues, type LeastRights, leastRights } from './least-rights.ts'
export type { LintGrant } from './lint-grants.ts'
export { type Schedule, schedulePolicies } from './schedule.ts'
export type { Family, FamilyDatabase } from './schema.ts'
export { familyTables } from './family-tables.ts'
