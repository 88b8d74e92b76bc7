import { secret } from '../../secret.ts'
import postgres from 'postgres'
const sql = postgres()
const rows = await sql`SELECT id FROM keys WHERE digest = sha256(${secret.expose()})`
console.log(rows)
