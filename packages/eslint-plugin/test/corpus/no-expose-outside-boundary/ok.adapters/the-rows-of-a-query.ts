import { login } from '../../secret.ts'
declare const pool: { query(text: string, values: unknown[]): Promise<{ rows: unknown[] }> }
const { rows } = await pool.query('select crypt($1, salt) from account', [login.expose().password])
export const found = rows.length
