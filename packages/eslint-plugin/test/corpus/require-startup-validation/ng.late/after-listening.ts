import { app } from './app.ts'
import { definition, loadService } from './service.ts'

app.listen(1)
await loadService(definition)
