// @reports kept
import type { Secret } from '../../secret.ts'
export class Database {
  private readonly options: { user: string; password: string }
  constructor(user: string, password: Secret) {
    this.options = { user, password: password.expose() }
  }
  open(connect: (options: object) => void) {
    connect(this.options)
  }
}
