// @typed
import type { Secret } from '../../secret.ts'
interface Pool {
  query(text: string, values?: any[]): Promise<unknown>
}
export async function save(pool: Pool, id: string, apiKey: Secret) {
  await pool.query('insert into keys (id, key) values ($1, $2)', [id, apiKey])
}
