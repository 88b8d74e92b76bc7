import type { issue } from '../ng.signing/a-database.ts'
import { type issue as issuing } from '../ng.signing/a-database.ts'
export type Issue = typeof issue | typeof issuing
