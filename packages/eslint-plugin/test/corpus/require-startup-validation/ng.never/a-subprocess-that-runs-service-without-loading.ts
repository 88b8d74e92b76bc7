import { runService } from '@rekey/config-loader'
import { app } from './app.ts'

await runService(process, async () => {
  await app.listen({ port: 3000 })
  return app.running
})
