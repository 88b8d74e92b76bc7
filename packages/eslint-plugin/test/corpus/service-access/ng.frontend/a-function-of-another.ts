// @reports foreign
export { issue } from '../ng.signing/a-database.ts'
