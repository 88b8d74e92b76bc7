import type { Secret } from '../../secret.ts'
declare function connect(password: string): Promise<{ id: number }>
export class Session {
  connection: { id: number } | undefined
  async open(password: Secret) {
    this.connection = await connect(password.expose())
  }
}
