import { type Secret, secret } from '../../secret.ts'
export const bytes = secret as unknown as Secret<Uint8Array>
