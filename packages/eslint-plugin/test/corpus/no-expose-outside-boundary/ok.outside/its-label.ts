import { secret } from '../../secret.ts'
export const name = secret.label
