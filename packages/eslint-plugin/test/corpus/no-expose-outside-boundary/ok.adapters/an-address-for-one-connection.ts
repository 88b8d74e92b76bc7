import { login } from '../../secret.ts'
declare function connect(url: string): Promise<{ id: number }>
export async function open(base: string) {
  const url = new URL(base)
  url.password = login.expose().password
  return await connect(url.href)
}
