import { login, secret } from '../../secret.ts'
export const both = await Promise.all([secret, login, 'x' as unknown])
