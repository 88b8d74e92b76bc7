/**
 * Reports on roles and rights of a database, and the plan of a migration to an owner role: `rekey db`.
 *
 * @module
 */
export { checkTemplate } from './check-template.ts'
export { type DatabaseAccess, databaseAccess } from './database-access.ts'
export { listBlockers } from './drop-blockers.ts'
export { findOrphans } from './find-orphans.ts'
export {
  type ColumnPrivilege,
  grantTemplate,
  type GrantTemplate,
  type SchemaTemplate,
  type SequencePrivilege,
  type TablePrivilege,
} from './grant-template.ts'
export type { MigrationPlan } from './migration-script.ts'
export { planMigration } from './plan-migration.ts'
