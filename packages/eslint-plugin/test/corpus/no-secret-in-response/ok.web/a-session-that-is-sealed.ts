import { secret } from '../../secret.ts'
import { sealData } from 'iron-session'
export async function login(res: any) {
  const seal = await sealData({ user: 1 }, { password: secret.expose() })
  res.setHeader('set-cookie', `session=${seal}`)
  res.end()
}
