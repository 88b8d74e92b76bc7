import { app } from './app.ts'
import { definition, loadService } from './service.ts'

loadService(definition).finally(() => app.listen(1))
