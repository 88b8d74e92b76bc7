import { app } from './app.ts'
import { definition, loadService } from './service.ts'

const service = await loadService(definition).catch(process.exit)
app.listen(service)
