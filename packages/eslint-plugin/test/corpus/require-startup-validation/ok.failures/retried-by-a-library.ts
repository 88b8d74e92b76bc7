import pRetry from 'p-retry'
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

const service = await pRetry(() => loadService(definition), { retries: 5 })
app.listen(service.settings.port)
