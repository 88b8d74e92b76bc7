// @reports notAwaited listenBeforeLoad
import { app } from './app.ts'
import { definition, loadService } from './service.ts'

loadService(definition)
app.listen(1)
