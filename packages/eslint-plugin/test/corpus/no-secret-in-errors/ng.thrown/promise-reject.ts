import { secret } from '../../secret.ts'
export const load = () => Promise.reject({ code: 'refused', token: secret.expose() })
