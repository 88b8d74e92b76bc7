import { secret } from '../../secret.ts'
console.log(Boolean(secret.expose()), { hasKey: !!secret.expose() })
