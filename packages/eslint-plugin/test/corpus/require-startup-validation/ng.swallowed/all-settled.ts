import { app } from './app.ts'
import { definition, loadService } from './service.ts'

await Promise.allSettled([loadService(definition)])
app.listen(1)
