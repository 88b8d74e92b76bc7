/**
 * Reports on roles and rights of a database, and the plan of a migration to an owner role: `rekey db`.
 *
 * @module
 */
export { checkTemplate, type TemplateReport } from './check-template.ts'
export { type Administrator, type DatabaseAccess, databaseAccess } from './database-access.ts'
export { listBlockers } from './drop-blockers.ts'
export { findOrphans, type Orphan } from './find-orphans.ts'
export {
  type ColumnPrivilege,
  grantTemplate,
  type GrantTemplate,
  type SchemaTemplate,
  type SequencePrivilege,
  type TablePrivilege,
} from './grant-template.ts'
export type { MigrationPlan } from './migration-script.ts'
export { type Migration, planMigration } from './plan-migration.ts'
