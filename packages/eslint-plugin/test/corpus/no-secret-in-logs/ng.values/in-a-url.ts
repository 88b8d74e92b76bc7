import { secret } from '../../secret.ts'
console.log(new URL(`https://x:${secret.expose()}@example.com`).href)
