import { secret } from '../../secret.ts'
declare function isEqual(left: any, right: any): boolean
declare const other: object
export const isSame = isEqual({ secret }, other)
