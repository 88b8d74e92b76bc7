import { app, log } from './app.ts'
import { definition, loadService } from './service.ts'

await loadService(definition).catch(log)
app.listen(1)
