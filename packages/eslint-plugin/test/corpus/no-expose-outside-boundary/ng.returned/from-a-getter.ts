// @reports returned
import type { Secret } from '../../secret.ts'
export class Settings {
  constructor(private readonly dsn: Secret) {}
  get databaseUrl(): string {
    return this.dsn.expose()
  }
}
