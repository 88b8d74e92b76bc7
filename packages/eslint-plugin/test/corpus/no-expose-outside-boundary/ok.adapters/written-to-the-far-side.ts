// @typed
import type { Secret } from '../../secret.ts'
interface SecretsClient {
  set(name: string, value: string): Promise<void>
}
export class Store {
  constructor(private readonly client: SecretsClient) {}
  async write(value: Secret) {
    await this.client.set(value.label, value.expose())
  }
}
