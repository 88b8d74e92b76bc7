import { login } from '../../secret.ts'
declare function connect(config: object): Promise<number>
export function toConfig(user: string, password: string) {
  return { user, password, ssl: true }
}
export async function prove() {
  const { user, password } = login.expose()
  return (await connect(toConfig(user, password))) > 0
}
