// @known
// @typed
import type { Secret } from '../../secret.ts'
interface Client {
  run(statement: string, ...values: unknown[]): void
}
export const insert = (client: Client, id: string, key: Secret) => {
  client.run('insert into keys values (?, ?)', ...[id, key])
}
