import { secret } from '../../secret.ts'
import { jwtVerify } from 'jose'
export async function check(token: string) {
  const { payload } = await jwtVerify(token, new TextEncoder().encode(secret.expose()))
  console.log('subject', payload.sub, payload)
}
