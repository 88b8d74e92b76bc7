export * from './its-own-names.ts'
