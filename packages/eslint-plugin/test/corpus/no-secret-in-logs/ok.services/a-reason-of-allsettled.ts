import { secret } from '../../secret.ts'
declare const store: { create(key: string): Promise<number> }
const failures = await Promise.allSettled([store.create(secret.expose())])
for (const failure of failures) {
  if (failure.status === 'rejected') console.error('failed', failure.reason)
}
