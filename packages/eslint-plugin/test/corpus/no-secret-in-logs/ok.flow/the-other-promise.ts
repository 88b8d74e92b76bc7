import { secret } from '../../secret.ts'
declare function ping(): Promise<number>
const [ms, key] = await Promise.all([ping(), secret.expose()])
console.log(`answered in ${ms} ms`)
