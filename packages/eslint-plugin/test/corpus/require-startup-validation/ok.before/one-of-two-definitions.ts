import { app, isProduction } from './app.ts'
import { definition, loadService, local } from './service.ts'

const service = isProduction ? await loadService(definition) : await loadService(local)
app.listen(service.settings.port)
