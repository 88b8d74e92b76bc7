import { secret } from '../../secret.ts'
const results = await Promise.allSettled([Promise.resolve(secret.expose()), Promise.resolve(1)])
for (const result of results) if (result.status === 'fulfilled') console.log(result.value)
