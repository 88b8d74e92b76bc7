export { checkTemplate, type TemplateReport } from './check-template.ts'
export { type Administrator, type DatabaseAccess, databaseAccess } from './database-access.ts'
export { findOrphans, type Orphan } from './find-orphans.ts'
export {
  type ColumnPrivilege,
  grantTemplate,
  type GrantTemplate,
  type SchemaTemplate,
  type SequencePrivilege,
  type TablePrivilege,
} from './grant-template.ts'
export { listBlockers } from './list-blockers.ts'
export type { MigrationPlan } from './migration-plan.ts'
export { type Migration, planMigration } from './plan-migration.ts'
