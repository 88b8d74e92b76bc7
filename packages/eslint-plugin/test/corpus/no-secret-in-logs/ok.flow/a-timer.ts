import { secret } from '../../secret.ts'
declare function renew(key: string): Promise<{ ttl: number }>
setInterval(async () => {
  const { ttl } = await renew(secret.expose())
  console.log({ ttl })
}, 1_000)
