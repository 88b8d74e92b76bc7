import { app } from './app.ts'
import { definition, loadService } from './service.ts'

if (process.env['NODE_ENV'] === 'production') await loadService(definition)
app.listen(1)
