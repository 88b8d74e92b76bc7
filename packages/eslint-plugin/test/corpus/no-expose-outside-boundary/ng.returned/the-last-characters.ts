// @reports returned
import { secret } from '../../secret.ts'
export const hint = () => secret.expose().slice(-4)
