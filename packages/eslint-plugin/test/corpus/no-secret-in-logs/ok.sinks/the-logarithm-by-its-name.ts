import { secret } from '../../secret.ts'
const { log } = Math
export const bits = log(Number(secret.expose()))
