import { secret } from '../../secret.ts'
export const shown = () => secret.expose().replace(/./g, '*')
