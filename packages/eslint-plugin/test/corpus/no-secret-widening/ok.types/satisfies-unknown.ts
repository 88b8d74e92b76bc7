import { secret } from '../../secret.ts'
export const held = secret satisfies unknown
