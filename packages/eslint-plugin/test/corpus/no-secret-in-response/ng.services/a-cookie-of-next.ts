import { secret } from '../../secret.ts'
import { cookies } from 'next/headers'
export async function login() {
  const jar = await cookies()
  jar.set('key', secret.expose(), { httpOnly: true })
}
