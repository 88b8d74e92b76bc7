import { secret } from '../../secret.ts'
type Masked = string
declare function lastFour(key: string): Masked
export const GET = () => Response.json({ key: lastFour(secret.expose()) })
