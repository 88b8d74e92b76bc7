import type { Secret } from '../../secret.ts'
declare const found: unknown
export const secret = found as Secret
