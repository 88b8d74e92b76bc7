// @typed
import { secret } from '../../secret.ts'
declare function sql(parts: TemplateStringsArray, ...values: unknown[]): Promise<void>
await sql`update client set secret = ${secret} where id = ${1}`
