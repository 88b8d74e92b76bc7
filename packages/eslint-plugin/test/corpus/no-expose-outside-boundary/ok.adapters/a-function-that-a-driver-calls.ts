import type { SecretVersion } from '../../secret.ts'
declare class Client {
  constructor(options: { user: string; password: () => string | Promise<string> })
}
export const open = (user: string, live: { current: SecretVersion }) =>
  new Client({ user, password: () => live.current.value.expose() })
