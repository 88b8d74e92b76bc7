export { toMs } from './duration.ts'
export type { Contradiction, ContradictionPlace, DeclaredSecrets } from './access/held-secret.ts'
export { type Deployment, loadDeployment, parseDeployment, type StorePlace } from './deployment.ts'
export { type ContradictionOptions, findContradictions } from './access/find-contradictions.ts'
export type { Family, FamilyDatabase, FamilyDeclaration } from './schema.ts'
export { defineFamily, type FamilyOptions, parseFamily } from './family.ts'
export { FamilyError, type FamilyProblem } from './find-problems.ts'
export {
  type FamilySecret,
  namesReadBy,
  namesReadByRotator,
  rotatedNames,
  secretsOf,
  type UsedServer,
  usedServers,
} from './family-secrets.ts'
export { familyTables } from './family-tables.ts'
export { FAMILY_FILES, findFamily, type FoundFamily, loadFamily } from './find-family.ts'
export { KINDS, kindsOf, type KindTable } from './kinds.ts'
export {
  chartValues,
  type ChartValues,
  leastRights,
  type LeastRights,
  storeUses,
  type StoreUse,
} from './least-rights.ts'
export { lintDefiners } from './lint-definers.ts'
export { type LeakRule, leakRules } from './leak-rules.ts'
export { type LintGrant, lintGrants } from './lint-grants.ts'
export {
  DEFAULT_POLICIES,
  type Schedule,
  scheduleEntry,
  schedulePolicies,
  withSchedule,
} from './schedule.ts'
