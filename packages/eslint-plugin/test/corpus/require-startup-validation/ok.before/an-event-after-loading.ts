import { app } from './app.ts'
import { definition, loadService } from './service.ts'

const service = await loadService(definition)
app.once('ready', () => app.listen(service.settings.port))
