import { secret } from '../../secret.ts'
export const parts = /^rk_(\w+)_/.exec(secret.expose())
