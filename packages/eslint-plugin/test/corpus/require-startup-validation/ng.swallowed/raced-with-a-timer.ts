import { setTimeout } from 'node:timers/promises'
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

await Promise.race([loadService(definition), setTimeout(5_000)])
app.listen(1)
