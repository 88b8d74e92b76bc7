export { databaseKind, type DatabaseKindOptions } from './database-kind.ts'
