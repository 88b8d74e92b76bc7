import { app } from './app.ts'
import { definition, loadService } from './service.ts'

loadService(definition).then(() => app.listen(1))
