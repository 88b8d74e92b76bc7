import { secret } from '../../secret.ts'
declare const vault: { info(token: string): Promise<{ ttl: number }> }
const { ttl } = await vault.info(secret.expose())
console.log(ttl)
